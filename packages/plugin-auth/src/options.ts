import type { CensusOptions } from './census/options.ts'
import type { RoutePolicyOptions } from './policy/options.ts'

/** Algorithms that can be accepted. All of them are asymmetric: who can verify a token cannot make one. */
export type JwtAlgorithm =
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'EdDSA'
  | 'Ed25519'

/** One issuer whose tokens are accepted, and how a token of it must look. */
export interface JwtIssuerOptions {
  /** Must equal the token's `iss`. Without `jwksUrl` also where discovery starts: `<issuer>/.well-known/openid-configuration`. */
  readonly issuer: string
  /** The token's `aud` must hold this value, or one of these. */
  readonly audience: string | readonly string[]
  /** Algorithms that a token may be signed with; at least one. **Symmetric ones and `none` are refused.** */
  readonly algorithms: readonly JwtAlgorithm[]
  /** Where the issuer's key set (RFC 7517) is, `http://` or `https://`. Default: found by OpenID discovery. */
  readonly jwksUrl?: string | undefined
  /** How far the issuer's clock may differ when `exp` and `nbf` are checked, in milliseconds. Default: 5000. */
  readonly clockToleranceMs?: number | undefined
  /** The token's `typ` header must be this, such as `at+jwt` (RFC 9068). Default: not checked. */
  readonly typ?: string | undefined
  /** Claims that must be present beside `iss`, `aud` and `sub`. Default: `['exp']`. **Without `exp` a token is valid for ever.** */
  readonly requiredClaims?: readonly string[] | undefined
  /** Claim that holds the scopes: a string separated by blanks, or an array. Default: `scope`, then `scp`. */
  readonly scopeClaim?: string | undefined
}

/** How key sets are kept. */
export interface JwksOptions {
  /** Keys are fetched again before they are this old, in milliseconds. Default: 600000 (10 min). */
  readonly refreshMs?: number | undefined
  /** How long keys older than `refreshMs` may serve while the endpoint is down, in milliseconds. Default: 86400000 (24 h). */
  readonly staleMs?: number | undefined
  /** A token with an unknown key fetches the keys again, at most once in this time, in milliseconds. Default: 30000. */
  readonly cooldownMs?: number | undefined
  /** How long one fetch may take, in milliseconds. Default: 5000. */
  readonly timeoutMs?: number | undefined
  /** Size of a key set or discovery document above which it is refused, in bytes. Default: 262144 (256 KiB). */
  readonly maxBytes?: number | undefined
}

/** How verified tokens are remembered. */
export interface TokenCacheOptions {
  /** How many tokens. 0: none. Default: 10000. */
  readonly maxEntries?: number | undefined
  /** For how long at most, in milliseconds; `exp` and the removal of the key end it earlier. Default: 300000 (5 min). */
  readonly maxAgeMs?: number | undefined
}

/** Where signatures are checked. */
export interface WorkerOptions {
  /** Worker threads. 0: on the main thread. Default: 1. */
  readonly threads?: number | undefined
  /** Tokens that may wait for their check at once. Above: 503 with `retry-after`. Default: 2048. */
  readonly maxQueue?: number | undefined
}

/**
 * Headers that tell the upstream who is calling. Names are lower-cased. **Copies that a client sends are removed**, also
 * on routes where a token is optional.
 */
export interface IdentityHeaderOptions {
  /** Header that gets the token's `sub`. Default: none. */
  readonly subject?: string | undefined
  /** Header that gets the token's `iss`. Default: none. */
  readonly issuer?: string | undefined
  /** Header that gets the scopes, separated by blanks. Default: none. */
  readonly scopes?: string | undefined
}

/** Options of `auth()`. */
export interface AuthOptions extends CensusOptions {
  /** The issuers whose tokens are accepted, each `issuer` once. Default: none. **At least one scheme is needed, but for a census.** */
  readonly jwt?: readonly JwtIssuerOptions[] | undefined
  /** How key sets are kept. */
  readonly jwks?: JwksOptions | undefined
  /** How verified tokens are remembered. */
  readonly cache?: TokenCacheOptions | undefined
  /** Where signatures are checked. */
  readonly workers?: WorkerOptions | undefined
  /** Headers that tell the upstream who is calling. Default: none. */
  readonly identityHeaders?: IdentityHeaderOptions | undefined
  /** `realm` of the `www-authenticate` challenge. Default: none. */
  readonly realm?: string | undefined
}

/** Every field present. */
type Complete<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> }

/** An issuer with every default filled in. */
export type ResolvedJwtIssuerOptions = Complete<Omit<JwtIssuerOptions, 'jwksUrl' | 'typ' | 'scopeClaim'>> &
  Pick<JwtIssuerOptions, 'jwksUrl' | 'typ' | 'scopeClaim'>

/** `AuthOptions` with every default filled in. */
export interface ResolvedAuthOptions extends CensusOptions {
  readonly jwt: readonly ResolvedJwtIssuerOptions[]
  readonly jwks: Complete<JwksOptions>
  readonly cache: Complete<TokenCacheOptions>
  readonly workers: Complete<WorkerOptions>
  readonly identityHeaders: IdentityHeaderOptions
  readonly realm?: string | undefined
}

/** Options of plugin-auth on one route: who may use it. */
export interface AuthRouteOptions extends RoutePolicyOptions {
  /** Only tokens of these issuers; else 403. Default: every configured issuer. */
  readonly issuers?: readonly string[] | undefined
  /**
   * Whether a request without credentials passes, as nobody. **Bad credentials are still refused.** What asks for more than
   * an identity (`scopes`, `callers` …) cannot stand beside it: leaving the credentials out would evade it. Default: `false`.
   */
  readonly anonymous?: boolean | undefined
}

/** The algorithms that `algorithms` accepts. */
export const JWT_ALGORITHMS: readonly JwtAlgorithm[] = Object.freeze([
  'ES256',
  'ES384',
  'ES512',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'EdDSA',
  'Ed25519',
])
