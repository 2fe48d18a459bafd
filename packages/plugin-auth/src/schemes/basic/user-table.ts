import { type Credential, type CredentialEntry, toCredential } from '../credential-entry.ts'
import { type PasswordHash, readPasswordHash } from './password-hash.ts'

/** A user who may have to prove a password. */
export interface User extends Credential {
  /** `hash`, read. */
  readonly password: PasswordHash
}

/** Users by name. */
export class UserTable {
  readonly #users = new Map<string, User>()

  /** @throws {Error} when a name stands twice: it could not be said whose password counts. */
  constructor(entries: readonly CredentialEntry[]) {
    for (const [place, entry] of entries.entries()) {
      if (this.#users.has(entry.id))
        throw new Error(`entry ${place + 1}: its id stands in an earlier entry, too`)
      // The schema let no other hash pass.
      const password = readPasswordHash(entry.hash) as PasswordHash
      this.#users.set(entry.id, { ...toCredential(entry, 'basic'), password })
    }
  }

  /** The user of this name. */
  get(name: string): User | undefined {
    return this.#users.get(name)
  }

  /** All users. */
  get all(): readonly User[] {
    return [...this.#users.values()]
  }
}
