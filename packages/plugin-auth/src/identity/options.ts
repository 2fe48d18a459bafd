import type { TokenAlgorithm } from '../keys/signing-key.ts'

/** What services behind the gateway are told about the caller, beside `identityHeaders`. */
export interface IdentityOptions {
  /**
   * What becomes of the credentials that the client sent: `pass` on to the upstream, or `strip`, also on routes that need
   * none. Default: `pass`.
   */
  readonly credentials?: 'pass' | 'strip' | undefined
  /** A short-lived token that the gateway signs about each caller. Default: none. */
  readonly token?: InternalTokenOptions | undefined
}

/** The token that the gateway signs about a caller, for one service, method and route. */
export interface InternalTokenOptions {
  /** `iss`: how services know this gateway. All replicas have the same. */
  readonly issuer: string
  /**
   * Header that carries it; `authorization` gets `Bearer` before it, and **what the client sent there is removed, also where
   * nobody is authenticated**. Default: `authorization`.
   */
  readonly header?: string | undefined
  /** Algorithm of keys that are made in memory; a key from a file has its own. Default: `ES256`. */
  readonly algorithm?: TokenAlgorithm | undefined
  /** How long a token is valid, from `iat` to `exp`, in milliseconds. The caller's own token ends it earlier. Default: 60000. */
  readonly lifetimeMs?: number | undefined
  /** How long a token is used again for equal requests of the same caller, in milliseconds. 0: each has its own. Default: half of `lifetimeMs`. */
  readonly reuseMs?: number | undefined
  /** `aud` by service name or upstream origin. Default: the service's name, without one the upstream's origin. */
  readonly audiences?: Readonly<Record<string, string>> | undefined
  /**
   * Gateways, by issuer, whose word about the first issuer of a caller (`sub_id`) is passed on. They must be among the
   * issuers of `jwt`. Default: this gateway's own `issuer`.
   */
  readonly trustedGateways?: readonly string[] | undefined
  /** Claims of the caller that are copied when it has them. Default: none. */
  readonly claims?: readonly string[] | undefined
  /** The keys that sign. */
  readonly keys?: SigningKeyOptions | undefined
  /** Where the public keys are published by the gateway itself. */
  readonly jwks?: PublishedKeysOptions | undefined
}

/** Where the keys come from that sign internal tokens. */
export interface SigningKeyOptions {
  /**
   * Private keys, one a file, PEM (PKCS #8, SEC1) or JWK, P-256 or Ed25519. The first signs, the others are published too.
   * Read again when they change. **Replicas need the same files.** Default: a key in memory.
   */
  readonly files?: readonly string[] | undefined
  /** After how long a key in memory is replaced, in milliseconds. Default: 86400000 (24 h). */
  readonly rotateMs?: number | undefined
  /** How long a new key is published before it signs, in milliseconds; the first one signs at once. Default: 300000 (5 min). */
  readonly publishAheadMs?: number | undefined
}

/** How the public keys are published. */
export interface PublishedKeysOptions {
  /** Path at which the gateway answers with its JWK Set (RFC 7517), before any route. Default: `/.well-known/jwks.json`. */
  readonly path?: string | undefined
  /** `max-age` of the answer, in milliseconds. Default: 300000 (5 min). */
  readonly maxAgeMs?: number | undefined
}

/** `InternalTokenOptions` with every default filled in. */
export interface ResolvedInternalTokenOptions {
  readonly issuer: string
  readonly header: string
  readonly algorithm: TokenAlgorithm
  readonly lifetimeMs: number
  readonly reuseMs?: number | undefined
  readonly audiences: Readonly<Record<string, string>>
  readonly trustedGateways?: readonly string[] | undefined
  readonly claims: readonly string[]
  readonly keys: {
    readonly files: readonly string[]
    readonly rotateMs: number
    readonly publishAheadMs: number
  }
  readonly jwks: { readonly path: string; readonly maxAgeMs: number }
}

/** `IdentityOptions` with every default filled in. */
export interface ResolvedIdentityOptions {
  readonly credentials: 'pass' | 'strip'
  readonly token?: ResolvedInternalTokenOptions | undefined
}
