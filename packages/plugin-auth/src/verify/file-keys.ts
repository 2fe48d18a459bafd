import type { Logger } from '@postern/core'
import type { LoadCounts } from '../counts/auth-counts.ts'
import { FileWatch } from '../files/file-watch.ts'
import type { KeySet } from './key-set.ts'
import type { KeyAnswer, KeySource, KeyState } from './key-source.ts'
import { UNKNOWN_KEY } from './outcome.ts'

const POLL_MS = 5_000

/** Reads the text of a file. @throws {Error} which says what is wrong with it. */
type ReadKeys = (text: string, previous: KeySet | undefined) => KeySet

/**
 * Keys from a file that is read again whenever it changes. A file that cannot be read, or holds no usable key, leaves the
 * last good keys in use, for as long as it takes: whoever can change the file can repair it.
 */
export class FileKeys implements KeySource {
  logger: Logger
  loads = 0
  readonly #issuer: string
  readonly #path: string
  readonly #readKeys: ReadKeys
  readonly #file: FileWatch
  #set: KeySet | undefined
  #failure = ''
  #failures = 0
  #readMs: number | undefined
  readonly #counts: LoadCounts

  constructor(issuer: string, path: string, readKeys: ReadKeys, counts: LoadCounts, logger: Logger) {
    this.#counts = counts
    this.#issuer = issuer
    this.#path = path
    this.#readKeys = readKeys
    this.logger = logger
    this.#file = new FileWatch(
      { path, pollMs: POLL_MS },
      {
        read: (text) => this.#accept(text),
        failed: (reason) => this.#fail(reason),
      },
    )
  }

  get usableUntilMs(): number {
    return this.#set ? Number.POSITIVE_INFINITY : 0
  }

  find(alg: string, kid: string | undefined): KeyAnswer {
    if (!this.#set) return { code: 'GW_AUTH_KEYS_UNAVAILABLE', message: this.#reason() }
    const found = this.#set.select(alg, kid)
    return found.length > 0 ? found : UNKNOWN_KEY
  }

  refetch(): undefined {
    return undefined
  }

  ready(): true | string {
    return this.#set ? true : this.#reason()
  }

  state(): KeyState {
    return {
      keys: this.#set?.keys.size ?? 0,
      usableUntilMs: this.usableUntilMs,
      readMs: this.#readMs,
      loads: this.#counts.loaded,
      failedLoads: this.#counts.failed,
      failures: this.#failures,
    }
  }

  close(): void {
    this.#file.close()
  }

  #reason(): string {
    return `The keys of issuer "${this.#issuer}" cannot be used: ${this.#failure}.`
  }

  #accept(text: string): void {
    const set = this.#readKeys(text, this.#set)
    if (set.keys.size === 0) throw new Error(['it has no key that can be used', ...set.ignored].join('. '))
    this.#set = set
    this.loads += 1
    this.#counts.loaded++
    this.#readMs = Date.now()
    this.#failures = 0
    this.logger.info(
      { issuer: this.#issuer, file: this.#path, keys: set.keys.size, ignored: set.ignored },
      'Keys read',
    )
  }

  #fail(reason: string): void {
    this.#failure = `${this.#path}: ${reason}`
    this.#failures += 1
    this.#counts.failed++
    const fields = { issuer: this.#issuer, file: this.#path, reason }
    if (this.#set) this.logger.error(fields, 'Keys could not be read; the last good ones go on')
    else this.logger.error(fields, 'Keys could not be read; tokens of this issuer cannot be checked')
  }
}
