/** How long to wait before a worker is replaced: one that dies again and again must not use up the machine. */

const FIRST_MS = 200
const MOST_MS = 30_000
/** A worker that lived for this long did not die of its start. */
const HEALTHY_MS = 60_000

/** Doubles with every early death in a row, with jitter, so that workers which died together do not start together. */
export class Backoff {
  #deaths = 0

  /** Counts a death, and says how long to wait. */
  next(livedMs: number, random: () => number = Math.random): number {
    this.#deaths = livedMs >= HEALTHY_MS ? 1 : this.#deaths + 1
    const wholeMs = Math.min(FIRST_MS * 2 ** (this.#deaths - 1), MOST_MS)
    return Math.round(wholeMs * (0.5 + random() / 2))
  }
}
