import type { Exchange } from '@postern/core'
import { principal } from '@postern/core/contracts'
import { PLUGIN_NAME } from '../problems.ts'
import type { AuthCensus } from './auth-census.ts'
import type { AuthorizationForm } from './authorization-form.ts'
import { callerOf } from './callers.ts'
import type { CredentialReader } from './credentials-seen.ts'
import { type Accepted, foresee } from './foresee.ts'

/** Tells the census of the requests of one route. */
export class RouteCensus {
  readonly #census: AuthCensus
  readonly #reader: CredentialReader
  readonly #route: string
  readonly #accepted: Accepted

  constructor(census: AuthCensus, reader: CredentialReader, route: string, accepted: Accepted) {
    this.#census = census
    this.#reader = reader
    this.#route = route
    this.#accepted = accepted
  }

  /** A request that nobody checks: what would become of it is foreseen. */
  observed(exchange: Exchange, authorization: AuthorizationForm): void {
    const credentials = this.#reader.read(exchange, authorization)
    this.#census.record({
      route: this.#route,
      caller: callerOf(exchange, credentials.token),
      credentials,
      basis: 'observed',
      reason: foresee(credentials, this.#accepted)?.code ?? '',
      refused: false,
      principal: undefined,
    })
  }

  /** A request that is over. One without a verdict was observed, or its client went away while it was checked. */
  finished(exchange: Exchange): void {
    const verdict = exchange.verdicts.find(({ plugin }) => plugin === PLUGIN_NAME)
    if (!verdict || verdict.decision === 'seen') return
    const credentials = this.#reader.read(exchange)
    this.#census.record({
      route: this.#route,
      caller: callerOf(exchange, credentials.token),
      credentials,
      basis: 'checked',
      reason: verdict.decision === 'allow' ? '' : verdict.reason,
      refused: verdict.decision === 'deny' && verdict.mode === 'enforce',
      principal: exchange.get(principal),
    })
  }
}
