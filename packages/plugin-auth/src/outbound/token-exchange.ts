import type { Exchange, Logger } from '@postern/core'
import { type Principal, principal } from '@postern/core/contracts'
import type { AuthCounts, Outcomes } from '../counts/auth-counts.ts'
import { type Rejection, rejection } from '../rejection.ts'
import { readBearer } from '../schemes/bearer.ts'
import { type CachedEntry, TokenCache } from '../verify/token-cache.ts'
import { Authority } from './authority.ts'
import type { Credential, HeaderValue } from './credential.ts'
import { FreshToken } from './fresh-token.ts'
import type { ResolvedTokenExchangeOptions } from './options.ts'
import { type IssuedToken, TokenEndpoint } from './token-endpoint.ts'

const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
/** What a service can be called with: a JWT may be an access token, too (RFC 8693 section 3). */
const USABLE: ReadonlySet<unknown> = new Set([ACCESS_TOKEN, 'urn:ietf:params:oauth:token-type:jwt'])
/** Schemes whose credentials are a bearer token that was verified here. */
const WITH_TOKEN = new Set(['jwt', 'introspection'])

const NO_TOKEN: Rejection = rejection(
  'GW_AUTH_TOKEN_MISSING',
  'The service is called with a token that is exchanged for the verified one of the caller, who brought none.',
)
const REFUSED: Rejection = rejection(
  'GW_AUTH_CALLER_FORBIDDEN',
  "The authorization server does not exchange this caller's token for one for the service.",
)
const TOO_MANY: Rejection = rejection(
  'GW_AUTH_OVERLOADED',
  'As many tokens as maxConcurrent allows are being exchanged.',
)

/** The token of one caller for the service. */
interface Exchanged extends CachedEntry {
  readonly fresh: FreshToken
}

/** Exchanges the verified token of each caller for one for the service (RFC 8693), and remembers what it got. */
export class TokenExchange implements Credential {
  readonly header: string
  readonly #options: ResolvedTokenExchangeOptions
  readonly #audience: string
  readonly #endpoint: TokenEndpoint
  readonly #authority: Authority
  readonly #outcomes: Outcomes
  /** By the whole token of the caller. */
  readonly #exchanged: TokenCache<Exchanged>
  #running = 0

  /** @throws {Error} when the client's secret or key cannot be used. */
  constructor(
    options: ResolvedTokenExchangeOptions,
    target: string,
    place: string,
    counts: AuthCounts,
    logger: Logger,
  ) {
    this.#outcomes = counts.outbound(target)
    this.header = options.header
    this.#options = options
    this.#audience = options.audience ?? target
    this.#endpoint = new TokenEndpoint(options, place, logger)
    this.#authority = new Authority(place)
    this.#exchanged = new TokenCache(options.maxEntries, counts.cache('token-exchange'))
  }

  valueFor(exchange: Exchange): HeaderValue | Promise<HeaderValue> {
    const caller = exchange.get(principal)
    const subject = caller && WITH_TOKEN.has(caller.scheme) ? readBearer(exchange.requestHeaders) : undefined
    if (caller === undefined || typeof subject !== 'string') return NO_TOKEN
    const token = this.#tokenOf(subject, caller)
    if (!token.known && !token.fetching && this.#running >= this.#options.maxConcurrent) return TOO_MANY
    return token.get()
  }

  refused(value: string, exchange: Exchange): void {
    const subject = readBearer(exchange.requestHeaders)
    if (typeof subject === 'string') this.#exchanged.peek(subject, subject)?.fresh.drop(value)
  }

  close(): void {
    this.#endpoint.close()
    this.#exchanged.clear()
  }

  #tokenOf(subject: string, caller: Principal): FreshToken {
    const known = this.#exchanged.get(subject, subject)
    if (known) return known.fresh
    const most = (): number => {
      const { exp } = caller.claims
      return typeof exp === 'number' ? Math.max(0, exp * 1_000 - Date.now()) : Number.POSITIVE_INFINITY
    }
    const fresh = new FreshToken(
      () => this.#exchange(subject),
      this.#authority,
      this.#outcomes,
      REFUSED,
      most,
    )
    this.#exchanged.set(subject, { token: subject, used: false, fresh })
    return fresh
  }

  async #exchange(subject: string): Promise<IssuedToken> {
    this.#running += 1
    try {
      const issued = await this.#endpoint.request({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: subject,
        subject_token_type: ACCESS_TOKEN,
        requested_token_type: ACCESS_TOKEN,
        audience: this.#audience,
      })
      // Servers that leave it out, which RFC 8693 does not allow, mean what they were asked for.
      if (issued.type !== undefined && !USABLE.has(issued.type))
        throw new Error('issued_token_type of the answer is no access token')
      return issued
    } finally {
      this.#running -= 1
    }
  }
}
