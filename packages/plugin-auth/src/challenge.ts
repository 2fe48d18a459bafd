import { GatewayError } from '@postern/core'
import { AUTH_ERRORS, type AuthErrorCode } from './errors.ts'
import type { Rejection } from './rejection.ts'

const PLUGIN = '@postern/plugin-auth'
const DEFAULT_RETRY_MS = 1_000

/** Turns rejections into answers with the challenge of RFC 6750 section 3. */
export class Challenges {
  readonly #realm: string | undefined
  readonly #headers = new Map<AuthErrorCode, readonly string[]>()

  /** @param realm the `realm` attribute, when one is wanted. */
  constructor(realm: string | undefined) {
    for (const code of Object.keys(AUTH_ERRORS) as AuthErrorCode[]) {
      if (AUTH_ERRORS[code].status < 500)
        this.#headers.set(code, ['www-authenticate', challenge(code, realm, undefined)])
    }
    this.#realm = realm
  }

  /** The answer to a rejection. */
  refuse(rejection: Rejection, headers?: readonly string[]): GatewayError {
    return new GatewayError(rejection.code, {
      message: rejection.message,
      plugin: PLUGIN,
      headers:
        headers ??
        rejection.headers ??
        this.#headers.get(rejection.code) ??
        retryAfter(rejection.retryAfterMs ?? DEFAULT_RETRY_MS),
    })
  }

  /** Headers that ask for credentials of any of these schemes, one challenge each (RFC 9110 section 11.6.1). */
  missingHeaders(schemes: readonly string[]): readonly string[] {
    return schemes.flatMap((scheme) => ['www-authenticate', plainChallenge(scheme, this.#realm)])
  }

  /** Headers that tell the client which scopes a route needs. */
  scopeHeaders(scopes: readonly string[]): readonly string[] {
    return ['www-authenticate', challenge('GW_AUTH_SCOPE_MISSING', this.#realm, scopes.join(' '))]
  }
}

function plainChallenge(scheme: string, realm: string | undefined): string {
  // RFC 7617 section 2: a realm is required, and charset says how to send names and passwords that are not ASCII.
  if (scheme === 'Basic') return `Basic realm="${realm ?? 'gateway'}", charset="UTF-8"`
  return realm === undefined ? scheme : `${scheme} realm="${realm}"`
}

function challenge(code: AuthErrorCode, realm: string | undefined, scope: string | undefined): string {
  const attributes: string[] = []
  if (realm !== undefined) attributes.push(`realm="${realm}"`)
  // RFC 6750 section 3.1: no error attribute when the request carried no credentials.
  if (code !== 'GW_AUTH_TOKEN_MISSING') {
    attributes.push(
      `error="${errorWord(AUTH_ERRORS[code].status)}"`,
      `error_description="${AUTH_ERRORS[code].text}"`,
    )
  }
  if (scope !== undefined) attributes.push(`scope="${scope}"`)
  return attributes.length === 0 ? 'Bearer' : `Bearer ${attributes.join(', ')}`
}

function errorWord(status: number): string {
  if (status === 400) return 'invalid_request'
  return status === 403 ? 'insufficient_scope' : 'invalid_token'
}

function retryAfter(ms: number): readonly string[] {
  return ['retry-after', String(Math.max(1, Math.ceil(ms / 1_000)))]
}
