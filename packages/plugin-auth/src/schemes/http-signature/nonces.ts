/**
 * The nonces of signatures that are still young enough to be replayed. Bounded, and none is forgotten before its time. Two
 * sets take turns and are thrown away whole: one that lost entries all the time would be rebuilt all the time.
 */
export class Nonces {
  readonly #most: number
  readonly #keepMs: number
  #before = new Set<string>()
  #now = new Set<string>()
  #sinceMs = performance.now()

  /**
   * @param most how many are kept.
   * @param keepMs for how long at least, in milliseconds.
   */
  constructor(most: number, keepMs: number) {
    this.#most = most
    this.#keepMs = keepMs
  }

  /** Takes a nonce of a key: `new`, `seen` before, or `full` when there is no place to remember it. */
  take(keyId: string, nonce: string): 'new' | 'seen' | 'full' {
    this.#turn()
    const name = JSON.stringify([keyId, nonce])
    if (this.#now.has(name) || this.#before.has(name)) return 'seen'
    if (this.#now.size + this.#before.size >= this.#most) return 'full'
    this.#now.add(name)
    return 'new'
  }

  #turn(): void {
    const ageMs = performance.now() - this.#sinceMs
    if (ageMs < this.#keepMs) return
    this.#before = ageMs < 2 * this.#keepMs ? this.#now : new Set()
    this.#now = new Set()
    this.#sinceMs = performance.now()
  }
}
