/** The nonces of signatures that are still young enough to be replayed. Bounded; none is forgotten before its time. */
export class Nonces {
  readonly #most: number
  /** Until when each is kept, on the clock of `Date.now()`; oldest first. */
  readonly #kept = new Map<string, number>()

  /** @param most how many are kept. */
  constructor(most: number) {
    this.#most = most
  }

  /** Takes a nonce of a key: `new`, `seen` before, or `full` when there is no place to remember it. */
  take(keyId: string, nonce: string, untilMs: number): 'new' | 'seen' | 'full' {
    const nowMs = Date.now()
    const name = JSON.stringify([keyId, nonce])
    if ((this.#kept.get(name) ?? 0) > nowMs) return 'seen'
    if (this.#kept.size >= this.#most) {
      for (const [old, endMs] of this.#kept) if (endMs <= nowMs) this.#kept.delete(old)
      if (this.#kept.size >= this.#most) return 'full'
    }
    this.#kept.set(name, untilMs)
    return 'new'
  }
}
