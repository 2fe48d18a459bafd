import type { Exchange, GatewayError } from '@postern/core'
import { type Principal, principal } from '@postern/core/contracts'
import { readBearer } from './bearer.ts'
import type { Challenges } from './challenge.ts'
import type { AuthRouteOptions } from './options.ts'
import { MISSING, type Outcome, type Rejection, VerifiedToken } from './verify/outcome.ts'
import type { Verifier } from './verify/verifier.ts'

/** What one route asks of a request: authentication, then authorization. */
export class RouteCheck {
  readonly #verifier: () => Verifier
  readonly #challenges: Challenges
  readonly #anonymous: boolean
  readonly #scopes: readonly string[]
  readonly #scopeHeaders: readonly string[]
  readonly #issuers: readonly string[] | undefined

  /**
   * @param verifier gives the verifier, which may have to be started.
   * @param options the route's options; `undefined` when it has none.
   */
  constructor(verifier: () => Verifier, challenges: Challenges, options: AuthRouteOptions | undefined) {
    this.#verifier = verifier
    this.#challenges = challenges
    this.#anonymous = options?.anonymous ?? false
    this.#scopes = options?.scopes ?? []
    this.#scopeHeaders = challenges.scopeHeaders(this.#scopes)
    this.#issuers = options?.issuers
  }

  /** Checks one exchange. At once, without a promise, when the token is known or refused without crypto. */
  check(exchange: Exchange): GatewayError | undefined | Promise<GatewayError | undefined> {
    const token = readBearer(exchange.requestHeaders)
    if (token === undefined) return this.#anonymous ? undefined : this.#challenges.refuse(MISSING)
    if (typeof token !== 'string') return this.#challenges.refuse(token)
    const outcome = this.#verifier().verify(token)
    if (outcome instanceof Promise) return outcome.then((settled) => this.#settle(exchange, settled))
    return this.#settle(exchange, outcome)
  }

  #settle(exchange: Exchange, outcome: Outcome): GatewayError | undefined {
    if (!(outcome instanceof VerifiedToken)) return this.#challenges.refuse(outcome)
    const caller = outcome.principal
    exchange.set(principal, caller)
    exchange.caller = caller.id
    return this.#authorize(caller)
  }

  #authorize(caller: Principal): GatewayError | undefined {
    if (this.#issuers && !this.#issuers.includes(caller.issuer))
      return this.#challenges.refuse(ISSUER_FORBIDDEN)
    for (const scope of this.#scopes) {
      if (!caller.scopes.includes(scope)) return this.#challenges.refuse(SCOPE_MISSING, this.#scopeHeaders)
    }
    return undefined
  }
}

const ISSUER_FORBIDDEN: Rejection = Object.freeze({
  code: 'GW_AUTH_ISSUER_FORBIDDEN',
  message: "The token's issuer is configured, but not one of the route's issuers.",
})

const SCOPE_MISSING: Rejection = Object.freeze({
  code: 'GW_AUTH_SCOPE_MISSING',
  message: "The token lacks at least one of the route's scopes.",
})
