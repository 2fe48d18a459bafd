import type { Principal } from '@postern/core/contracts'
import { type Rejection, rejection } from '../rejection.ts'
import type { Credential, Verified } from '../schemes/scheme.ts'
import type { KeyRecord } from './jwk.ts'

/** A token whose signature and claims were checked, as the cache keeps it. */
export class VerifiedToken implements Verified {
  /** The whole token. Compared with `===` at each hit: a signature alone never stands for a token. */
  readonly token: string
  /** Who is calling. Frozen: all requests with this token share it. */
  readonly principal: Principal
  /** `exp` in seconds, or `undefined`. */
  readonly exp: number | undefined
  /** `nbf` in seconds, or `undefined`. */
  readonly nbf: number | undefined
  /** The key that verified it. The token dies with it. */
  readonly key: KeyRecord
  /** When it has to be verified again, on the clock of `Date.now()`. */
  readonly expiresMs: number
  /** Whether the cache met it lately. */
  used = false
  clearedEpoch = -1

  constructor(
    token: string,
    caller: Principal,
    times: { readonly exp: number | undefined; readonly nbf: number | undefined },
    key: KeyRecord,
    expiresMs: number,
  ) {
    this.token = token
    this.principal = caller
    this.exp = times.exp
    this.nbf = times.nbf
    this.key = key
    this.expiresMs = expiresMs
  }

  /** Made when it is asked for: only after a change of the revocation list. */
  get credential(): Credential {
    const { jti, iat } = this.principal.claims
    return {
      tokenId: typeof jti === 'string' ? jti : undefined,
      keys: this.key.names,
      issuedAtMs: typeof iat === 'number' ? iat * 1_000 : 0,
    }
  }
}

/** What verification gives. */
export type Outcome = VerifiedToken | Rejection

const malformed = (message: string): Rejection => rejection('GW_AUTH_TOKEN_MALFORMED', message)
const invalid = (message: string): Rejection => rejection('GW_AUTH_TOKEN_INVALID', message)

/** No credentials on a route that needs them. */
export const MISSING: Rejection = rejection(
  'GW_AUTH_TOKEN_MISSING',
  'The request carries no credentials that the route accepts.',
)
/** Two Authorization lines: the upstream might believe the other one. */
export const SEVERAL_HEADERS: Rejection = rejection(
  'GW_AUTH_REQUEST_INVALID',
  'The request carries more than one Authorization header.',
)
/** A Bearer header without one well-formed token. */
export const MALFORMED_HEADER: Rejection = rejection(
  'GW_AUTH_REQUEST_INVALID',
  'The Authorization header is not "Bearer" and one token (RFC 6750 section 2.1).',
)
/** Refused unread, by size. */
export const TOO_LARGE: Rejection = malformed('The token is larger than 16 KiB.')
/** An opaque token, or an encrypted one. */
export const NOT_A_JWT: Rejection = malformed('The token does not have the three parts of a signed JWT.')
/** Parts that do not decode to objects. */
export const NOT_JSON: Rejection = malformed("The token's header or payload is not a JSON object.")
/** Text that stands for the same bytes as another: the same token twice, under two names. */
export const NOT_CANONICAL: Rejection = malformed(
  'A part of the token is not base64url in its one canonical form.',
)
/** A header that selects no key. */
export const BAD_HEADER: Rejection = malformed("The token's header has no usable alg or kid.")
/** An extension that nobody here understands. */
export const CRITICAL: Rejection = malformed(
  "The token's header has crit or b64: extensions that must be understood, and are not.",
)
/** jose refused to read it. */
export const REJECTED_FORM: Rejection = malformed('The token has a form that the verifier does not read.')
/** Too late. */
export const EXPIRED: Rejection = rejection(
  'GW_AUTH_TOKEN_EXPIRED',
  'exp is in the past, or the token is older than maxTokenAgeMs.',
)
/** Too soon. */
export const EARLY: Rejection = rejection('GW_AUTH_TOKEN_NOT_YET_VALID', 'nbf or iat is in the future.')
/** Nobody configured whoever issued it. */
export const UNKNOWN_ISSUER: Rejection = invalid('iss is missing or not a configured issuer.')
/** Refused by name, before any key is used. */
export const WRONG_ALGORITHM: Rejection = invalid("alg is not one of the issuer's algorithms.")
/** Forged, or changed on the way. */
export const WRONG_SIGNATURE: Rejection = invalid('The signature does not match.')
/** jose found another issuer than the one that selected the key. */
export const WRONG_ISSUER: Rejection = invalid('iss is not the expected issuer.')
/** Meant for somebody else. */
export const WRONG_AUDIENCE: Rejection = invalid('aud is missing or holds none of the expected audiences.')
/** Another kind of token, such as an ID token. */
export const WRONG_TYPE: Rejection = invalid('typ is not the expected type.')
/** A claim is missing or has the wrong type. */
export const WRONG_CLAIM: Rejection = invalid(
  'A required claim is missing, or exp, nbf or iat is not a number of seconds before the year 10000.',
)
/** A caller that could not be named in a header or log. */
export const BAD_SUBJECT: Rejection = invalid('sub is missing, empty or not printable ASCII.')
/** The issuer answers, and does not publish the key. */
export const UNKNOWN_KEY: Rejection = rejection(
  'GW_AUTH_KEY_UNKNOWN',
  "The issuer's current key set has no key for the token's kid and alg.",
)
/** The bounded queue is full. */
export const OVERLOADED: Rejection = rejection(
  'GW_AUTH_OVERLOADED',
  'As many tokens as workers.maxQueue allows wait for their check.',
)
/** The fault of the verifier, not of the token. */
export const VERIFIER_FAILED: Rejection = rejection(
  'GW_AUTH_VERIFIER_FAILED',
  'The verifier failed twice on the batch that the token was in; an earlier log line says why.',
)
