import type { Member } from './member.ts'

/** The least share of its weight that an endpoint starts with: with nothing at all it would never warm up. */
const LEAST_SHARE = 0.1

/**
 * Lets the weight of endpoints that are new, or back from an ejection, grow with the time that they are there, in a straight
 * line. No timer: weights are brought up to date when somebody looks, and once all endpoints are old, nobody does.
 */
export class SlowStart {
  readonly #members: readonly Member[]
  readonly #slowStartMs: number
  readonly #nowMs: () => number
  #overMs = 0

  /**
   * @param slowStartMs how long it takes; 0 for none.
   * @param nowMs the clock of `endpoint.sinceMs`.
   */
  constructor(members: readonly Member[], slowStartMs: number, nowMs: () => number) {
    this.#members = members
    this.#slowStartMs = slowStartMs
    this.#nowMs = nowMs
    this.restart()
  }

  /** Looks again for whose weight has to grow. */
  restart(): void {
    if (this.#slowStartMs > 0) this.#overMs = Math.max(...this.#members.map(thereSinceMs)) + this.#slowStartMs
  }

  /** Brings the weights up to date. */
  apply(): void {
    if (this.#overMs === 0) return
    const nowMs = this.#nowMs()
    for (const member of this.#members) {
      const share = (nowMs - thereSinceMs(member)) / this.#slowStartMs
      member.weight = member.fullWeight * Math.min(1, Math.max(LEAST_SHARE, share))
    }
    if (nowMs >= this.#overMs) this.#overMs = 0
  }
}

function thereSinceMs({ endpoint, health }: Member): number {
  return Math.max(endpoint.sinceMs, health.returnedMs)
}
