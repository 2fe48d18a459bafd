import type { Logger } from '@postern/core'
import { headerText, Secret } from '../files/secret.ts'
import type { Credential, HeaderValue } from './credential.ts'
import type { StaticHeaderOptions } from './options.ts'

/** A header that is the same for every request, whose value may change with its file. */
export class StaticHeader implements Credential {
  readonly header: string
  readonly #prefix: string
  readonly #secret: Secret<string>

  /** @throws {Error} when the value is missing, or cannot stand in a header. */
  constructor(options: StaticHeaderOptions, place: string, logger: Logger) {
    this.header = options.name
    this.#prefix = options.prefix ?? ''
    this.#secret = new Secret(options.value, `${place}.value`, logger, headerText)
  }

  valueFor(): HeaderValue {
    return this.#prefix + this.#secret.value
  }

  refused(): void {
    // Nobody can be asked for another one.
  }

  close(): void {
    this.#secret.close()
  }
}
