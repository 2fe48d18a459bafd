import type { Reply } from '@postern/core'
import type { AuthErrorCode } from './errors.ts'

/** Why a request is refused. Made once where possible; holds nothing of the credentials. */
export interface Rejection {
  /** The code that the client gets. */
  readonly code: AuthErrorCode
  /** What happened, for the log. */
  readonly message: string
  /** When the same request may succeed, in milliseconds from now; for codes with status 503. */
  readonly retryAfterMs?: number | undefined
  /** Headers of the answer, flat. Default: the challenge of its code. */
  readonly headers?: readonly string[] | undefined
  /** The whole answer, where another service gives it. Default: problem+json. */
  readonly reply?: Reply | undefined
}

/** A rejection that is made once and shared by all requests. */
export const rejection = (code: AuthErrorCode, message: string): Rejection => Object.freeze({ code, message })
