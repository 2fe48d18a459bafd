import { JWT_ALGORITHMS } from '../options.ts'
import { bearerToken, readAuthorization } from '../schemes/bearer.ts'
import { readToken } from '../verify/token-head.ts'

// The first word of a header is repeated only when it is one of these. A client that sends a bare API key in
// Authorization would otherwise have its key in the record.
const SCHEMES = new Set(['basic', 'digest', 'dpop', 'hawk', 'mutual', 'negotiate', 'ntlm', 'token'])
const ALGORITHMS = new Set<string>([...JWT_ALGORITHMS, 'HS256', 'HS384', 'HS512', 'none'])

/**
 * Which scheme a request uses, for `observe` mode: `none`, `several`, `basic` and other well-known names, `other`,
 * `bearer-opaque`, or `bearer-jwt iss=… alg=…`. Never a secret: an issuer is named only when it is configured.
 */
export function describeCredentials(headers: readonly string[], issuers: ReadonlySet<string>): string {
  const value = readAuthorization(headers)
  if (value === null) return 'several'
  if (value === undefined) return 'none'
  const token = bearerToken(value)
  if (token === undefined) {
    const scheme = value.slice(0, Math.max(0, value.indexOf(' '))).toLowerCase()
    return SCHEMES.has(scheme) ? scheme : 'other'
  }
  const head = readToken(token)
  if ('code' in head) return 'bearer-opaque'
  const issuer = head.issuer !== undefined && issuers.has(head.issuer) ? head.issuer : 'other'
  return `bearer-jwt iss=${issuer} alg=${ALGORITHMS.has(head.alg) ? head.alg : 'other'}`
}
