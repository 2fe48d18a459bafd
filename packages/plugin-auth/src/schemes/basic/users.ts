import type { Logger } from '@postern/core'
import type { AuthCounts } from '../../counts/auth-counts.ts'
import { parseEntries } from '../credential-entry.ts'
import { CredentialFile } from '../credential-file.ts'
import { basicUserSchema, type ResolvedBasicOptions } from './options.ts'
import { DEFAULT_COST, type ScryptCost } from './password-hash.ts'
import { type User, UserTable } from './user-table.ts'

/** Everybody with a password: of the options, and of the file as it is now. */
export class Users {
  readonly #inline: UserTable
  readonly #file: CredentialFile<UserTable> | undefined

  constructor({ users, file }: ResolvedBasicOptions, counts: AuthCounts, logger: Logger) {
    this.#inline = new UserTable(users)
    const parse = (text: string): UserTable => new UserTable(parseEntries(text, basicUserSchema))
    this.#file = file && new CredentialFile('users', file, parse, counts.file('basic.file'), logger)
  }

  /** The user of this name. One of the options goes before one of the file. */
  get(name: string): User | undefined {
    return this.#inline.get(name) ?? this.#file?.content?.get(name)
  }

  /** Whether a name that is not known may stand in a file that was never read. */
  get unread(): boolean {
    return this.#file !== undefined && this.#file.content === undefined
  }

  /**
   * What checking a name that nobody has must cost: as much as that of some user. Which one follows from `draw`, so that
   * unknown names are as slow as known ones also where hashes differ in cost, and always equally slow.
   */
  costOfNobody(draw: number): ScryptCost {
    const all = [...this.#inline.all, ...(this.#file?.content?.all ?? [])]
    return all[draw % all.length]?.password ?? DEFAULT_COST
  }

  ready(): true | string {
    return this.#file?.ready() ?? true
  }

  useLogger(logger: Logger): void {
    if (this.#file) this.#file.logger = logger
  }

  close(): void {
    this.#file?.close()
  }
}
