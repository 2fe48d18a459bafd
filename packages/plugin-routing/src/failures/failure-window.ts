import type { FailureRateOptions } from '../options/failure-rate-options.ts'
import { SlidingCounts } from '../sliding-counts.ts'

const DEFAULT_WINDOW_MS = 10_000
const DEFAULT_MIN_REQUESTS = 20

const ATTEMPTS = 0
const FAILURES = 1

/** How many attempts ended of late, and how many of them failed: what a `failureRate` is judged by. */
export class FailureWindow {
  readonly #counts: SlidingCounts

  constructor(windowMs: number) {
    this.#counts = new SlidingCounts(windowMs, 2)
  }

  /** The window that the options need: the given one where it is as long, else an empty one. */
  static for(
    { windowMs = DEFAULT_WINDOW_MS }: FailureRateOptions,
    given: FailureWindow | null,
  ): FailureWindow {
    return given !== null && given.#counts.windowMs === windowMs ? given : new FailureWindow(windowMs)
  }

  /** Counts an attempt that ended, or was answered, at a time. */
  count(atMs: number, failed: boolean): void {
    this.#counts.add(ATTEMPTS, atMs)
    if (failed) this.#counts.add(FAILURES, atMs)
  }

  /** Failures of the window that ends now. */
  failures(nowMs: number): number {
    return this.#counts.total(FAILURES, nowMs)
  }

  /**
   * Whether too large a share fails.
   * @param more failures beside those that are counted.
   */
  exceeds(
    { threshold, minRequests = DEFAULT_MIN_REQUESTS }: FailureRateOptions,
    nowMs: number,
    more = 0,
  ): boolean {
    const attempts = this.#counts.total(ATTEMPTS, nowMs) + more
    return attempts >= minRequests && this.failures(nowMs) + more >= threshold * attempts
  }

  /** Forgets everything. */
  clear(): void {
    this.#counts.clear()
  }
}
