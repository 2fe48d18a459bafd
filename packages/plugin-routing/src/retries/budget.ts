import type { RetryBudgetOptions } from '../options/retry-options.ts'

/** How long requests count. */
const WINDOW_SECONDS = 10
const DEFAULT_RATIO = 0.2
const DEFAULT_MIN_PER_SECOND = 1

/**
 * How many requests of a service may be sent again: a share of those of the last ten seconds. Without such a bound, a service
 * that fails gets several times its traffic just then. Counted by the second, in arrays that are used again.
 */
export class RetryBudget {
  readonly #requests = new Float64Array(WINDOW_SECONDS)
  readonly #repeats = new Float64Array(WINDOW_SECONDS)
  #ratio = DEFAULT_RATIO
  #minPerSecond = DEFAULT_MIN_PER_SECOND
  /** The newest second that is counted. */
  #second = 0

  /** Takes other options; what was counted stays. */
  configure({ ratio, minPerSecond }: RetryBudgetOptions): void {
    this.#ratio = ratio ?? DEFAULT_RATIO
    this.#minPerSecond = minPerSecond ?? DEFAULT_MIN_PER_SECOND
  }

  /** Counts a request, not its repeats. */
  count(nowMs: number): void {
    const place = this.#placeOf(nowMs)
    this.#requests[place] = (this.#requests[place] as number) + 1
  }

  /** Takes a repeat out of the budget; false when it is used up. */
  take(nowMs: number): boolean {
    const place = this.#placeOf(nowMs)
    const allowed = sum(this.#requests) * this.#ratio + this.#minPerSecond * WINDOW_SECONDS
    if (sum(this.#repeats) + 1 > allowed) return false
    this.#repeats[place] = (this.#repeats[place] as number) + 1
    return true
  }

  /** Nothing to end: it outlives reloads as it is. */
  close(): void {}

  #placeOf(nowMs: number): number {
    const second = Math.floor(nowMs / 1_000)
    // What a slow event loop tells late counts as the newest.
    if (second > this.#second) {
      const passed = Math.min(WINDOW_SECONDS, second - this.#second)
      for (let i = 0; i < passed; i++) {
        const place = (second - i) % WINDOW_SECONDS
        this.#requests[place] = this.#repeats[place] = 0
      }
      this.#second = second
    }
    return this.#second % WINDOW_SECONDS
  }
}

function sum(counts: Float64Array): number {
  let total = 0
  for (const count of counts) total += count
  return total
}
