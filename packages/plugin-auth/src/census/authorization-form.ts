import { bearerToken, readAuthorization } from '../schemes/bearer.ts'
import { readToken, type TokenHead } from '../verify/token-head.ts'

/** What stands in `Authorization`, never its value. */
export interface AuthorizationForm {
  /**
   * `none`, `repeated` for more than one line, `jwt`, `opaque-token` for any other bearer token, a well-known scheme such as
   * `basic`, or `other`.
   */
  readonly kind: string
  /** What a JWT says about itself. **Nothing in it is proven.** */
  readonly head?: TokenHead
}

// The first word of a header is repeated only when it is one of these. A client that sends a bare API key in
// Authorization would otherwise have its key in the record.
const SCHEMES = new Set(['basic', 'digest', 'dpop', 'hawk', 'mutual', 'negotiate', 'ntlm', 'token'])

const NONE: AuthorizationForm = Object.freeze({ kind: 'none' })
const REPEATED: AuthorizationForm = Object.freeze({ kind: 'repeated' })
const OPAQUE: AuthorizationForm = Object.freeze({ kind: 'opaque-token' })

/** Reads the form of `Authorization`, without any check. */
export function authorizationForm(headers: readonly string[]): AuthorizationForm {
  const value = readAuthorization(headers)
  if (value === null) return REPEATED
  if (value === undefined) return NONE
  const token = bearerToken(value)
  if (token === undefined) {
    const scheme = value.slice(0, Math.max(0, value.indexOf(' '))).toLowerCase()
    return { kind: SCHEMES.has(scheme) ? scheme : 'other' }
  }
  const head = readToken(token)
  return 'code' in head ? OPAQUE : { kind: 'jwt', head }
}
