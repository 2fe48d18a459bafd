import type { Logger } from '@postern/core'
import type { Lasting } from '../lasting.ts'
import type { ResolvedAuthOptions } from '../options.ts'
import { leaseRevocations, revocableScheme } from '../revocation/revocable-scheme.ts'
import type { RevocationStore } from '../revocation/revocation-store.ts'
import type { Lease } from '../verify/shared.ts'
import type { AuthStats } from '../view/auth-view.ts'
import { leaseApiKeys } from './api-key/api-key-scheme.ts'
import { leaseBasic } from './basic/basic-scheme.ts'
import { boundScheme } from './bound-scheme.ts'
import { countedScheme } from './counted-scheme.ts'
import { leaseForwardAuth } from './forward-auth/forward-auth-scheme.ts'
import { leaseHttpSignature } from './http-signature/http-signature-scheme.ts'
import { leaseIntrospection } from './introspection/introspection-scheme.ts'
import { JwtScheme } from './jwt-scheme.ts'
import { MtlsScheme } from './mtls/mtls-scheme.ts'
import { ShownCertificates } from './mtls/shown-certificates.ts'
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

/** Headers with credentials that no upstream gets as a client sent them, lower case. */
export function credentialHeaders({ apiKeys, mtls }: ResolvedAuthOptions): readonly string[] {
  return [
    ...(apiKeys && !apiKeys.forward ? [apiKeys.header] : []),
    ...(mtls ? ['client-cert', 'client-cert-chain'] : []),
  ]
}

/** Whether a principal of these schemes may have this issuer. Some schemes learn issuers only from what callers show. */
export function canVouch({ jwt, introspection, mtls }: ResolvedAuthOptions, issuer: string): boolean {
  if (jwt.some((one) => one.issuer === issuer)) return true
  if (introspection && (introspection.issuer ?? issuer) === issuer) return true
  if (mtls?.identity !== 'spiffe') return mtls !== undefined
  return mtls.trustDomains.some((domain) => `spiffe://${domain}` === issuer)
}

/**
 * The schemes that are configured, in the order in which they are asked: what a request carries itself before what its
 * connection says, and another service only when nothing else decided. Each is started by the first route that needs it:
 * a gateway that only observes needs no keys and no threads.
 */
export class Schemes {
  readonly #factories = new Map<SchemeName, SchemeFactory>()
  readonly #started = new Map<SchemeName, Scheme>()
  readonly #lasting: Lasting
  readonly #logger: Logger
  readonly #revocable: ResolvedAuthOptions['revocations']
  #revocations: Lease<RevocationStore> | undefined
  #jwt: JwtScheme | undefined

  constructor(options: ResolvedAuthOptions, lasting: Lasting, logger: Logger) {
    this.#lasting = lasting
    this.#logger = logger
    this.#revocable = options.revocations
    const { httpSignature, introspection, apiKeys, basic, mtls, forwardAuth } = options
    const shown = new ShownCertificates(mtls)
    if (httpSignature)
      this.#factories.set('http-signature', (to) => leaseHttpSignature(httpSignature, lasting, to))
    if (options.jwt.length > 0)
      this.#factories.set('jwt', (to) => {
        this.#jwt = new JwtScheme(options, lasting, to)
        return boundScheme(this.#jwt, shown)
      })
    if (introspection)
      this.#factories.set('introspection', (to) =>
        boundScheme(leaseIntrospection(introspection, options.jwt, lasting, to), shown),
      )
    if (apiKeys) this.#factories.set('api-key', (to) => leaseApiKeys(apiKeys, lasting, to))
    if (basic) this.#factories.set('basic', (to) => leaseBasic(basic, lasting, to))
    if (mtls) this.#factories.set('mtls', () => new MtlsScheme(mtls, shown))
    if (forwardAuth) this.#factories.set('forward-auth', (to) => leaseForwardAuth(forwardAuth, lasting, to))
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
    const reasons = [...this.#started.values(), ...(this.#revocations ? [this.#revocations.value] : [])]
      .map((one) => one.ready())
      .filter((state) => state !== true)
    return reasons.length === 0 || reasons.join(' ')
  }

  /** What was counted. */
  stats(): AuthStats {
    return {
      ...this.#lasting.counts.read(),
      jwt: this.#jwt?.stats(),
      revocations: this.#revocations?.value.state(),
    }
  }

  /** Ends what was started. */
  async close(): Promise<void> {
    await Promise.all([...this.#started.values()].map(async (scheme) => scheme.close()))
    await this.#revocations?.release()
  }

  #start(name: SchemeName): Scheme {
    let scheme = this.#started.get(name)
    if (!scheme) {
      const own = this.#withRevocations((this.#factories.get(name) as SchemeFactory)(this.#logger))
      scheme = countedScheme(own, this.#lasting.counts.checks(name))
      this.#started.set(name, scheme)
    }
    return scheme
  }

  #withRevocations(scheme: Scheme): Scheme {
    if (this.#revocable === undefined) return scheme
    this.#revocations ??= leaseRevocations(this.#revocable, this.#logger)
    return revocableScheme(scheme, this.#revocations.value)
  }
}
