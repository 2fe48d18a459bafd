import type { Agent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { BackOff, type BackOffSettings } from '../../http/back-off.ts'
import { clientAuthorization } from '../../http/client-authorization.ts'
import { fetchJson, type Post, WrongStatus } from '../../http/fetch-json.ts'
import { Agent as HttpAgent } from '../../http/node-http.ts'
import type { ResolvedIntrospectionOptions } from './options.ts'

/** It is asked for tokens that others wait for, so it is left alone late, and never for long. */
const BACK_OFF: BackOffSettings = { after: 5, firstMs: 1_000, longestMs: 5_000 }

/** Statuses by which it refuses to read this token. It works: nobody may keep others out by tokens that are made up. */
const OF_THIS_TOKEN: ReadonlySet<number> = new Set([400, 413, 414, 422])

/** The introspection endpoint. Connections are kept between calls. */
export class Endpoint {
  readonly #options: ResolvedIntrospectionOptions
  readonly #agent: Agent
  readonly #authorization: string
  readonly #abort = new AbortController()
  readonly #backOff = new BackOff(BACK_OFF)

  constructor(options: ResolvedIntrospectionOptions) {
    this.#options = options
    const AgentClass = options.url.startsWith('https:') ? HttpsAgent : HttpAgent
    this.#agent = new AgentClass({ keepAlive: true })
    this.#authorization = authorizationOf(options)
  }

  /** For how long it is left alone, in milliseconds; 0 when it may be asked. One call is let through after each pause. */
  get pauseMs(): number {
    return this.#backOff.leftMs
  }

  /**
   * Asks about a token (RFC 7662 section 2.1).
   * @throws {Error} that says what went wrong, without any part of token, secret or answer.
   */
  async ask(token: string): Promise<unknown> {
    this.#backOff.asking()
    const { ca, url, timeoutMs, maxBytes } = this.#options
    const post: Post = {
      body: new URLSearchParams({ token, token_type_hint: 'access_token' }).toString(),
      authorization: this.#authorization,
      agent: this.#agent,
    }
    try {
      const answer = await fetchJson(url, { ca, timeoutMs, maxBytes, signal: this.#abort.signal }, post)
      this.#backOff.succeeded()
      return answer
    } catch (error) {
      if (error instanceof WrongStatus && OF_THIS_TOKEN.has(error.status)) this.#backOff.succeeded()
      else this.#backOff.failed()
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
