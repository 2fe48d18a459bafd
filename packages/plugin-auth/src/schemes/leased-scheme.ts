import type { Exchange, Logger } from '@postern/core'
import type { Lasting } from '../lasting.ts'
import type { Lease } from '../verify/shared.ts'
import type { Scheme, SchemeAnswer, SchemeName } from './scheme.ts'

/** A scheme that several generations may use one after the other. */
export interface LastingScheme extends Scheme {
  /** Sends log lines elsewhere from now on: to the newest generation's logger. */
  useLogger(logger: Logger): void
}

/**
 * One generation's share in a scheme. Generations with equal options use the same one, so that a reload for another
 * plugin's sake keeps what it read from files and what it verified.
 */
export class LeasedScheme implements Scheme {
  readonly name: SchemeName
  readonly #lease: Lease<LastingScheme>
  readonly #scheme: LastingScheme

  /** @param options what makes two of them equal. */
  constructor(
    name: SchemeName,
    options: unknown,
    make: () => LastingScheme,
    lasting: Lasting,
    logger: Logger,
  ) {
    this.name = name
    this.#lease = lasting.schemes.lease(`${name} ${JSON.stringify(options)}`, make)
    this.#scheme = this.#lease.value
    this.#scheme.useLogger(logger)
  }

  authenticate(exchange: Exchange): SchemeAnswer | Promise<SchemeAnswer> {
    return this.#scheme.authenticate(exchange)
  }

  ready(): true | string {
    return this.#scheme.ready()
  }

  close(): Promise<void> {
    return this.#lease.release()
  }
}
