/** Algorithms by which a token is signed with a private key and checked with a public one. */
export type AsymmetricAlgorithm =
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

/** Algorithms by which one secret signs and checks: **everyone who can verify a token can make one.** */
export type SymmetricAlgorithm = 'HS256' | 'HS384' | 'HS512'

/** Algorithms that can be accepted. */
export type JwtAlgorithm = AsymmetricAlgorithm | SymmetricAlgorithm

/** Asymmetric algorithms that `algorithms` accepts. */
export const JWT_ALGORITHMS: readonly AsymmetricAlgorithm[] = Object.freeze([
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

/** Symmetric algorithms, with the least bytes of a secret: those of the hash (RFC 7518 section 3.2). */
export const SECRET_BYTES: Readonly<Record<SymmetricAlgorithm, number>> = Object.freeze({
  HS256: 32,
  HS384: 48,
  HS512: 64,
})

/** A secret that an issuer signs with. */
export interface JwtSecret {
  /** The secret. **In a configuration file give it as `{ env: NAME }` or `{ file: path }`.** */
  readonly value: string
  /** How `value` is written: as the text that it is, or encoded. Default: `utf8`. */
  readonly encoding?: 'utf8' | 'base64' | 'base64url' | 'hex' | undefined
  /** `kid` of the tokens that it signs. Default: it is tried for every token. */
  readonly kid?: string | undefined
}

/** A JWK Set (RFC 7517 section 5). */
export interface JwtKeySet {
  /** The public keys. */
  readonly keys: readonly Readonly<Record<string, unknown>>[]
}

/** Where the keys of an issuer come from: one of these; none of them means OpenID discovery. */
export interface JwtKeyOptions {
  /** Address of its key set, `http://` or `https://`. Default: `<issuer>/.well-known/openid-configuration` says it. */
  readonly jwksUrl?: string | undefined
  /** Its key set itself. Every key in it must be usable. Default: none. */
  readonly jwks?: JwtKeySet | undefined
  /** File with its key set, read again whenever it changes. Relative to the working directory. Default: none. */
  readonly jwksFile?: string | undefined
  /**
   * Its public keys or certificates as PEM text, each with one block or several. They have no `kid`, so they are tried for
   * every token, at most four. **Of a certificate only the key counts, not its dates and not who issued it.** Default: none.
   */
  readonly pem?: string | readonly string[] | undefined
  /** File with such PEM text, read again whenever it changes. Relative to the working directory. Default: none. */
  readonly pemFile?: string | undefined
  /**
   * Secrets for `HS256`, `HS384` and `HS512`, each at least as long as the hash: 32, 48, 64 bytes (RFC 7518 section 3.2).
   * The only way to allow these algorithms, and an issuer that has them can have no other. Default: none.
   */
  readonly secrets?: readonly JwtSecret[] | undefined
}

/** One issuer whose tokens are accepted, and how a token of it must look. */
export interface JwtIssuerOptions extends JwtKeyOptions {
  /** Who issues the tokens, as `iss` says it. Where no keys are configured, discovery starts here. */
  readonly issuer: string
  /** Whom the tokens are for: `aud` must hold this value, or one of these. */
  readonly audience: string | readonly string[]
  /** Algorithms that a token may be signed with; at least one. **`none` is always refused, `HS*` without `secrets`.** */
  readonly algorithms: readonly JwtAlgorithm[]
  /** How far the issuer's clock may differ when `exp`, `nbf` and `iat` are checked, in milliseconds. Default: 5000. */
  readonly clockToleranceMs?: number | undefined
  /** What the token's `typ` header must be, such as `at+jwt` (RFC 9068). Default: not checked. */
  readonly typ?: string | undefined
  /** Claims that must be present beside `iss`, `aud` and `sub`. Default: `['exp']`. **Without `exp` a token is valid for ever.** */
  readonly requiredClaims?: readonly string[] | undefined
  /** Age by `iat` above which a token is refused although `exp` allows it, in milliseconds; `iat` is then required. Default: none. */
  readonly maxTokenAgeMs?: number | undefined
  /** Whether a token passes that says it will be issued in the future. Default: `false`. */
  readonly futureIat?: boolean | undefined
  /** Claim that holds the scopes: a string separated by blanks, or an array. Default: `scope`, then `scp`. */
  readonly scopeClaim?: string | undefined
}

type WithDefault = 'clockToleranceMs' | 'requiredClaims' | 'futureIat'

/** An issuer with every default filled in. */
export type ResolvedJwtIssuerOptions = Omit<JwtIssuerOptions, WithDefault> & {
  readonly [K in WithDefault]-?: Exclude<JwtIssuerOptions[K], undefined>
}
