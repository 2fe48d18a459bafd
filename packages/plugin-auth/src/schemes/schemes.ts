import type { Logger } from '@postern/core'
import type { ResolvedAuthOptions } from '../options.ts'
import { ForwardAuthScheme } from './forward-auth/forward-auth-scheme.ts'
import { HttpSignatureScheme } from './http-signature/http-signature-scheme.ts'
import { JwtScheme } from './jwt-scheme.ts'
import type { Scheme, SchemeFactory, SchemeName } from './scheme.ts'

/**
 * How `www-authenticate` asks for each scheme (RFC 9110 section 11.6.1). Certificates and signatures have no challenge
 * that clients understand; a decision service sends its own.
 */
const CHALLENGES: Readonly<Record<SchemeName, string | undefined>> = {
  jwt: 'Bearer',
  introspection: 'Bearer',
  'api-key': 'ApiKey',
  basic: 'Basic',
  mtls: undefined,
  'http-signature': undefined,
  'forward-auth': undefined,
}

/**
 * The schemes that are configured, in the order in which they are asked: what a request carries itself before what its
 * connection says, and another service only when nothing else decided. Each is started by the first route that needs it:
 * a gateway that only observes needs no keys and no threads.
 */
export class Schemes {
  readonly #factories = new Map<SchemeName, SchemeFactory>()
  readonly #started = new Map<SchemeName, Scheme>()
  readonly #logger: Logger

  constructor(options: ResolvedAuthOptions, logger: Logger) {
    this.#logger = logger
    if (options.jwt.length > 0) this.#factories.set('jwt', (to) => new JwtScheme(options, to))
    const { httpSignature } = options
    if (httpSignature)
      this.#factories.set('http-signature', (to) => new HttpSignatureScheme(httpSignature, to))
    const { forwardAuth } = options
    if (forwardAuth) this.#factories.set('forward-auth', () => new ForwardAuthScheme(forwardAuth))
  }

  /** The configured ones. */
  get names(): readonly SchemeName[] {
    return [...this.#factories.keys()]
  }

  /** The challenges of these schemes, each once. @param only of these; default: all. */
  challenges(only: readonly SchemeName[] = this.names): readonly string[] {
    const wanted = this.names.filter((name) => only.includes(name)).map((name) => CHALLENGES[name])
    return [...new Set(wanted)].filter((challenge) => challenge !== undefined)
  }

  /** Starts what is not started yet. @param only of these; default: all. */
  start(only: readonly SchemeName[] = this.names): readonly Scheme[] {
    return this.names.filter((name) => only.includes(name)).map((name) => this.#start(name))
  }

  /** `true` when everything that was started can check credentials, else why not. */
  ready(): true | string {
    const reasons = [...this.#started.values()]
      .map((scheme) => scheme.ready())
      .filter((state) => state !== true)
    return reasons.length === 0 || reasons.join(' ')
  }

  /** Ends what was started. */
  async close(): Promise<void> {
    await Promise.all([...this.#started.values()].map(async (scheme) => scheme.close()))
  }

  #start(name: SchemeName): Scheme {
    let scheme = this.#started.get(name)
    if (!scheme) {
      scheme = (this.#factories.get(name) as SchemeFactory)(this.#logger)
      this.#started.set(name, scheme)
    }
    return scheme
  }
}
