import { type KeyRecord, readKey } from './jwk.ts'

/** Keys that are tried when a token names none. More would let one token cost many signature checks. */
const MAX_CANDIDATES = 4
/** Keys that are read from one set. */
const MAX_KEYS = 100

/** The keys that an issuer publishes. Immutable; a new one replaces it. */
export class KeySet {
  /** By id. */
  readonly keys: ReadonlyMap<string, KeyRecord>
  /** Why keys were left out: one sentence each, for the log. */
  readonly ignored: readonly string[]

  private constructor(keys: ReadonlyMap<string, KeyRecord>, ignored: readonly string[]) {
    this.keys = keys
    this.ignored = ignored
  }

  /**
   * Reads a JWK Set. Keys that cannot be used are left out. A key that the previous set had keeps its record, so what
   * it verified stays valid; the records of the others end.
   * @throws {Error} when the document is no JWK Set.
   */
  static from(document: unknown, previous?: KeySet): KeySet {
    const list =
      typeof document === 'object' && document !== null ? (document as { keys?: unknown }).keys : undefined
    if (!Array.isArray(list)) throw new Error('the answer is not a JWK Set')
    const keys = new Map<string, KeyRecord>()
    const ignored: string[] = list.length > MAX_KEYS ? [`Keys beyond the first ${MAX_KEYS} are ignored.`] : []
    for (const [index, item] of list.slice(0, MAX_KEYS).entries()) {
      const key = readKey(item)
      if (typeof key === 'string') ignored.push(`Key ${index} ${key}.`)
      else keys.set(key.id, previous?.keys.get(key.id) ?? key)
    }
    for (const [id, key] of previous?.keys ?? []) if (!keys.has(id)) key.live = false
    return new KeySet(keys, ignored)
  }

  /** The keys that may have signed a token: those named by its `kid`, else all that fit its `alg`, at most four. */
  select(alg: string, kid: string | undefined): readonly KeyRecord[] {
    const found: KeyRecord[] = []
    for (const key of this.keys.values()) {
      if ((kid !== undefined && key.kid !== kid) || !key.algorithms.includes(alg)) continue
      found.push(key)
      if (found.length === MAX_CANDIDATES) break
    }
    return found
  }
}
