import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { clientAuthorization } from '../../http/client-authorization.ts'
import { fetchJson, type Post } from '../../http/fetch-json.ts'
import type { ResolvedIntrospectionOptions } from './options.ts'

/** After this many calls in a row that failed, the endpoint is left alone for a moment. */
const FAILURES_BEFORE_PAUSE = 5
const PAUSE_MS = 1_000

/** The introspection endpoint. Connections are kept between calls. */
export class Endpoint {
  readonly #options: ResolvedIntrospectionOptions
  readonly #agent: HttpAgent
  readonly #authorization: string
  readonly #abort = new AbortController()
  #failures = 0
  // On the clock of performance.now(): setting the wall clock back must not make the pause longer.
  #pausedUntilMs = 0

  constructor(options: ResolvedIntrospectionOptions) {
    this.#options = options
    const Agent = options.url.startsWith('https:') ? HttpsAgent : HttpAgent
    this.#agent = new Agent({ keepAlive: true })
    this.#authorization = authorizationOf(options)
  }

  /** For how long it is left alone, in milliseconds; 0 when it may be asked. One call is let through after each pause. */
  get pauseMs(): number {
    return Math.max(0, this.#pausedUntilMs - performance.now())
  }

  /**
   * Asks about a token (RFC 7662 section 2.1).
   * @throws {Error} that says what went wrong, without any part of token, secret or answer.
   */
  async ask(token: string): Promise<unknown> {
    if (this.#failures >= FAILURES_BEFORE_PAUSE) this.#pausedUntilMs = performance.now() + PAUSE_MS
    const { ca, url, timeoutMs, maxBytes } = this.#options
    const post: Post = {
      body: new URLSearchParams({ token, token_type_hint: 'access_token' }).toString(),
      authorization: this.#authorization,
      agent: this.#agent,
    }
    try {
      const answer = await fetchJson(url, { ca, timeoutMs, maxBytes, signal: this.#abort.signal }, post)
      this.#failures = 0
      this.#pausedUntilMs = 0
      return answer
    } catch (error) {
      this.#failures += 1
      if (this.#failures >= FAILURES_BEFORE_PAUSE) this.#pausedUntilMs = performance.now() + PAUSE_MS
      throw error
    }
  }

  close(): void {
    this.#abort.abort()
    this.#agent.destroy()
  }
}

function authorizationOf({ client, bearer }: ResolvedIntrospectionOptions): string {
  return client === undefined ? `Bearer ${bearer}` : clientAuthorization(client.id, client.secret)
}
