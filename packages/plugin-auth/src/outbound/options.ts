import type { SecretSource } from '../files/secret.ts'
import type { Authorities } from '../http/authorities.ts'
import type { SignatureAlgorithm } from '../http-signature/algorithms.ts'

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
  /** The client's secret. */
  readonly clientSecret?: SecretSource | undefined
  /** The client's private key, PEM or JWK: P-256 (ES256), Ed25519 (EdDSA) or RSA (RS256). */
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
  /** Authorities (PEM, several in one text or in a list) that alone are trusted for its certificate. Default: those of Node. */
  readonly ca?: Authorities | undefined
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
  /** Name of the header. */
  readonly name: string
  /** Value of the header. */
  readonly value: SecretSource
  /** Text before the value, such as `Bearer `. Default: none. */
  readonly prefix?: string | undefined
}

/** Signs requests to the service (RFC 9421), as it gets them after every rewrite. */
export interface MessageSignatureOptions {
  /** `keyid` of the signatures. */
  readonly keyId: string
  /** The algorithm. */
  readonly algorithm: SignatureAlgorithm
  /** The private key, PEM or JWK; for `hmac-sha256` the secret, base64, at least 32 bytes. */
  readonly key: SecretSource
  /**
   * Components that are covered, in lower case; fields that a request does not have are left out. `content-digest` is added where
   * there is a body. Default: `@method`, `@authority`, `@path`, `@query`.
   */
  readonly components?: readonly string[] | undefined
  /** `tag` of the signatures. Default: none. */
  readonly tag?: string | undefined
  /** How long a signature is valid, from `created` to `expires`, in milliseconds. Default: no `expires`. */
  readonly expiresMs?: number | undefined
  /** Label in `Signature` and `Signature-Input`. Default: `sig1`. */
  readonly label?: string | undefined
  /**
   * Largest body whose digest is signed, in bytes; it is read before the request is sent. Above: 413. 0: **bodies are not covered.**
   * Default: 1048576 (1 MiB).
   */
  readonly bodyBytes?: number | undefined
}

/** Credentials for one service or origin: at most one of the first three kinds, a signature, or both. */
export interface OutboundCredentials {
  /** The gateway's own token for the service (RFC 6749 section 4.4). */
  readonly clientCredentials?: TokenClientOptions | undefined
  /** A token for the service about the caller. */
  readonly tokenExchange?: TokenExchangeOptions | undefined
  /** A fixed header. */
  readonly header?: StaticHeaderOptions | undefined
  /** A signature over the request, the other credentials included where `components` names their header. */
  readonly signature?: MessageSignatureOptions | undefined
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
  readonly signature?: ResolvedMessageSignatureOptions | undefined
}

/** `MessageSignatureOptions` with every default filled in. */
export type ResolvedMessageSignatureOptions = MessageSignatureOptions & {
  readonly components: readonly string[]
  readonly label: string
  readonly bodyBytes: number
}
