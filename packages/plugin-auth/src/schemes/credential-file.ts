import type { Logger } from '@postern/core'
import type { FileStats } from '../counts/auth-counts.ts'
import type { ResolvedFileOptions } from '../files/file-schema.ts'
import { type FileReader, FileWatch } from '../files/file-watch.ts'

/**
 * Credentials from a file that may change while the gateway runs. A broken new file changes nothing: the last good content goes
 * on, an error is logged, and metrics say so. Readiness does not: all replicas have read the same file, and a slip in it would
 * take every one of them out of service (decision 0042).
 */
export class CredentialFile<TContent> implements FileReader {
  /** Where log lines go; that of the newest generation that uses the file. */
  logger: Logger
  /** The last good content; `undefined` while there was none. */
  content: TContent | undefined
  readonly #what: string
  readonly #path: string
  readonly #parse: (text: string) => TContent
  readonly #watch: FileWatch
  readonly #counts: FileStats

  /**
   * @param what is in it, for log lines: `API keys`.
   * @param parse throws an error whose message holds nothing of the file.
   * @param counts where is written down how the file stands.
   */
  constructor(
    what: string,
    options: ResolvedFileOptions,
    parse: (text: string) => TContent,
    counts: FileStats,
    logger: Logger,
  ) {
    this.logger = logger
    this.#counts = counts
    this.#what = what
    this.#path = options.path
    this.#parse = parse
    this.#watch = new FileWatch(options, this)
  }

  /** `true` when there is a list to check credentials by, else why not. */
  ready(): true | string {
    if (this.content !== undefined) return true
    return `The list of ${this.#what} was never read (${this.#path}): ${this.#counts.fault ?? 'not yet'}.`
  }

  close(): void {
    this.#watch.close()
  }

  read(text: string): void {
    this.content = this.#parse(text)
    this.#counts.reads++
    this.#counts.readMs = Date.now()
    this.#counts.fault = undefined
    this.logger.info({ file: this.#path }, `The file of ${this.#what} was read`)
  }

  failed(reason: string): void {
    this.#counts.failures++
    this.#counts.fault = reason
    const what =
      this.content === undefined
        ? `The file of ${this.#what} cannot be used; nothing that it should hold can be checked`
        : `The file of ${this.#what} cannot be used; its last good content goes on`
    this.logger.error({ file: this.#path, reason }, what)
  }
}
