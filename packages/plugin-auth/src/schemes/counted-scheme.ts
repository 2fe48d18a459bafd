import type { Exchange } from '@postern/core'
import type { Outcomes } from '../counts/auth-counts.ts'
import { isRejection, type Scheme, type SchemeAnswer, type SchemeName } from './scheme.ts'

/** A scheme whose answers are counted. Credentials of another kind are none of its business, and no answer. */
export class CountedScheme implements Scheme {
  readonly name: SchemeName
  readonly #scheme: Scheme
  readonly #outcomes: Outcomes

  constructor(scheme: Scheme, outcomes: Outcomes) {
    this.name = scheme.name
    this.#scheme = scheme
    this.#outcomes = outcomes
  }

  authenticate(exchange: Exchange): SchemeAnswer | Promise<SchemeAnswer> {
    const answer = this.#scheme.authenticate(exchange)
    return answer instanceof Promise ? answer.then((settled) => this.#count(settled)) : this.#count(answer)
  }

  ready(): true | string {
    return this.#scheme.ready()
  }

  close(): void | Promise<void> {
    return this.#scheme.close()
  }

  #count(answer: SchemeAnswer): SchemeAnswer {
    if (answer !== undefined) this.#outcomes.add(isRejection(answer) ? answer.code : 'ok')
    return answer
  }
}
