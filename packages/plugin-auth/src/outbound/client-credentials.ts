import type { Logger } from '@postern/core'
import type { Outcomes } from '../counts/auth-counts.ts'
import { Authority } from './authority.ts'
import type { Credential, HeaderValue } from './credential.ts'
import { FreshToken } from './fresh-token.ts'
import type { ResolvedTokenClientOptions } from './options.ts'
import { TokenEndpoint } from './token-endpoint.ts'

/** The gateway's own token for a service (RFC 6749 section 4.4), one for all requests. */
export class ClientCredentials implements Credential {
  readonly header: string
  readonly #endpoint: TokenEndpoint
  readonly #token: FreshToken

  /** Fetches the first token at once. @throws {Error} when the client's secret or key cannot be used. */
  constructor(options: ResolvedTokenClientOptions, place: string, outcomes: Outcomes, logger: Logger) {
    this.header = options.header
    this.#endpoint = new TokenEndpoint(options, place, logger)
    const grant = { grant_type: 'client_credentials', audience: options.audience }
    this.#token = new FreshToken(() => this.#endpoint.request(grant), new Authority(place), outcomes, {
      code: 'GW_AUTH_AUTHORITY_UNAVAILABLE',
      message: `${place}: the authorization server refuses this client or what it asks for.`,
    })
    void this.#token.get()
  }

  valueFor(): HeaderValue | Promise<HeaderValue> {
    return this.#token.get()
  }

  refused(value: string): void {
    this.#token.drop(value)
  }

  close(): void {
    this.#endpoint.close()
  }
}
