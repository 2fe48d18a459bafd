import type { Logger } from '@postern/core'
import { WatchedFile } from './watched-file.ts'

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

/** A secret in use. */
export class Secret {
  /** The secret itself. */
  value: string
  readonly #file: WatchedFile | undefined

  /**
   * Reads it.
   * @param what names it in errors and logs, which never hold its value.
   * @param check says what is wrong with a text; `undefined` when nothing is.
   * @throws {Error} when it is not there, or wrong.
   */
  constructor(
    source: SecretSource,
    what: string,
    logger: Logger,
    check: (text: string) => string | undefined = notEmpty,
  ) {
    let text: string | undefined
    if (typeof source === 'string') text = source
    else if ('env' in source) text = process.env[source.env]
    else {
      this.#file = new WatchedFile(source.watch, (changed) => {
        const wrong = check(changed.trim())
        if (wrong === undefined) this.value = changed.trim()
        else
          logger.error(
            { secret: what, reason: wrong },
            'A changed secret cannot be used; the one before goes on',
          )
      })
      text = this.#file.text
    }
    this.value = text?.trim() ?? ''
    const wrong = check(this.value)
    if (wrong === undefined) return
    this.close()
    throw new Error(`${what} ${wrong}`)
  }

  /** Looks at its file now, if it has one. */
  async look(): Promise<void> {
    await this.#file?.look()
  }

  /** Watches no more. */
  close(): void {
    this.#file?.close()
  }
}

/** What is wrong with a secret that may be any text. */
export function notEmpty(text: string): string | undefined {
  return text === '' ? 'is empty or not there' : undefined
}

/** What is wrong with a secret that goes into a header. */
export function headerSafe(text: string): string | undefined {
  return notEmpty(text) ?? (/^[\x20-\x7e]+$/.test(text) ? undefined : 'is not printable ASCII')
}
