import type { Exchange } from '@postern/core'
import { type Rejection, rejection } from '../rejection.ts'
import { isValidAt } from './mtls/chain.ts'
import type { ShownCertificates } from './mtls/shown-certificates.ts'
import { isRejection, type Scheme } from './scheme.ts'
import { WatchedScheme } from './watched-scheme.ts'

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
export function boundScheme(scheme: Scheme, shown: ShownCertificates): Scheme {
  return new WatchedScheme(scheme, (answer, exchange) => {
    if (answer === undefined || isRejection(answer)) return answer
    const bound = answer.principal.claims['cnf']
    return bound === undefined ? answer : (faultOf(bound, shown, exchange) ?? answer)
  })
}

function faultOf(bound: unknown, shown: ShownCertificates, exchange: Exchange): Rejection | undefined {
  const wanted = thumbprintIn(bound)
  if (wanted === undefined) return UNCHECKED
  const certificate = shown.of(exchange)
  if (certificate === undefined) return NO_CERTIFICATE
  if ('code' in certificate) return certificate
  if (!isValidAt(certificate, Date.now())) return NO_CERTIFICATE
  return thumbprint(certificate.fingerprint256) === wanted ? undefined : OTHER_CERTIFICATE
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
