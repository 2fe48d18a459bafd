import type { Exchange } from '@postern/core'
import { type Principal, principal } from '@postern/core/contracts'
import { PLUGIN_NAME } from '../problems.ts'
import type { AuthCensus } from './auth-census.ts'
import type { AuthorizationForm } from './authorization-form.ts'
import { callerOf } from './callers.ts'
import type { CredentialReader } from './credentials-seen.ts'
import { type Accepted, foresee } from './foresee.ts'
import type { Sighting } from './rows.ts'

/** Tells the census of the requests of one route. */
export class RouteCensus {
  readonly #census: AuthCensus
  readonly #reader: CredentialReader
  readonly #route: string
  readonly #accepted: Accepted
  /** What was told of callers with a verified token and nothing beside it: one object is one row, found without making its key. */
  readonly #lasting = new WeakMap<Principal, Sighting>()

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
    const reason = verdict.decision === 'allow' ? '' : verdict.reason
    const refused = verdict.decision === 'deny' && verdict.mode === 'enforce'
    const caller = exchange.get(principal)
    const mayLast = caller?.scheme === 'jwt' && this.#reader.isPlain(exchange)
    const known = mayLast ? this.#lasting.get(caller) : undefined
    if (known && known.reason === reason && known.refused === refused) {
      this.#census.record(known)
      return
    }
    const credentials = this.#reader.read(exchange)
    const sighting: Sighting = {
      route: this.#route,
      caller: callerOf(exchange, credentials.token),
      credentials,
      basis: 'checked',
      reason,
      refused,
      principal: caller,
      lasts: mayLast,
    }
    if (mayLast) this.#lasting.set(caller, sighting)
    this.#census.record(sighting)
  }
}
