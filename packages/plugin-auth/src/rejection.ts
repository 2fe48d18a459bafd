import type { AuthErrorCode } from './errors.ts'

/** Why a request is refused. Made once where possible; holds nothing of the credentials. */
export interface Rejection {
  /** The code that the client gets. */
  readonly code: AuthErrorCode
  /** What happened, for the log. */
  readonly message: string
  /** When the same request may succeed, in milliseconds from now; for codes with status 503. */
  readonly retryAfterMs?: number | undefined
  /** How `www-authenticate` asks again (RFC 9110 section 11.6.1); empty for schemes without a challenge. Default: `Bearer`. */
  readonly challenge?: string | undefined
}

/** A rejection that is made once and shared by all requests. */
export const rejection = (code: AuthErrorCode, message: string, challenge?: string): Rejection =>
  Object.freeze({ code, message, challenge })
