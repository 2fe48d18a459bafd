import { hash, timingSafeEqual } from 'node:crypto'
import { type Credential, type CredentialEntry, toCredential } from '../credential-entry.ts'

interface Row {
  readonly digest: Buffer
  readonly credential: Credential
}

/** Keys by their digest. */
export class KeyTable {
  readonly #rows = new Map<string, Row>()

  /** @throws {Error} when two entries have the same hash: it could not be said whose key it is. */
  constructor(entries: readonly CredentialEntry[]) {
    for (const [place, entry] of entries.entries()) {
      const hex = entry.hash.slice('sha256:'.length)
      if (this.#rows.has(hex)) throw new Error(`entry ${place + 1}: its hash stands in an earlier entry, too`)
      // Enough to tell the keys of one caller apart; of a random key it gives nothing away.
      const credential = toCredential(entry, 'api-key', { keyId: hex.slice(0, 12) })
      this.#rows.set(hex, { digest: Buffer.from(hex, 'hex'), credential })
    }
  }

  /**
   * The credential of a key. The table is searched by the digest, and nobody can choose keys whose digests come closer
   * and closer to a stored one: how long the search takes says nothing of the keys.
   */
  find(key: string): Credential | undefined {
    const digest = hash('sha256', key, 'buffer')
    const row = this.#rows.get(digest.toString('hex'))
    return row && timingSafeEqual(row.digest, digest) ? row.credential : undefined
  }
}
