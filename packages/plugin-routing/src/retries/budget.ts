import type { RetryBudgetOptions } from '../options/retry-options.ts'
import { SlidingCounts } from '../sliding-counts.ts'

/** How long requests count. */
const WINDOW_SECONDS = 10
const DEFAULT_RATIO = 0.2
const DEFAULT_MIN_PER_SECOND = 1

const REQUESTS = 0
const REPEATS = 1

/** A retry budget, at the time of asking. */
export interface RetryBudgetState {
  /** Requests of the last ten seconds, their repeats not among them. */
  readonly requests: number
  /** Repeats and hedges of the last ten seconds. */
  readonly repeats: number
  /** How many more there may be now. */
  readonly left: number
  /** Repeats and hedges that were refused for it, since a gateway with the service was started. */
  readonly refused: number
}

/**
 * How many requests of a service may be sent again: a share of those of the last ten seconds. Without such a bound, a service
 * that fails gets several times its traffic just then.
 */
export class RetryBudget {
  readonly #counts = new SlidingCounts(WINDOW_SECONDS * 1_000, 2)
  #ratio = DEFAULT_RATIO
  #minPerSecond = DEFAULT_MIN_PER_SECOND
  #refused = 0

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
    if (this.#counts.total(REPEATS, nowMs) + 1 > this.#allowed(nowMs)) {
      this.#refused++
      return false
    }
    this.#counts.add(REPEATS, nowMs)
    return true
  }

  /** What it knows now. */
  state(nowMs: number): RetryBudgetState {
    const repeats = this.#counts.total(REPEATS, nowMs)
    return {
      requests: this.#counts.total(REQUESTS, nowMs),
      repeats,
      left: Math.max(0, Math.floor(this.#allowed(nowMs) - repeats)),
      refused: this.#refused,
    }
  }

  #allowed(nowMs: number): number {
    return this.#counts.total(REQUESTS, nowMs) * this.#ratio + this.#minPerSecond * WINDOW_SECONDS
  }

  /** Nothing to end: it outlives reloads as it is. */
  close(): void {}
}
