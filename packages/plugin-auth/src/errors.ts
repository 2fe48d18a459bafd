import { defineErrors, type ErrorRow, type ErrorSource } from '@postern/core'

/** Every code that plugin-auth can answer. */
export type AuthErrorCode =
  | 'GW_AUTH_REQUEST_INVALID'
  | 'GW_AUTH_TOKEN_MISSING'
  | 'GW_AUTH_TOKEN_MALFORMED'
  | 'GW_AUTH_TOKEN_EXPIRED'
  | 'GW_AUTH_TOKEN_NOT_YET_VALID'
  | 'GW_AUTH_TOKEN_INVALID'
  | 'GW_AUTH_TOKEN_BOUND'
  | 'GW_AUTH_KEY_UNKNOWN'
  | 'GW_AUTH_CREDENTIALS_INVALID'
  | 'GW_AUTH_REVOKED'
  | 'GW_AUTH_SCOPE_MISSING'
  | 'GW_AUTH_CALLER_FORBIDDEN'
  | 'GW_AUTH_ISSUER_FORBIDDEN'
  | 'GW_AUTH_KEYS_UNAVAILABLE'
  | 'GW_AUTH_AUTHORITY_UNAVAILABLE'
  | 'GW_AUTH_REVOCATIONS_UNAVAILABLE'
  | 'GW_AUTH_OVERLOADED'
  | 'GW_AUTH_VERIFIER_FAILED'

const row = (status: number, source: ErrorSource, text: string, retryable = false): ErrorRow =>
  Object.freeze({ status, source, stage: 'hooks', retryable, text })

/**
 * The table of plugin-auth's codes. 4xx: the caller has to change something. 503: the caller did nothing wrong and may
 * send the same request again; such answers carry `retry-after` and are never remembered against a token.
 */
export const AUTH_ERRORS: Readonly<Record<AuthErrorCode, ErrorRow>> = defineErrors({
  GW_AUTH_REQUEST_INVALID: row(400, 'client', 'The credentials are repeated or malformed.'),
  GW_AUTH_TOKEN_MISSING: row(401, 'client', 'This route needs credentials.'),
  GW_AUTH_TOKEN_MALFORMED: row(
    401,
    'client',
    'The bearer token is not a JSON Web Token that this gateway reads.',
  ),
  GW_AUTH_TOKEN_EXPIRED: row(401, 'client', 'The token has expired.'),
  GW_AUTH_TOKEN_NOT_YET_VALID: row(401, 'client', 'The token is not valid yet.'),
  GW_AUTH_TOKEN_INVALID: row(
    401,
    'client',
    'The token was not issued for this gateway or its signature is wrong.',
  ),
  GW_AUTH_TOKEN_BOUND: row(
    401,
    'client',
    'The token is bound to a certificate or key that the request does not prove.',
  ),
  GW_AUTH_KEY_UNKNOWN: row(401, 'client', 'The issuer does not publish the key that the token names.'),
  GW_AUTH_CREDENTIALS_INVALID: row(401, 'client', 'The credentials are not accepted.'),
  GW_AUTH_REVOKED: row(401, 'client', 'The credentials were revoked.'),
  GW_AUTH_CALLER_FORBIDDEN: row(403, 'client', 'This caller may not use this route.'),
  GW_AUTH_SCOPE_MISSING: row(403, 'client', 'The caller lacks a scope that this route needs.'),
  GW_AUTH_ISSUER_FORBIDDEN: row(403, 'client', 'This route does not accept tokens of this issuer.'),
  GW_AUTH_KEYS_UNAVAILABLE: row(
    503,
    'plugin',
    'The keys to check the token with cannot be fetched now.',
    true,
  ),
  GW_AUTH_AUTHORITY_UNAVAILABLE: row(
    503,
    'plugin',
    'The service that decides about these credentials cannot be asked now.',
    true,
  ),
  GW_AUTH_REVOCATIONS_UNAVAILABLE: row(
    503,
    'plugin',
    'The list of revoked credentials cannot be read now.',
    true,
  ),
  GW_AUTH_OVERLOADED: row(503, 'plugin', 'Too many tokens wait to be checked.', true),
  GW_AUTH_VERIFIER_FAILED: row(503, 'plugin', 'The token could not be checked.', true),
})
