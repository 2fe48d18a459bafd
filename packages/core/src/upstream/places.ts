/** Somebody who waits for a place. */
export interface Waiter {
  /** It has one. */
  onPlace(): void
}

/** The bound on what runs on one endpoint at once, and the short, bounded queue before it. */
export class Places {
  /** Attempts that run. */
  taken = 0
  /** Called whenever nothing runs any more; `null` while nobody wants to know. */
  onIdle: (() => void) | null = null
  readonly #waiting: { waiter: Waiter; most: number }[] = []

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.length
  }

  /**
   * Takes a place, or queues for one.
   * @param most how many may run.
   * @param mostWaiting how many may wait; `full` when there is no room for that either.
   */
  take(waiter: Waiter, most: number, mostWaiting: number): 'taken' | 'queued' | 'full' {
    if (this.taken < most) {
      this.taken++
      return 'taken'
    }
    if (this.#waiting.length >= mostWaiting) return 'full'
    this.#waiting.push({ waiter, most })
    return 'queued'
  }

  /** An attempt ended: whoever has waited longest gets its place. */
  release(): void {
    this.taken--
    if (this.#waiting.length === 0) {
      if (this.taken === 0 && this.onIdle !== null) this.onIdle()
      return
    }
    // Routes may differ in how many they allow on the same endpoint.
    const at = this.#waiting.findIndex(({ most }) => this.taken < most)
    if (at === -1) return
    const [next] = this.#waiting.splice(at, 1)
    this.taken++
    next?.waiter.onPlace()
  }

  /** Somebody does not wait any longer. */
  forget(waiter: Waiter): void {
    const at = this.#waiting.findIndex((entry) => entry.waiter === waiter)
    if (at !== -1) this.#waiting.splice(at, 1)
  }
}
