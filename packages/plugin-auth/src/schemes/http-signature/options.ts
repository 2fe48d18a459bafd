import type { SecretSource } from '../../files/secret.ts'
import type { SignatureAlgorithm } from '../../http-signature/algorithms.ts'
import type { FieldType } from '../../http-signature/field-types.ts'

/** A key whose signatures are accepted. */
export interface HttpSignatureKeyOptions {
  /** `keyid` of its signatures. */
  readonly keyId: string
  /** The one algorithm it is used with. */
  readonly algorithm: SignatureAlgorithm
  /** The public key, PEM or JWK; for `hmac-sha256` the secret, base64, at least 32 bytes. */
  readonly key: SecretSource
  /** Who signs with it: the principal's id. */
  readonly caller: string
  /** Scopes of the principal. Default: none. */
  readonly scopes?: readonly string[] | undefined
}

/** Whose signatures of requests are accepted (RFC 9421), and what they must cover. */
export interface HttpSignatureOptions {
  /** The keys, each `keyId` once. */
  readonly keys: readonly HttpSignatureKeyOptions[]
  /**
   * Components that a signature must cover beside `@method`, `@authority`, path and query (`@target-uri`, `@request-target`, or `@path` with
   * `@query`), and `content-digest` of a request with a body. Lower case. Default: none.
   */
  readonly components?: readonly string[] | undefined
  /**
   * Headers of your own that are structured fields (RFC 9651), by name: `dictionary`, `list` or `item`. A signature may cover them
   * in their canonical form (`;sf`), as it may the registered ones. Default: none.
   */
  readonly structuredFields?: Readonly<Record<string, FieldType>> | undefined
  /** How old `created` may be, in milliseconds. Default: 60000. */
  readonly maxAgeMs?: number | undefined
  /** How far the signer's clock may differ, in milliseconds. Default: 5000. */
  readonly clockToleranceMs?: number | undefined
  /** `tag` of the signatures that alone are looked at. Default: all; then a request may have only one. */
  readonly tag?: string | undefined
  /**
   * How many `nonce` are remembered, each until its signature is too old. A signature must have one then, and is accepted once;
   * when there are more, the answer is 503. Default: 0, **a signature may be repeated until it is too old**.
   */
  readonly nonces?: number | undefined
  /** Largest body whose digest is checked, in bytes; it is read before the request is forwarded. Above: 413. Default: 1048576 (1 MiB). */
  readonly maxBodyBytes?: number | undefined
  /**
   * Whether the host itself compares `content-digest` with the body in the callee seat, where the gateway cannot read it.
   * Default: `false`: there a signed request with a body is refused.
   */
  readonly hostChecksDigest?: boolean | undefined
}

/** `HttpSignatureOptions` with every default filled in. */
export interface ResolvedHttpSignatureOptions {
  readonly keys: readonly HttpSignatureKeyOptions[]
  readonly components: readonly string[]
  readonly structuredFields?: Readonly<Record<string, FieldType>> | undefined
  readonly maxAgeMs: number
  readonly clockToleranceMs: number
  readonly tag?: string | undefined
  readonly nonces: number
  readonly maxBodyBytes: number
  readonly hostChecksDigest: boolean
}
