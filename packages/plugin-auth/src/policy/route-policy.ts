import type { Exchange, GatewayError, Reply } from '@postern/core'
import { type Principal, principal } from '@postern/core/contracts'
import type { Challenges } from '../challenge.ts'
import type { Outcomes } from '../counts/auth-counts.ts'
import type { AuthRouteOptions } from '../options.ts'
import { type Rejection, rejection } from '../rejection.ts'
import { bearerToken, readAuthorization } from '../schemes/bearer.ts'
import { authenticate, isRejection, type Scheme, type SchemeAnswer } from '../schemes/scheme.ts'
import { MISSING } from '../verify/outcome.ts'
import type { CallerCheck } from './options.ts'
import { compileRules, type Rule } from './rules.ts'

/** What a check gives: the answer that the client gets in place of the upstream's, or `undefined` to let the request pass. */
type Decision = GatewayError | Reply | undefined

const MAX_REASON = 200
/** Schemes whose callers understand a challenge about their token. */
const BEARER_SCHEMES = new Set(['jwt', 'introspection'])

/** What one route asks of a request: authentication, then authorization. */
export class RoutePolicy {
  readonly #schemes: () => readonly Scheme[]
  readonly #challenges: Challenges
  readonly #outcomes: Outcomes
  readonly #anonymous: boolean
  readonly #rules: readonly Rule[]
  readonly #ask: CallerCheck | undefined
  /** Scopes with which nobody lacks one. */
  readonly #wantedScopes: string

  /**
   * @param schemes gives the schemes that the route accepts, which may have to be started.
   * @param options the route's options, free of contradictions.
   * @param outcomes where is counted what became of callers.
   */
  constructor(
    schemes: () => readonly Scheme[],
    challenges: Challenges,
    options: AuthRouteOptions,
    outcomes: Outcomes,
  ) {
    this.#schemes = schemes
    this.#outcomes = outcomes
    this.#challenges = challenges
    this.#anonymous = options.anonymous ?? false
    this.#rules = compileRules(options)
    this.#ask = options.check
    this.#wantedScopes = [...new Set([...(options.scopes ?? []), ...(options.anyScope ?? [])])].join(' ')
  }

  /** Checks one exchange. At once, without a promise, when the caller is known or refused without crypto. */
  check(exchange: Exchange): Decision | Promise<Decision> {
    const answer = authenticate(this.#schemes(), exchange)
    if (answer instanceof Promise) return answer.then((settled) => this.#settle(exchange, settled))
    return this.#settle(exchange, answer)
  }

  /** Whether a request without credentials passes. */
  get anonymous(): boolean {
    return this.#anonymous
  }

  /** Why a caller would be refused, as far as can be said without a request: what a check in code says, nobody knows. */
  foresee(caller: Principal): Rejection | undefined {
    return this.#rules.find((rule) => !rule.holds(caller))?.rejection
  }

  #settle(exchange: Exchange, answer: SchemeAnswer): Decision | Promise<Decision> {
    if (answer === undefined) {
      this.#outcomes.add(this.#anonymous ? 'anonymous' : MISSING.code)
      return this.#anonymous ? undefined : this.#challenges.refuse(MISSING, false)
    }
    if (isRejection(answer)) return answer.reply ?? this.#challenges.refuse(answer, carriesToken(exchange))
    const caller = answer.principal
    exchange.set(principal, caller)
    exchange.caller = caller.id
    return this.#authorize(exchange, caller)
  }

  #authorize(exchange: Exchange, caller: Principal): Decision | Promise<Decision> {
    for (const rule of this.#rules) if (!rule.holds(caller)) return this.#forbid(caller, rule)
    if (!this.#ask) return this.#allow()
    const answer = this.#ask(caller, exchange)
    if (answer instanceof Promise) return answer.then((settled) => this.#heed(caller, settled))
    return this.#heed(caller, answer)
  }

  #allow(): undefined {
    this.#outcomes.add('ok')
  }

  #forbid({ scheme }: Principal, { rejection: why, missing }: Rule): GatewayError {
    this.#outcomes.add(why.code)
    const isToken = BEARER_SCHEMES.has(scheme)
    return missing === undefined
      ? this.#challenges.refuse(why, isToken)
      : this.#challenges.refuseScope(why, isToken, missing, this.#wantedScopes)
  }

  /** Only `true` passes: a check that gives nothing by mistake lets nobody in. */
  #heed({ scheme }: Principal, answer: unknown): Decision {
    if (answer === true) return this.#allow()
    const reason = typeof answer === 'string' ? `: ${answer.slice(0, MAX_REASON)}` : ''
    const why = rejection('GW_AUTH_CALLER_FORBIDDEN', `The route's check refused the caller${reason}.`)
    this.#outcomes.add(why.code)
    return this.#challenges.refuse(why, BEARER_SCHEMES.has(scheme))
  }
}

/** Whether a refusal is about a bearer token. Two `Authorization` lines count: one of them may be one. */
function carriesToken({ requestHeaders }: Exchange): boolean {
  const value = readAuthorization(requestHeaders)
  return value === null || (value !== undefined && bearerToken(value) !== undefined)
}
