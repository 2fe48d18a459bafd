import type { Logger } from '@postern/core'
import { type FileOptions, FileWatch } from '../files/file-watch.ts'
import { invalidOptions } from '../problems.ts'
import { type Rejection, rejection } from '../rejection.ts'
import type { Verified } from '../schemes/scheme.ts'
import { type Revocation, type RevocationEntry, readRevocation } from './revocation.ts'
import { RevocationIndex } from './revocation-index.ts'
import type { RevocationListOptions, RevocationState } from './revocation-list.ts'

/** How often the file is looked at by default. */
export const REVOCATION_POLL_MS = 1_000
/** So often `revoke` looks for entries that are over. */
const SWEEP_EVERY = 1_024

const REVOKED: Rejection = rejection('GW_AUTH_REVOKED', 'The credentials are good, but were revoked.')

// Counted over all lists: credentials that one list has cleared are not cleared by the next.
let epochs = 0

/** The revocations of one list, and the check against them. */
export class RevocationStore {
  /** Where log lines go. */
  logger: Logger | undefined
  readonly #added = new Map<string, RevocationEntry>()
  #fromFile: readonly RevocationEntry[] | undefined
  #index = new RevocationIndex()
  #epoch = ++epochs
  #unswept = 0
  /** The file, in one form. */
  readonly #followed: FileOptions | undefined
  #file: FileWatch | undefined
  #fileReadMs: number | undefined
  #fault: string | undefined

  constructor(options: RevocationListOptions) {
    const { file } = options
    this.#followed = typeof file === 'string' ? { path: file } : file
  }

  /** Reads the file, and follows it from now on. */
  open(): void {
    const file = this.#followed
    if (!file) return
    this.#file = new FileWatch(
      { path: file.path, pollMs: file.pollMs ?? REVOCATION_POLL_MS },
      { read: (text) => this.#accept(text), failed: (reason) => this.#fail(reason) },
    )
  }

  /** Follows the file no more. What it said last stays. */
  close(): void {
    this.#file?.close()
  }

  /**
   * Why credentials that were found good are refused. One comparison when they were checked before and the list did not
   * change since.
   */
  check(verified: Verified): Rejection | undefined {
    if (verified.clearedEpoch === this.#epoch) return undefined
    if (this.#followed && !this.#fromFile)
      return { code: 'GW_AUTH_REVOCATIONS_UNAVAILABLE', message: this.#reason() }
    if (this.#index.has(verified, Date.now())) return REVOKED
    if (verified.clearedEpoch !== undefined) verified.clearedEpoch = this.#epoch
    return undefined
  }

  /** `true` when the list is known, else why not. */
  ready(): true | string {
    return !this.#followed || this.#fromFile ? true : this.#reason()
  }

  /** See `RevocationList`. */
  revoke(given: readonly Revocation[]): void {
    for (const entry of given.map(readOwn)) {
      const name = nameOf(entry)
      // Said again, perhaps with another end: the index must forget what was said before.
      if (this.#added.has(name)) this.#unswept = SWEEP_EVERY
      this.#added.set(name, entry)
      this.#index.add(entry)
    }
    this.#unswept += given.length
    if (this.#unswept >= SWEEP_EVERY) this.#rebuild()
    this.#epoch = ++epochs
  }

  /** See `RevocationList`. */
  restore(given: Revocation): boolean {
    const wasThere = this.#added.delete(nameOf(readOwn(given)))
    if (wasThere) this.#rebuild()
    return wasThere
  }

  /** See `RevocationList`. */
  list(): readonly Revocation[] {
    const nowMs = Date.now()
    const all = [...(this.#fromFile ?? []), ...this.#added.values()]
    return all.filter((entry) => nowMs < entry.untilMs).map((entry) => entry.given)
  }

  /** See `RevocationList`. */
  state(): RevocationState {
    return { entries: this.list().length, fileReadMs: this.#fileReadMs, fault: this.#fault }
  }

  /** A file with one bad entry counts as a whole as bad: half a list would let half of the revoked in. */
  #accept(text: string): void {
    this.#fromFile = readList(text)
    this.#rebuild()
    this.#fileReadMs = Date.now()
    this.#fault = undefined
    this.logger?.info({ file: this.#followed?.path, entries: this.#fromFile.length }, 'Revocation list read')
  }

  #fail(reason: string): void {
    this.#fault = reason
    const fields = { file: this.#followed?.path, reason }
    if (this.#fromFile)
      this.logger?.error(fields, 'The revocation list could not be read; the last good one goes on')
    else this.logger?.error(fields, 'The revocation list could not be read; every caller is refused')
  }

  #rebuild(): void {
    const nowMs = Date.now()
    for (const [name, entry] of this.#added) if (nowMs >= entry.untilMs) this.#added.delete(name)
    this.#index = new RevocationIndex()
    for (const entry of [...(this.#fromFile ?? []), ...this.#added.values()]) this.#index.add(entry)
    this.#unswept = 0
    this.#epoch = ++epochs
  }

  #reason(): string {
    return `The revocation list ${this.#followed?.path} cannot be used: ${this.#fault ?? 'it was not read yet'}.`
  }
}

function readList(text: string): readonly RevocationEntry[] {
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch {
    throw new Error('it is not JSON')
  }
  if (!Array.isArray(list)) throw new Error('it is not a JSON list')
  return list.map((value, place) => {
    try {
      return readRevocation(value)
    } catch (error) {
      throw new Error(`entry ${place}: ${(error as Error).message}`)
    }
  })
}

function readOwn(given: Revocation): RevocationEntry {
  try {
    return readRevocation(given)
  } catch (error) {
    throw invalidOptions(`This cannot be revoked: ${(error as Error).message}.`)
  }
}

function nameOf({ token, subject, key, issuer, issuedBeforeMs }: RevocationEntry): string {
  return JSON.stringify([token, subject, key, issuer, issuedBeforeMs])
}
