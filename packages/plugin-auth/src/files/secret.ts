import type { Logger } from '@postern/core'
import { FileWatch } from './file-watch.ts'

/**
 * A secret: the text itself, the name of an environment variable that holds it, or a file that is read now and again
 * whenever it changes. Blanks and line breaks around it do not belong to it.
 */
export type SecretSource =
  | string
  | {
      /** Name of an environment variable that holds it, read at the start. */
      readonly env: string
    }
  | {
      /** Path of a file that holds it, relative to the working directory and looked at every 5 seconds. */
      readonly watch: string
    }

const POLL_MS = 5_000

/** A secret in use, as what it is read to: its text, a key. */
export class Secret<TValue> {
  /** What the secret is now. */
  value!: TValue
  /** Where log lines go. */
  logger: Logger
  readonly #what: string
  readonly #file: FileWatch | undefined
  #fault: string | undefined
  #isOpen = false

  /**
   * Reads it.
   * @param what names it in errors and logs, which never hold its value.
   * @param read reads its text; what is thrown says what is wrong with it, without any part of it.
   * @param onChange is told when a file says something else from now on.
   * @throws {Error} when it is not there, or wrong.
   */
  constructor(
    source: SecretSource,
    what: string,
    logger: Logger,
    read: (text: string) => TValue,
    onChange: () => void = () => {},
  ) {
    this.#what = what
    this.logger = logger
    if (typeof source === 'object' && 'watch' in source) {
      this.#file = new FileWatch(
        { path: source.watch, pollMs: POLL_MS },
        {
          read: (text) => {
            this.value = read(text.trim())
            if (this.#isOpen) onChange()
          },
          failed: (reason) => this.#failed(reason, source.watch),
        },
      )
    } else this.#readOnce(typeof source === 'string' ? source : process.env[source.env], read)
    if (this.#fault !== undefined) {
      this.close()
      throw new Error(`${what} ${this.#fault}`)
    }
    this.#isOpen = true
  }

  /** Follows its file no more. */
  close(): void {
    this.#file?.close()
  }

  #readOnce(text: string | undefined, read: (text: string) => TValue): void {
    try {
      this.value = read(text?.trim() ?? '')
    } catch (error) {
      this.#fault = (error as Error).message
    }
  }

  #failed(reason: string, path: string): void {
    if (this.#isOpen)
      this.logger.error(
        { secret: this.#what, reason },
        'A changed secret cannot be used; the one before goes on',
      )
    else this.#fault = /^E[A-Z]+$/.test(reason) ? `cannot be read from ${path}: ${reason}` : reason
  }
}

/** Reads a secret that may be any text. @throws {Error} when there is none. */
export function anyText(text: string): string {
  if (text === '') throw new Error('is empty or not there')
  return text
}

/** Reads a secret that goes into a header. @throws {Error} when it cannot. */
export function headerText(text: string): string {
  if (!/^[\x20-\x7e]+$/.test(anyText(text))) throw new Error('is not printable ASCII')
  return text
}
