import type { SecretSource } from '../files/secret.ts'

/** How an OAuth client proves who it is: RFC 6749 section 2.3.1, RFC 7523 section 2.2. */
export type ClientAuthentication = 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt'

/** A client of an authorization server. */
export interface TokenClientOptions {
  /** The token endpoint, `http://` or `https://`. Redirects are not followed. */
  readonly tokenUrl: string
  /** The client's id. */
  readonly clientId: string
  /** How it proves who it is. Default: `private_key_jwt` with a `privateKey`, else `client_secret_basic`. */
  readonly authentication?: ClientAuthentication | undefined
  /** Its secret. */
  readonly clientSecret?: SecretSource | undefined
  /** Its private key, PEM or JWK: P-256 (ES256), Ed25519 (EdDSA) or RSA (RS256). */
  readonly privateKey?: SecretSource | undefined
  /** `kid` of assertions that the key signs. Default: none. */
  readonly keyId?: string | undefined
  /** Scopes that are asked for. Default: the server's. */
  readonly scopes?: readonly string[] | undefined
  /** `audience` that is asked for. Default: of an exchange the service's name; of client credentials none. */
  readonly audience?: string | undefined
  /** `resource` that is asked for (RFC 8707). Default: none. */
  readonly resource?: string | undefined
  /** Header that carries the token, after `Bearer`. Default: `authorization`. */
  readonly header?: string | undefined
  /** How long one call to the token endpoint may take, in milliseconds. Default: 2000. */
  readonly timeoutMs?: number | undefined
}

/** Exchanges the caller's verified token for one for the service (RFC 8693). */
export interface TokenExchangeOptions extends TokenClientOptions {
  /** Callers whose tokens are remembered. Default: 1000. */
  readonly maxEntries?: number | undefined
  /** Exchanges that may run at once. Above: 503 with `retry-after`. Default: 64. */
  readonly maxConcurrent?: number | undefined
}

/** A header that is the same for every request. */
export interface StaticHeaderOptions {
  /** Its name. */
  readonly name: string
  /** Its value. */
  readonly value: SecretSource
  /** Text before the value, such as `Bearer `. Default: none. */
  readonly prefix?: string | undefined
}

/** Credentials for one service or origin: one of the three kinds. */
export interface OutboundCredentials {
  /** The gateway's own token for the service (RFC 6749 section 4.4). */
  readonly clientCredentials?: TokenClientOptions | undefined
  /** A token for the service about the caller. */
  readonly tokenExchange?: TokenExchangeOptions | undefined
  /** A fixed header. */
  readonly header?: StaticHeaderOptions | undefined
}

/** Credentials by service name or upstream origin (`https://api.example:8443`). They are sent nowhere else. */
export type OutboundOptions = Readonly<Record<string, OutboundCredentials>>

/** `TokenClientOptions` with every default filled in. */
export type ResolvedTokenClientOptions = TokenClientOptions & {
  readonly header: string
  readonly timeoutMs: number
}

/** `TokenExchangeOptions` with every default filled in. */
export type ResolvedTokenExchangeOptions = ResolvedTokenClientOptions & {
  readonly maxEntries: number
  readonly maxConcurrent: number
}

/** `OutboundCredentials` with every default filled in. */
export interface ResolvedOutboundCredentials {
  readonly clientCredentials?: ResolvedTokenClientOptions | undefined
  readonly tokenExchange?: ResolvedTokenExchangeOptions | undefined
  readonly header?: StaticHeaderOptions | undefined
}
