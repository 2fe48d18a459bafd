import type { Exchange, GatewayError, Reply } from '@postern/core'
import { type Principal, principal } from '@postern/core/contracts'
import type { Challenges } from '../challenge.ts'
import { AUTH_ERRORS } from '../errors.ts'
import type { AuthRouteOptions } from '../options.ts'
import { type Rejection, rejection } from '../rejection.ts'
import { bearerToken, readAuthorization } from '../schemes/bearer.ts'
import { authenticate, isRejection, type Scheme, type SchemeAnswer } from '../schemes/scheme.ts'
import { MISSING } from '../verify/outcome.ts'

/** What a client gets in place of the upstream's answer. */
type Refusal = GatewayError | Reply

/** What one route asks of a request: authentication, then authorization. */
export class RoutePolicy {
  readonly #schemes: () => readonly Scheme[]
  readonly #challenges: Challenges
  readonly #anonymous: boolean
  readonly #missingHeaders: readonly string[]
  readonly #scopes: readonly string[]
  readonly #scopeHeaders: readonly string[]
  readonly #issuers: readonly string[] | undefined

  /**
   * @param schemes gives the schemes that the route accepts, which may have to be started.
   * @param schemeChallenges how a client is asked for credentials of these schemes.
   * @param options the route's options; `undefined` when it has none.
   */
  constructor(
    schemes: () => readonly Scheme[],
    schemeChallenges: readonly string[],
    challenges: Challenges,
    options: AuthRouteOptions | undefined,
  ) {
    this.#schemes = schemes
    this.#challenges = challenges
    this.#anonymous = options?.anonymous ?? false
    this.#missingHeaders = challenges.missingHeaders(schemeChallenges)
    this.#scopes = options?.scopes ?? []
    this.#scopeHeaders = challenges.scopeHeaders(this.#scopes)
    this.#issuers = options?.issuers
  }

  /** Checks one exchange. At once, without a promise, when the caller is known or refused without crypto. */
  check(exchange: Exchange): Refusal | undefined | Promise<Refusal | undefined> {
    const answer = authenticate(this.#schemes(), exchange)
    if (answer instanceof Promise) return answer.then((settled) => this.#settle(exchange, settled))
    return this.#settle(exchange, answer)
  }

  #settle(exchange: Exchange, answer: SchemeAnswer): Refusal | undefined {
    if (answer === undefined)
      return this.#anonymous ? undefined : this.#challenges.refuse(MISSING, this.#missingHeaders)
    if (isRejection(answer)) return answer.reply ?? this.#refuse(exchange, answer)
    const caller = answer.principal
    exchange.set(principal, caller)
    exchange.caller = caller.id
    return this.#authorize(caller)
  }

  /** An error of RFC 6750 is only told about a bearer token; about all else there is nothing to say but what is accepted. */
  #refuse(exchange: Exchange, answer: Rejection): GatewayError {
    const asks =
      answer.headers === undefined && AUTH_ERRORS[answer.code].status === 401 && !carriesToken(exchange)
    return this.#challenges.refuse(answer, asks ? this.#missingHeaders : undefined)
  }

  #authorize(caller: Principal): GatewayError | undefined {
    if (this.#issuers && (caller.issuer === undefined || !this.#issuers.includes(caller.issuer)))
      return this.#challenges.refuse(ISSUER_FORBIDDEN)
    for (const scope of this.#scopes) {
      if (!caller.scopes.includes(scope)) return this.#challenges.refuse(SCOPE_MISSING, this.#scopeHeaders)
    }
    return undefined
  }
}

function carriesToken({ requestHeaders }: Exchange): boolean {
  const value = readAuthorization(requestHeaders)
  return typeof value === 'string' && bearerToken(value) !== undefined
}

const ISSUER_FORBIDDEN: Rejection = rejection(
  'GW_AUTH_ISSUER_FORBIDDEN',
  "The token's issuer is configured, but not one of the route's issuers.",
)

const SCOPE_MISSING: Rejection = rejection(
  'GW_AUTH_SCOPE_MISSING',
  "The token lacks at least one of the route's scopes.",
)
