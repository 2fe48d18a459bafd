/** What a cache keeps: at least the whole token. */
export interface CachedEntry {
  /** The whole token. */
  readonly token: string
}

/**
 * Least-recently-used cache of tokens, on one Map whose order is the order of use. Indexed by the signature segment,
 * because it is short and differs between honest tokens; then the whole token is compared. A key made from a part of
 * a token, or its digest, once mixed identities in another library (GHSA-rp9m-7r4c-75qg).
 */
export class TokenCache<TEntry extends CachedEntry> {
  readonly #maxEntries: number
  readonly #entries = new Map<string, TEntry>()

  /** @param maxEntries how many tokens are kept; 0 keeps none. */
  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries
  }

  /** How many tokens are kept. */
  get size(): number {
    return this.#entries.size
  }

  /** What is kept for a token, now the most recently used. */
  get(signature: string, token: string): TEntry | undefined {
    const entry = this.#entries.get(signature)
    if (entry === undefined || entry.token !== token) return undefined
    this.#entries.delete(signature)
    this.#entries.set(signature, entry)
    return entry
  }

  /** Keeps an entry; the least recently used one goes when there is no room. */
  set(signature: string, entry: TEntry): void {
    if (this.#maxEntries === 0) return
    this.#entries.delete(signature)
    if (this.#entries.size >= this.#maxEntries) {
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest)
        break
      }
    }
    this.#entries.set(signature, entry)
  }

  /** Forgets the entry of a signature segment. */
  delete(signature: string): void {
    this.#entries.delete(signature)
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries.clear()
  }
}
