/** A share in something that generations use together; `release` it when done. */
export interface Lease<TValue> {
  /** What is shared. */
  readonly value: TValue
  /** Gives the share back. The last one closes what was shared; twice is the same as once. */
  release(): Promise<void>
}

/**
 * Things that live as long as somebody uses them, known by name. A reload starts the new generation before it ends the
 * old one: what both need passes over, and is not built anew under load.
 */
export class Shared<TValue extends { close(): void | Promise<void> }> {
  readonly #entries = new Map<string, { readonly value: TValue; users: number }>()

  /** Takes a share, making the thing when nobody has it yet. */
  lease(name: string, make: () => TValue): Lease<TValue> {
    const entry = this.#entries.get(name) ?? { value: make(), users: 0 }
    this.#entries.set(name, entry)
    entry.users += 1
    let released: Promise<void> | undefined
    return {
      value: entry.value,
      release: () => {
        released ??= this.#release(name, entry)
        return released
      },
    }
  }

  async #release(name: string, entry: { readonly value: TValue; users: number }): Promise<void> {
    entry.users -= 1
    if (entry.users > 0) return
    this.#entries.delete(name)
    await entry.value.close()
  }
}
