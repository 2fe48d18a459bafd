import { type CacheCounts, noUse } from '../counts/auth-counts.ts'

/** What a cache keeps: at least the whole token. */
export interface CachedEntry {
  /** The whole token. */
  readonly token: string
  /** Set by each hit, cleared when the cache looks for room. */
  used: boolean
}

/**
 * Cache of tokens that drops what was not used lately. A hit only sets a mark; who has one is passed over once when room
 * is needed ("second chance"). Moving an entry to the end at each hit, as a strict order needs, makes V8 rebuild the Map
 * all the time, and its old tables pile up in old space. Indexed by the signature segment, because it is short and differs between honest tokens; then the whole token is compared. A key made from a part of
 * a token, or its digest, once mixed identities in another library (GHSA-rp9m-7r4c-75qg).
 */
export class TokenCache<TEntry extends CachedEntry> {
  readonly #maxEntries: number
  readonly #entries = new Map<string, TEntry>()
  readonly #counts: CacheCounts

  /**
   * @param maxEntries how many tokens are kept; 0 keeps none.
   * @param counts where entries and evictions are counted. Hits are the user's to count: it alone knows which are good.
   */
  constructor(maxEntries: number, counts: CacheCounts = noUse()) {
    this.#maxEntries = maxEntries
    this.#counts = counts
  }

  /** How many tokens are kept. */
  get size(): number {
    return this.#entries.size
  }

  /** What is kept for a token, now marked as used. */
  get(signature: string, token: string): TEntry | undefined {
    const entry = this.#entries.get(signature)
    if (entry === undefined || entry.token !== token) return undefined
    entry.used = true
    return entry
  }

  /** Keeps an entry; the oldest that was not used lately goes when there is no room. */
  set(signature: string, entry: TEntry): void {
    if (this.#maxEntries === 0) return
    this.delete(signature)
    if (this.#entries.size >= this.#maxEntries) this.#makeRoom()
    this.#entries.set(signature, entry)
    this.#counts.entries++
  }

  /** Forgets the entry of a signature segment. */
  delete(signature: string): void {
    if (this.#entries.delete(signature)) this.#counts.entries--
  }

  /** Ends at the latest after one round: a mark is cleared before its entry is met again. */
  #makeRoom(): void {
    for (const [signature, entry] of this.#entries) {
      this.#entries.delete(signature)
      if (!entry.used) {
        this.#counts.entries--
        this.#counts.evictions++
        return
      }
      entry.used = false
      this.#entries.set(signature, entry)
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.#counts.entries -= this.#entries.size
    this.#entries.clear()
  }
}
