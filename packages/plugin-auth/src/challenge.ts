import { GatewayError } from '@postern/core'
import { AUTH_ERRORS, type AuthErrorCode } from './errors.ts'
import { PLUGIN_NAME } from './problems.ts'
import type { Rejection } from './rejection.ts'

const DEFAULT_RETRY_MS = 1_000
/** Clients refuse to ask for a password without one (RFC 7617 section 2). */
const BASIC_REALM = 'gateway'
const NO_HEADERS: readonly string[] = Object.freeze([])

/** Turns rejections on one route into answers, with a challenge for each way in which its callers may prove who they are. */
export class Challenges {
  /** Asks for credentials, without a word about those that came (RFC 9110 section 11.6.1). */
  readonly #plain: readonly string[]
  /** Says what is wrong with the bearer token that came (RFC 6750 section 3.1), and names the other ways. */
  readonly #aboutToken = new Map<AuthErrorCode, readonly string[]>()
  readonly #realm: string | undefined
  readonly #takesBearer: boolean

  /**
   * @param realm the `realm` attribute, when one is wanted.
   * @param schemes names of the schemes of RFC 9110 that the route accepts: `Bearer`, `Basic`.
   */
  constructor(realm: string | undefined, schemes: readonly string[]) {
    this.#realm = realm
    this.#takesBearer = schemes.includes('Bearer')
    this.#plain = lines(schemes.map((scheme) => plain(scheme, realm)))
    const others = schemes.filter((scheme) => scheme !== 'Bearer').map((scheme) => plain(scheme, realm))
    for (const code of Object.keys(AUTH_ERRORS) as AuthErrorCode[]) {
      const { status, text } = AUTH_ERRORS[code]
      if (status === 401) this.#aboutToken.set(code, lines([bearer(realm, status, text), ...others]))
      else if (status < 500) this.#aboutToken.set(code, lines([bearer(realm, status, text)]))
    }
  }

  /**
   * The answer to a rejection.
   * @param isToken whether the credentials that were refused are a bearer token: only then is there an error to tell.
   */
  refuse(rejection: Rejection, isToken: boolean): GatewayError {
    return this.#answer(rejection, this.#headersOf(rejection, isToken))
  }

  /**
   * The answer to a caller that is known and lacks scopes.
   * @param missing what is missing, in words.
   * @param scopes the scopes with which the same request would pass.
   */
  refuseScope(rejection: Rejection, isToken: boolean, missing: string, scopes: string): GatewayError {
    const headers = isToken ? lines([bearer(this.#realm, 403, missing, scopes)]) : NO_HEADERS
    return this.#answer(rejection, headers)
  }

  #headersOf(
    { code, headers, retryAfterMs = DEFAULT_RETRY_MS }: Rejection,
    isToken: boolean,
  ): readonly string[] {
    const { status } = AUTH_ERRORS[code]
    if (headers) return headers
    if (status >= 500) return ['retry-after', String(Math.max(1, Math.ceil(retryAfterMs / 1_000)))]
    if (isToken && this.#takesBearer && code !== 'GW_AUTH_TOKEN_MISSING')
      return this.#aboutToken.get(code) ?? this.#plain
    return status === 401 ? this.#plain : NO_HEADERS
  }

  #answer({ code, message }: Rejection, headers: readonly string[]): GatewayError {
    return new GatewayError(code, { message, plugin: PLUGIN_NAME, headers })
  }
}

/** A challenge each on a line of its own: clients that split lists at commas trip over attributes. */
function lines(challenges: readonly string[]): readonly string[] {
  return challenges.flatMap((challenge) => ['www-authenticate', challenge])
}

function plain(scheme: string, given: string | undefined): string {
  // charset says how to send names and passwords that are not ASCII.
  if (scheme === 'Basic') return `Basic realm="${given ?? BASIC_REALM}", charset="UTF-8"`
  return given === undefined ? scheme : `${scheme} realm="${given}"`
}

function bearer(realm: string | undefined, status: number, description: string, scopes?: string): string {
  const attributes = [`error="${errorWord(status)}"`, `error_description="${description}"`]
  if (realm !== undefined) attributes.unshift(`realm="${realm}"`)
  if (scopes !== undefined) attributes.push(`scope="${scopes}"`)
  return `Bearer ${attributes.join(', ')}`
}

function errorWord(status: number): string {
  if (status === 400) return 'invalid_request'
  return status === 403 ? 'insufficient_scope' : 'invalid_token'
}
