import type { RetryBudgetOptions } from '../options/retry-options.ts'
import { SlidingCounts } from '../sliding-counts.ts'

/** How long requests count. */
const WINDOW_SECONDS = 10
const DEFAULT_RATIO = 0.2
const DEFAULT_MIN_PER_SECOND = 1

const REQUESTS = 0
const REPEATS = 1

/**
 * How many requests of a service may be sent again: a share of those of the last ten seconds. Without such a bound, a service
 * that fails gets several times its traffic just then.
 */
export class RetryBudget {
  readonly #counts = new SlidingCounts(WINDOW_SECONDS * 1_000, 2)
  #ratio = DEFAULT_RATIO
  #minPerSecond = DEFAULT_MIN_PER_SECOND

  /** Takes other options; what was counted stays. */
  configure({ ratio, minPerSecond }: RetryBudgetOptions): void {
    this.#ratio = ratio ?? DEFAULT_RATIO
    this.#minPerSecond = minPerSecond ?? DEFAULT_MIN_PER_SECOND
  }

  /** Counts a request, not its repeats. */
  count(nowMs: number): void {
    this.#counts.add(REQUESTS, nowMs)
  }

  /** Takes a repeat out of the budget; false when it is used up. */
  take(nowMs: number): boolean {
    const requests = this.#counts.total(REQUESTS, nowMs)
    const allowed = requests * this.#ratio + this.#minPerSecond * WINDOW_SECONDS
    if (this.#counts.total(REPEATS, nowMs) + 1 > allowed) return false
    this.#counts.add(REPEATS, nowMs)
    return true
  }

  /** Nothing to end: it outlives reloads as it is. */
  close(): void {}
}
