import type { Exchange } from '@postern/core'
import { type Rejection, rejection } from '../rejection.ts'
import { isValidAt, type ShownCertificates } from './mtls/shown-certificates.ts'
import type { Scheme, SchemeAnswer, SchemeName } from './scheme.ts'

const refused = (message: string): Rejection => rejection('GW_AUTH_TOKEN_BOUND', message)

const UNCHECKED = refused(
  'The token is bound to a key (cnf) in a way of which this gateway checks no proof: only x5t#S256 alone is checked.',
)
const NO_CERTIFICATE = refused(
  'The token is bound to a client certificate (cnf x5t#S256), and the request came with none that is valid.',
)
const OTHER_CERTIFICATE = refused(
  'The token is bound to another client certificate (cnf x5t#S256) than that of the request.',
)

/**
 * A scheme of tokens, some of which are bound to their sender (`cnf`, RFC 7800): those pass only with the certificate that
 * they are bound to (RFC 8705 section 3), and not at all with a binding that nobody here can check, such as that of DPoP
 * (RFC 9449). Looked at with each request: the token may be remembered, who shows it is not.
 */
export class BoundScheme implements Scheme {
  readonly name: SchemeName
  readonly #scheme: Scheme
  readonly #shown: ShownCertificates

  constructor(scheme: Scheme, shown: ShownCertificates) {
    this.name = scheme.name
    this.#scheme = scheme
    this.#shown = shown
  }

  authenticate(exchange: Exchange): SchemeAnswer | Promise<SchemeAnswer> {
    const answer = this.#scheme.authenticate(exchange)
    return answer instanceof Promise
      ? answer.then((settled) => this.#check(settled, exchange))
      : this.#check(answer, exchange)
  }

  ready(): true | string {
    return this.#scheme.ready()
  }

  close(): void | Promise<void> {
    return this.#scheme.close()
  }

  #check(answer: SchemeAnswer, exchange: Exchange): SchemeAnswer {
    if (answer === undefined || 'code' in answer) return answer
    const bound = answer.principal.claims['cnf']
    return bound === undefined ? answer : (this.#fault(bound, exchange) ?? answer)
  }

  #fault(bound: unknown, exchange: Exchange): Rejection | undefined {
    const wanted = thumbprintIn(bound)
    if (wanted === undefined) return UNCHECKED
    const certificate = this.#shown.of(exchange)
    if (certificate === undefined) return NO_CERTIFICATE
    if ('code' in certificate) return certificate
    if (!isValidAt(certificate, Date.now())) return NO_CERTIFICATE
    return thumbprint(certificate.fingerprint256) === wanted ? undefined : OTHER_CERTIFICATE
  }
}

/** The thumbprint in a confirmation that has nothing beside it: each further member asks for a proof of its own. */
function thumbprintIn(bound: unknown): string | undefined {
  if (typeof bound !== 'object' || bound === null) return undefined
  const [member, ...others] = Object.entries(bound)
  if (member?.[0] !== 'x5t#S256' || others.length > 0) return undefined
  return typeof member[1] === 'string' ? member[1] : undefined
}

/** A fingerprint, hex with colons, as tokens have it: base64url. */
function thumbprint(fingerprint: string): string {
  return Buffer.from(fingerprint.replaceAll(':', ''), 'hex').toString('base64url')
}
