/** In how many parts the window is counted: what is older than it goes one part at a time. */
const PARTS = 10

/** The share of failures in the last stretch of time, counted in arrays that are used again. */
export class FailureWindow {
  readonly #all = new Float64Array(PARTS)
  readonly #failed = new Float64Array(PARTS)
  /** How long an exchange counts, in milliseconds. */
  readonly windowMs: number
  readonly #partMs: number
  /** The newest part that is counted. */
  #newest = 0

  constructor(windowMs: number) {
    this.windowMs = windowMs
    this.#partMs = windowMs / PARTS
  }

  /** Counts an exchange that ended at a time. */
  count(atMs: number, isFailure: boolean): void {
    const part = Math.floor(atMs / this.#partMs)
    // What is told late counts as the newest.
    if (part > this.#newest) {
      for (let gone = Math.min(PARTS, part - this.#newest); gone > 0; gone--) {
        this.#all[(part - gone + 1) % PARTS] = 0
        this.#failed[(part - gone + 1) % PARTS] = 0
      }
      this.#newest = part
    }
    const at = this.#newest % PARTS
    this.#all[at] = (this.#all[at] as number) + 1
    if (isFailure) this.#failed[at] = (this.#failed[at] as number) + 1
  }

  /** Whether at least so many were counted, and this share of them failed. */
  exceeds(threshold: number, minRequests: number): boolean {
    const all = sum(this.#all)
    return all >= minRequests && sum(this.#failed) >= threshold * all
  }

  /** Forgets everything. */
  clear(): void {
    this.#all.fill(0)
    this.#failed.fill(0)
  }
}

function sum(counts: Float64Array): number {
  let total = 0
  for (const count of counts) total += count
  return total
}
