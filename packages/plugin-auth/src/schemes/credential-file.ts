import type { Logger } from '@postern/core'
import { type FileReader, FileWatch } from '../files/file-watch.ts'

/** A file of credentials as options describe it, with defaults. */
export interface ResolvedFileOptions {
  readonly path: string
  readonly pollMs: number
}

/**
 * Credentials from a file that may change while the gateway runs. A broken new file changes nothing: the last good
 * content goes on, an error is logged, and readiness says so, because whoever was removed in that file still passes.
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
  #fault: string | undefined

  /**
   * @param what is in it, for log lines: `API keys`.
   * @param parse throws an error whose message holds nothing of the file.
   */
  constructor(what: string, options: ResolvedFileOptions, parse: (text: string) => TContent, logger: Logger) {
    this.logger = logger
    this.#what = what
    this.#path = options.path
    this.#parse = parse
    this.#watch = new FileWatch(options, this)
  }

  /** `true` when its newest content is in use, else why not. */
  ready(): true | string {
    if (this.#fault === undefined) return true
    const state = this.content === undefined ? 'was never read' : 'is older than the file'
    return `The list of ${this.#what} ${state} (${this.#path}): ${this.#fault}.`
  }

  close(): void {
    this.#watch.close()
  }

  read(text: string): void {
    this.content = this.#parse(text)
    this.#fault = undefined
    this.logger.info({ file: this.#path }, `The file of ${this.#what} was read`)
  }

  failed(reason: string): void {
    this.#fault = reason
    const what =
      this.content === undefined
        ? `The file of ${this.#what} cannot be used; nothing that it should hold can be checked`
        : `The file of ${this.#what} cannot be used; its last good content goes on`
    this.logger.error({ file: this.#path, reason }, what)
  }
}
