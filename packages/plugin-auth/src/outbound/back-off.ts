import type { Rejection } from '../rejection.ts'

const FIRST_MS = 500
const LONGEST_MS = 30_000

/** How long an authority that fails is left alone: twice as long after each failure, spread by chance. */
export class BackOff {
  readonly #place: string
  #failures = 0
  #untilMs = 0
  #reason = ''

  /** @param place where its options stand, for the log. */
  constructor(place: string) {
    this.#place = place
  }

  /** Why it is not asked now; `undefined` when it may be. */
  get closed(): Rejection | undefined {
    return performance.now() < this.#untilMs ? this.#rejection() : undefined
  }

  /** It answered. */
  succeeded(): void {
    this.#failures = 0
    this.#untilMs = 0
  }

  /** It did not. @returns what the requests that waited for it are told. */
  failed(reason: string): Rejection {
    const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** this.#failures++)
    this.#untilMs = performance.now() + longest * (0.5 + Math.random() / 2)
    this.#reason = reason
    return this.#rejection()
  }

  #rejection(): Rejection {
    return {
      code: 'GW_AUTH_AUTHORITY_UNAVAILABLE',
      message: `${this.#place}: no token: ${this.#reason}.`,
      retryAfterMs: this.#untilMs - performance.now(),
    }
  }
}
