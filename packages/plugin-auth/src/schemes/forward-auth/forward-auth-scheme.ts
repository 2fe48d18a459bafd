import { createHash } from 'node:crypto'
import type { Agent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { type Exchange, getHeaderList, type Logger } from '@postern/core'
import type { AuthCounts, AuthorityCalls } from '../../counts/auth-counts.ts'
import { ask } from '../../http/ask.ts'
import { Agent as HttpAgent } from '../../http/node-http.ts'
import type { Lasting } from '../../lasting.ts'
import { type Rejection, rejection } from '../../rejection.ts'
import { type CachedEntry, ifFresh, TokenCache } from '../../verify/token-cache.ts'
import { type LastingScheme, LeasedScheme } from '../leased-scheme.ts'
import type { Scheme, SchemeAnswer, Verified } from '../scheme.ts'
import { readDecision } from './decision.ts'
import type { ResolvedForwardAuthOptions } from './options.ts'

const MAX_BODY_BYTES = 65_536

const TOO_MANY = rejection(
  'GW_AUTH_OVERLOADED',
  'As many questions as forwardAuth.maxConcurrent allows wait for the decision service.',
)

/** Known by the digest of what the service was told. */
interface Remembered extends CachedEntry {
  readonly verified: Verified
  readonly untilMs: number
}

/** Asks a service about each request. What it does not clearly allow is refused; when it cannot be asked, the answer is 503. */
class ForwardAuthScheme implements LastingScheme {
  readonly name = 'forward-auth'
  readonly #options: ResolvedForwardAuthOptions
  readonly #url: URL
  readonly #agent: Agent
  readonly #abort = new AbortController()
  readonly #remembered: TokenCache<Remembered>
  readonly #calls: AuthorityCalls
  #running = 0

  constructor(options: ResolvedForwardAuthOptions, counts: AuthCounts) {
    this.#calls = counts.authority('forward-auth')
    this.#remembered = new TokenCache(options.cache?.maxEntries ?? 0, counts.cache('forward-auth'))
    this.#options = options
    this.#url = new URL(options.url)
    const AgentClass = this.#url.protocol === 'https:' ? HttpsAgent : HttpAgent
    this.#agent = new AgentClass({ keepAlive: true, maxSockets: options.maxConcurrent })
  }

  authenticate(exchange: Exchange): SchemeAnswer | Promise<SchemeAnswer> {
    const told = this.#clientHeaders(exchange)
    if (told.length === 0 && !this.#options.askAlways) return undefined
    const key = this.#options.cache && this.#keyOf(exchange, told)
    const known = key === undefined ? undefined : this.#remembered.get(key, key, ifFresh, performance.now())
    if (known) return known.verified
    if (this.#running >= this.#options.maxConcurrent) return TOO_MANY
    return this.#ask(exchange, told, key)
  }

  ready(): true {
    return true
  }

  /** Why it could not be asked is said in each refusal. */
  useLogger(): void {}

  close(): void {
    this.#abort.abort()
    this.#agent.destroy()
    this.#remembered.clear()
  }

  async #ask(
    exchange: Exchange,
    told: readonly string[],
    key: string | undefined,
  ): Promise<Verified | Rejection> {
    const { ca, method, timeoutMs } = this.#options
    const headers = [...told, ...forwarded(exchange)]
    this.#running += 1
    try {
      const limits = {
        ca,
        timeoutMs,
        maxBytes: MAX_BODY_BYTES,
        agent: this.#agent,
        signal: this.#abort.signal,
      }
      const { answer, decision } = await this.#calls.timed(async () => {
        const given = await ask(this.#url, { method, headers }, limits)
        return { answer: given, decision: readDecision(given, this.#options) }
      }, decidesNothing)
      const mayKeep = !/(^|[\s,])no-store([\s,]|$)/i.test(
        getHeaderList(answer.headers, 'cache-control') ?? '',
      )
      if (key !== undefined && mayKeep && !('code' in decision)) this.#remember(key, decision)
      return decision
    } catch (error) {
      const message = `The decision service cannot be asked: ${(error as Error).message}.`
      return { code: 'GW_AUTH_AUTHORITY_UNAVAILABLE', message }
    } finally {
      this.#running -= 1
    }
  }

  /** The client's lines that the service gets, all of each: it must not see another one than the upstream. */
  #clientHeaders({ requestHeaders }: Exchange): string[] {
    const { requestHeaders: wanted } = this.#options
    const told: string[] = []
    for (let i = 0; i < requestHeaders.length; i += 2) {
      const name = (requestHeaders[i] as string).toLowerCase()
      if (wanted.includes(name)) told.push(name, requestHeaders[i + 1] as string)
    }
    return told
  }

  #keyOf(exchange: Exchange, told: readonly string[]): string {
    const about = this.#options.cache?.by === 'headers' ? told : [...told, '', ...forwarded(exchange)]
    return createHash('sha256').update(JSON.stringify(about)).digest('base64url')
  }

  #remember(key: string, verified: Verified): void {
    const { ttlMs } = this.#options.cache as NonNullable<ResolvedForwardAuthOptions['cache']>
    this.#remembered.set(key, { token: key, used: false, verified, untilMs: performance.now() + ttlMs })
  }
}

function decidesNothing({ decision }: { readonly decision: Verified | Rejection }): boolean {
  return 'code' in decision && decision.code === 'GW_AUTH_AUTHORITY_UNAVAILABLE'
}

/** One generation's share in the connections to the service, and in the decisions that are remembered. */
export function leaseForwardAuth(
  options: ResolvedForwardAuthOptions,
  lasting: Lasting,
  logger: Logger,
): Scheme {
  return new LeasedScheme(
    'forward-auth',
    options,
    () => new ForwardAuthScheme(options, lasting.counts),
    lasting,
    logger,
  )
}

/** What the client asked for, in the gateway's own words. */
function forwarded({ method, scheme, authority, path, query, clientAddress }: Exchange): string[] {
  const headers = ['x-forwarded-method', method, 'x-forwarded-proto', scheme, 'x-forwarded-host', authority]
  headers.push('x-forwarded-uri', path + query)
  if (clientAddress !== '') headers.push('x-forwarded-for', clientAddress)
  return headers
}
