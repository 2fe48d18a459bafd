import { secretKeys } from './hmac.ts'
import { type KeyRecord, readKey } from './jwk.ts'
import type { JwtSecret } from './jwt-options.ts'
import { readPem } from './pem-keys.ts'

/** Keys that are tried when a token names none. More would let one token cost many signature checks. */
const MAX_CANDIDATES = 4
/** Keys that are read from one set. */
const MAX_KEYS = 100

/** The keys of an issuer. Immutable; a new one replaces it. */
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
    if (!Array.isArray(list)) throw new Error('it is not a JWK Set')
    return KeySet.#of(list.slice(0, MAX_KEYS).map(readKey), list.length, previous)
  }

  /** Reads PEM text in the same way. */
  static fromPem(pem: string | readonly string[], previous?: KeySet): KeySet {
    const keys = (typeof pem === 'string' ? [pem] : pem).flatMap(readPemBlocks)
    return KeySet.#of(keys.slice(0, MAX_KEYS), keys.length, previous)
  }

  /** The keys that configured secrets are. */
  static fromSecrets(secrets: readonly JwtSecret[], algorithms: readonly string[]): KeySet {
    return KeySet.#of(secretKeys(secrets, algorithms), secrets.length, undefined)
  }

  static #of(read: readonly (KeyRecord | string)[], found: number, previous: KeySet | undefined): KeySet {
    const keys = new Map<string, KeyRecord>()
    const ignored: string[] = found > MAX_KEYS ? [`Keys beyond the first ${MAX_KEYS} are ignored.`] : []
    for (const [index, key] of read.entries()) {
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
      if ((kid !== undefined && key.kid !== kid && !key.unnamed) || !key.algorithms.includes(alg)) continue
      found.push(key)
      if (found.length === MAX_CANDIDATES) break
    }
    return found
  }
}

/** Text without any block is a fault too: a path that was meant as a file, a key in another format. */
function readPemBlocks(text: string): readonly (KeyRecord | string)[] {
  const keys = readPem(text)
  return keys.length === 0 ? ['is not PEM: it has no -----BEGIN line'] : keys
}
