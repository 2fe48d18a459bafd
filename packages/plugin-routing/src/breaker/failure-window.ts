/** In how many parts the window moves on. */
const BUCKETS = 10

/** How many attempts ended of late, and how many of them failed. Counted by the bucket, in arrays that are used again. */
export class FailureWindow {
  /** How long an attempt counts, in milliseconds. */
  readonly windowMs: number
  readonly #attempts = new Float64Array(BUCKETS)
  readonly #failures = new Float64Array(BUCKETS)
  /** The newest bucket that is counted, from the start of the clock. */
  #newest = 0

  constructor(windowMs: number) {
    this.windowMs = windowMs
  }

  /** Counts an attempt that ended, or was answered, at a time. */
  count(atMs: number, failed: boolean): void {
    this.#moveTo(atMs)
    const place = this.#newest % BUCKETS
    this.#attempts[place] = (this.#attempts[place] as number) + 1
    if (failed) this.#failures[place] = (this.#failures[place] as number) + 1
  }

  /** Attempts of the window that ends now. */
  attempts(nowMs: number): number {
    this.#moveTo(nowMs)
    return sum(this.#attempts)
  }

  /** Those of them that failed. */
  failures(nowMs: number): number {
    this.#moveTo(nowMs)
    return sum(this.#failures)
  }

  /** Forgets everything. */
  clear(): void {
    this.#attempts.fill(0)
    this.#failures.fill(0)
  }

  #moveTo(nowMs: number): void {
    const bucket = Math.floor((nowMs * BUCKETS) / this.windowMs)
    // What a slow event loop tells late counts as the newest.
    if (bucket <= this.#newest) return
    const passed = Math.min(BUCKETS, bucket - this.#newest)
    for (let i = 0; i < passed; i++) {
      const place = (bucket - i) % BUCKETS
      this.#attempts[place] = this.#failures[place] = 0
    }
    this.#newest = bucket
  }
}

function sum(counts: Float64Array): number {
  let total = 0
  for (const count of counts) total += count
  return total
}
