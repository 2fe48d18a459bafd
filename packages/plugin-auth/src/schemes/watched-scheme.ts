import type { Exchange } from '@postern/core'
import type { Scheme, SchemeAnswer, SchemeName } from './scheme.ts'

/** Looks at an answer, and gives it or another in its place. */
export type Watch = (answer: SchemeAnswer, exchange: Exchange) => SchemeAnswer

/** A scheme whose answers somebody looks at each time that they come. */
export class WatchedScheme implements Scheme {
  readonly name: SchemeName
  readonly #scheme: Scheme
  readonly #watch: Watch

  constructor(scheme: Scheme, watch: Watch) {
    this.name = scheme.name
    this.#scheme = scheme
    this.#watch = watch
  }

  authenticate(exchange: Exchange): SchemeAnswer | Promise<SchemeAnswer> {
    const answer = this.#scheme.authenticate(exchange)
    return answer instanceof Promise
      ? answer.then((settled) => this.#watch(settled, exchange))
      : this.#watch(answer, exchange)
  }

  ready(): true | string {
    return this.#scheme.ready()
  }

  close(): void | Promise<void> {
    return this.#scheme.close()
  }
}
