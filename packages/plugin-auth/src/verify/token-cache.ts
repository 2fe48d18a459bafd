import { type CacheCounts, noUse } from '../counts/auth-counts.ts'
import { SteadyMap } from './steady-map.ts'

/** What a cache keeps: at least the whole token. */
export interface CachedEntry {
  /** The whole token. */
  readonly token: string
  /** Set by each hit, cleared when the cache looks for room. */
  used: boolean
}

/** What an entry is worth now: itself while it is good, `undefined` or something else when it is not. */
type Worth<TEntry, TOther, TContext> = (entry: TEntry, context: TContext) => TEntry | TOther | undefined

/**
 * Cache of tokens that drops what was not used lately. A hit only sets a mark; who has one is passed over once when room
 * is needed ("second chance"). Indexed by the signature segment, because it is short and differs between honest tokens; then the
 * whole token is compared. A key made from a part of a token, or its digest, once mixed identities in another library
 * (GHSA-rp9m-7r4c-75qg).
 */
export class TokenCache<TEntry extends CachedEntry> {
  readonly #maxEntries: number
  readonly #entries = new SteadyMap<TEntry>()
  readonly #counts: CacheCounts
  /** The slot that is looked at first when room is needed. */
  #hand = 0

  /**
   * @param maxEntries how many tokens are kept; 0 keeps none.
   * @param counts where looks, entries and evictions are counted.
   */
  constructor(maxEntries: number, counts: CacheCounts = noUse()) {
    this.#maxEntries = maxEntries
    this.#counts = counts
  }

  /** How it was used, by it and others with the same counts. */
  get counts(): Readonly<CacheCounts> {
    return this.#counts
  }

  /** How many tokens are kept. */
  get size(): number {
    return this.#entries.size
  }

  /** What is kept for a token. Counts a hit or a miss. */
  get(signature: string, token: string): TEntry | undefined
  /**
   * The same where entries grow old: what the entry is worth. Only one that is worth itself is a hit; others are forgotten.
   * @param worth for all looks the same function: none is made for one look.
   * @param context what `worth` gets beside the entry.
   */
  get<TOther, TContext>(
    signature: string,
    token: string,
    worth: Worth<TEntry, TOther, TContext>,
    context: TContext,
  ): TEntry | TOther | undefined
  get<TOther, TContext>(
    signature: string,
    token: string,
    worth?: Worth<TEntry, TOther, TContext>,
    context?: TContext,
  ): TEntry | TOther | undefined {
    const entry = this.peek(signature, token)
    const found = entry && worth ? worth(entry, context as TContext) : entry
    if (entry && found === entry) {
      this.#counts.hits++
      return entry
    }
    this.#counts.misses++
    if (entry) this.delete(signature)
    return found
  }

  /** What is kept for a token, now marked as used. Counts nothing. */
  peek(signature: string, token: string): TEntry | undefined {
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
    for (;;) {
      const slot = this.#hand
      this.#hand = (slot + 1) % this.#entries.slots
      const entry = this.#entries.valueAt(slot)
      if (entry?.used) entry.used = false
      else if (entry) {
        this.delete(this.#entries.keyAt(slot))
        this.#counts.evictions++
        return
      }
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.#counts.entries -= this.#entries.size
    this.#entries.clear()
    this.#hand = 0
  }
}

/** The worth of an entry that is good until a time. */
export function ifFresh<TEntry extends { readonly untilMs: number }>(
  entry: TEntry,
  nowMs: number,
): TEntry | undefined {
  return nowMs < entry.untilMs ? entry : undefined
}
