import type { Kept } from '../plugin-host.ts'

/** What plugins keep beyond a reload, by key. One for all generations of a gateway. */
export class KeptThings {
  readonly #byKey = new Map<string, { readonly kept: Kept; users: number }>()

  /** How many there are. */
  get size(): number {
    return this.#byKey.size
  }

  /** What the key stands for, made when there is nothing. Every call needs one `release`. */
  acquire<TKept extends Kept>(key: string, make: () => TKept): TKept {
    let entry = this.#byKey.get(key)
    if (!entry) {
      entry = { kept: make(), users: 0 }
      this.#byKey.set(key, entry)
    }
    entry.users++
    // Whoever asks with a key says with `make` what it stands for.
    return entry.kept as TKept
  }

  /** The last user's release closes it. */
  async release(key: string): Promise<void> {
    const entry = this.#byKey.get(key)
    if (!entry || --entry.users > 0) return
    this.#byKey.delete(key)
    await entry.kept.close()
  }
}
