import type { Exchange, Logger } from '@postern/core'
import type { Principal } from '@postern/core/contracts'
import type { AuthCounts, AuthorityCalls } from '../../counts/auth-counts.ts'
import { isUnprotected } from '../../http/unprotected.ts'
import type { Lasting } from '../../lasting.ts'
import { type Rejection, rejection } from '../../rejection.ts'
import { NOT_A_JWT, NOT_JSON, UNKNOWN_ISSUER } from '../../verify/outcome.ts'
import { SteadyMap } from '../../verify/steady-map.ts'
import { type CachedEntry, ifFresh, TokenCache } from '../../verify/token-cache.ts'
import { readToken } from '../../verify/token-head.ts'
import { checkTimes, type TokenTimes } from '../../verify/token-times.ts'
import { readBearer } from '../bearer.ts'
import { BoundedWork } from '../bounded-work.ts'
import { type LastingScheme, LeasedScheme } from '../leased-scheme.ts'
import type { Scheme, SchemeAnswer, Verified } from '../scheme.ts'
import { Endpoint } from './endpoint.ts'
import type { ResolvedIntrospectionOptions } from './options.ts'
import { readAnswer } from './read-answer.ts'

// A flood of made-up tokens fills only its own small memory.
const DENIED_ENTRIES = 256

interface Active extends CachedEntry, Verified {
  readonly principal: Principal
  readonly times: TokenTimes
  readonly untilMs: number
}

interface Denied extends CachedEntry {
  readonly rejection: Rejection
  readonly untilMs: number
}

const OVERLOADED = rejection(
  'GW_AUTH_OVERLOADED',
  'As many tokens as introspection.maxQueue allows wait for the introspection endpoint.',
)

/** Bearer tokens that are not JWTs of a configured issuer, asked for at an introspection endpoint (RFC 7662). */
class IntrospectionScheme implements LastingScheme {
  readonly name = 'introspection'
  readonly #options: ResolvedIntrospectionOptions
  readonly #jwtIssuers: ReadonlySet<string>
  readonly #endpoint: Endpoint
  readonly #work: BoundedWork
  readonly #active: TokenCache<Active>
  readonly #denied: TokenCache<Denied>
  readonly #calls: AuthorityCalls
  readonly #flights = new SteadyMap<Promise<Verified | Rejection>>()
  #logger: Logger
  #failure: string | undefined

  /** @param jwtIssuers whose tokens are the jwt scheme's alone. */
  constructor(
    options: ResolvedIntrospectionOptions,
    jwtIssuers: ReadonlySet<string>,
    counts: AuthCounts,
    logger: Logger,
  ) {
    this.#calls = counts.authority('introspection')
    this.#options = options
    this.#jwtIssuers = jwtIssuers
    this.#endpoint = new Endpoint(options)
    this.#work = new BoundedWork(options.concurrency, options.maxQueue)
    this.#active = new TokenCache(options.maxCached, counts.cache('introspection'))
    this.#denied = new TokenCache(DENIED_ENTRIES, counts.cache('introspection-denied'))
    this.#logger = logger
    if (isUnprotected(options.url)) {
      const warning =
        'Introspection is asked over plain http; tokens and the client secret can be read on the way'
      logger.warn({ url: options.url }, warning)
    }
  }

  authenticate(exchange: Exchange): SchemeAnswer | Promise<SchemeAnswer> {
    const token = readBearer(exchange.requestHeaders)
    if (typeof token !== 'string') return token
    const nowMs = Date.now()
    const active = this.#active.get(token, token, ifFresh, nowMs)
    if (active) return checkTimes(active.times, nowMs, this.#options.clockToleranceMs) ?? active
    const denied = this.#denied.get(token, token, ifFresh, nowMs)
    if (denied) return denied.rejection
    return this.#flights.get(token) ?? this.#refusal(token) ?? this.#fly(token)
  }

  /** A token is all that an endpoint can be asked about: whether it works shows with the first. */
  ready(): true {
    return true
  }

  useLogger(logger: Logger): void {
    this.#logger = logger
  }

  close(): void {
    this.#endpoint.close()
    this.#active.clear()
    this.#denied.clear()
  }

  /** Why a token is not asked for, if it is not. */
  #refusal(token: string): Rejection | undefined {
    const head = readToken(token)
    if ('code' in head) return head === NOT_A_JWT || head === NOT_JSON ? undefined : head
    const isOurs = head.issuer !== undefined && this.#jwtIssuers.has(head.issuer)
    return this.#options.jwts && !isOurs ? undefined : UNKNOWN_ISSUER
  }

  #fly(token: string): Promise<Verified | Rejection> | Rejection {
    const { pauseMs } = this.#endpoint
    if (pauseMs > 0) return this.#unavailable(pauseMs)
    const running = this.#work.run(() => this.#ask(token))
    if (!running) return OVERLOADED
    const flight = running.finally(() => this.#flights.delete(token))
    this.#flights.set(token, flight)
    return flight
  }

  async #ask(token: string): Promise<Verified | Rejection> {
    try {
      const outcome = await this.#calls.timed(async () =>
        readAnswer(await this.#endpoint.ask(token), this.#options, Date.now()),
      )
      this.#reached()
      return 'code' in outcome ? this.#deny(token, outcome) : this.#accept(token, outcome)
    } catch (error) {
      return this.#missed((error as Error).message)
    }
  }

  #accept(token: string, { principal, times }: { principal: Principal; times: TokenTimes }): Active {
    const untilMs = Date.now() + this.#options.cacheMs
    const { jti, iat } = principal.claims
    const credential = {
      tokenId: typeof jti === 'string' ? jti : undefined,
      issuedAtMs: typeof iat === 'number' ? iat * 1_000 : 0,
    }
    const active: Active = { token, used: false, principal, credential, clearedEpoch: -1, times, untilMs }
    this.#active.set(token, active)
    return active
  }

  #deny(token: string, refused: Rejection): Rejection {
    const untilMs = Date.now() + this.#options.deniedMs
    this.#denied.set(token, { token, used: false, rejection: refused, untilMs })
    return refused
  }

  #reached(): void {
    if (this.#failure !== undefined)
      this.#logger.info({ url: this.#options.url }, 'Introspection works again')
    this.#failure = undefined
  }

  #missed(reason: string): Rejection {
    // Once per reason: an endpoint that is down fails every token.
    if (reason !== this.#failure) {
      const message =
        'The introspection endpoint gave no answer; tokens that are not remembered are refused with 503'
      this.#logger.error({ url: this.#options.url, reason }, message)
    }
    this.#failure = reason
    return this.#unavailable(this.#endpoint.pauseMs)
  }

  #unavailable(retryAfterMs: number): Rejection {
    return {
      code: 'GW_AUTH_AUTHORITY_UNAVAILABLE',
      message: `The introspection endpoint cannot be asked: ${this.#failure ?? 'it failed before'}.`,
      retryAfterMs,
    }
  }
}

/** One generation's share in the introspection of these options, and in the tokens that it remembers. */
export function leaseIntrospection(
  options: ResolvedIntrospectionOptions,
  jwt: readonly { readonly issuer: string }[],
  lasting: Lasting,
  logger: Logger,
): Scheme {
  const issuers = jwt.map(({ issuer }) => issuer)
  const make = (): LastingScheme => new IntrospectionScheme(options, new Set(issuers), lasting.counts, logger)
  return new LeasedScheme('introspection', [options, issuers], make, lasting, logger)
}
