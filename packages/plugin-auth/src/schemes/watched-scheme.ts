import type { Exchange } from '@postern/core'
import type { Scheme, SchemeAnswer, SchemeName } from './scheme.ts'

/** A scheme whose answers somebody looks at, and may replace, each time that they come. */
export class WatchedScheme implements Scheme {
  readonly name: SchemeName
  readonly #scheme: Scheme
  readonly #watch: (answer: SchemeAnswer) => SchemeAnswer

  constructor(scheme: Scheme, watch: (answer: SchemeAnswer) => SchemeAnswer) {
    this.name = scheme.name
    this.#scheme = scheme
    this.#watch = watch
  }

  authenticate(exchange: Exchange): SchemeAnswer | Promise<SchemeAnswer> {
    const answer = this.#scheme.authenticate(exchange)
    return answer instanceof Promise ? answer.then(this.#watch) : this.#watch(answer)
  }

  ready(): true | string {
    return this.#scheme.ready()
  }

  close(): void | Promise<void> {
    return this.#scheme.close()
  }
}
