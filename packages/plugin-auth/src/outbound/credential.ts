import type { Exchange } from '@postern/core'
import type { Rejection } from '../rejection.ts'

/** What a header gets, or why there is nothing to send. */
export type HeaderValue = string | Rejection

/** One way to have credentials for a service. */
export interface Credential {
  /** Name of the header, in lower case. */
  readonly header: string
  /** The header's value for one attempt. At once where it can; its promise never rejects. */
  valueFor(exchange: Exchange): HeaderValue | Promise<HeaderValue>
  /** The service answered 401 to this value. */
  refused(value: string, exchange: Exchange): void
  /** Ends what it holds. */
  close(): void
}
