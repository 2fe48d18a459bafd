/** Each bucket's upper end is this much above its lower one: a quantile is off by half of that at most. */
const GROWTH = 1.02
const LOG_GROWTH = Math.log(GROWTH)
/** Below a microsecond everything is one; above an hour, too. */
const LOWEST_MS = 0.001
const HIGHEST_MS = 3_600_000
const BUCKETS = Math.ceil(Math.log(HIGHEST_MS / LOWEST_MS) / LOG_GROWTH) + 1

/** Durations in buckets that grow by 2 %: quantiles within 1 % of the true ones, in memory that never grows. */
export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS)
  #count = 0

  /** How many were added. */
  get count(): number {
    return this.#count
  }

  /** Adds a duration in milliseconds. */
  add(ms: number): void {
    const clamped = Math.min(Math.max(ms, LOWEST_MS), HIGHEST_MS)
    const bucket = Math.floor(Math.log(clamped / LOWEST_MS) / LOG_GROWTH)
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#count++
  }

  /** The duration in milliseconds that this share of all, 0 to 1, does not pass; `undefined` of none. */
  quantile(share: number): number | undefined {
    if (this.#count === 0) return undefined
    const rank = Math.max(1, Math.ceil(share * this.#count))
    let seen = 0
    for (const [bucket, count] of this.#counts.entries()) {
      seen += count
      // The middle of the bucket by ratio, so that the error is the same to both sides.
      if (seen >= rank) return LOWEST_MS * GROWTH ** (bucket + 0.5)
    }
    return HIGHEST_MS
  }
}
