/** In how many parts a window moves on: what is older than it goes one part at a time. */
const PARTS = 10

/** Counts of the last stretch of time, several kinds side by side, in arrays that are used again. */
export class SlidingCounts {
  /** How long something counts, in milliseconds, give or take a tenth. */
  readonly windowMs: number
  readonly #kinds: readonly Float64Array[]
  /** The newest part that is counted, from the start of the clock. */
  #newest = 0

  /** @param kinds how many there are. */
  constructor(windowMs: number, kinds: number) {
    this.windowMs = windowMs
    this.#kinds = Array.from({ length: kinds }, () => new Float64Array(PARTS))
  }

  /** Counts one of a kind at a time. */
  add(kind: number, atMs: number): void {
    this.#moveTo(atMs)
    const counts = this.#kinds[kind] as Float64Array
    const part = this.#newest % PARTS
    counts[part] = (counts[part] as number) + 1
  }

  /** How many of a kind the window has that ends now. */
  total(kind: number, nowMs: number): number {
    this.#moveTo(nowMs)
    let total = 0
    for (const count of this.#kinds[kind] as Float64Array) total += count
    return total
  }

  /** Forgets everything. */
  clear(): void {
    for (const counts of this.#kinds) counts.fill(0)
  }

  #moveTo(nowMs: number): void {
    const part = Math.floor((nowMs * PARTS) / this.windowMs)
    // What a slow event loop tells late counts as the newest.
    const passed = Math.min(PARTS, part - this.#newest)
    for (let i = 0; i < passed; i++) {
      for (const counts of this.#kinds) counts[(part - i) % PARTS] = 0
    }
    if (passed > 0) this.#newest = part
  }
}
