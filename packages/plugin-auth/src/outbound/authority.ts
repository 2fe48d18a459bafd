import { BackOff } from '../http/back-off.ts'
import type { Rejection } from '../rejection.ts'

/** An authority that gives tokens, and what requests are told while it does not. */
export class Authority {
  readonly #place: string
  readonly #backOff = new BackOff({ after: 1, firstMs: 500, longestMs: 30_000 })
  #reason = ''

  /** @param place where its options stand, for the log. */
  constructor(place: string) {
    this.#place = place
  }

  /** Why it is not asked now; `undefined` when it may be. */
  get closed(): Rejection | undefined {
    return this.#backOff.leftMs > 0 ? this.#rejection() : undefined
  }

  /** It answered. */
  succeeded(): void {
    this.#backOff.succeeded()
  }

  /** It did not. @returns what the requests that waited for it are told. */
  failed(reason: string): Rejection {
    this.#backOff.failed()
    this.#reason = reason
    return this.#rejection()
  }

  #rejection(): Rejection {
    return {
      code: 'GW_AUTH_AUTHORITY_UNAVAILABLE',
      message: `${this.#place}: no token: ${this.#reason}.`,
      retryAfterMs: this.#backOff.leftMs,
    }
  }
}
