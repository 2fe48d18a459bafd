import type { CensusOptions } from './census/options.ts'
import type { Authorities } from './http/authorities.ts'
import type { IdentityOptions, ResolvedIdentityOptions } from './identity/options.ts'
import type { OutboundOptions, ResolvedOutboundCredentials } from './outbound/options.ts'
import type { RoutePolicyOptions } from './policy/options.ts'
import type { RevocationList, RevocationListOptions } from './revocation/revocation-list.ts'
import type { ApiKeyOptions, ResolvedApiKeyOptions } from './schemes/api-key/options.ts'
import type { BasicOptions, ResolvedBasicOptions } from './schemes/basic/options.ts'
import type { ForwardAuthOptions, ResolvedForwardAuthOptions } from './schemes/forward-auth/options.ts'
import type { HttpSignatureOptions, ResolvedHttpSignatureOptions } from './schemes/http-signature/options.ts'
import type { IntrospectionOptions, ResolvedIntrospectionOptions } from './schemes/introspection/options.ts'
import type { MtlsOptions, ResolvedMtlsOptions } from './schemes/mtls/options.ts'
import type { JwtIssuerOptions, ResolvedJwtIssuerOptions } from './verify/jwt-options.ts'
import type { AuthView } from './view/auth-view.ts'

/** How fetched key sets are kept. */
export interface JwksOptions {
  /** Age before which keys are fetched again, in milliseconds. Default: 600000 (10 min). */
  readonly refreshMs?: number | undefined
  /** How long keys older than `refreshMs` may serve while the endpoint is down, in milliseconds. Default: 86400000 (24 h). */
  readonly staleMs?: number | undefined
  /** How long after one fetch because of an unknown key the next may come, in milliseconds. Default: 30000. */
  readonly cooldownMs?: number | undefined
  /** How long one fetch may take, in milliseconds. Default: 5000. */
  readonly timeoutMs?: number | undefined
  /** Authorities (PEM, several in one text or in a list) that alone are trusted for the certificate of an issuer. Default: those of Node. */
  readonly ca?: Authorities | undefined
  /** Size of a key set or discovery document above which it is refused, in bytes. Default: 262144 (256 KiB). */
  readonly maxBytes?: number | undefined
}

/** How verified tokens are remembered. */
export interface TokenCacheOptions {
  /** How many tokens are remembered; 0: none. Default: 10000. */
  readonly maxEntries?: number | undefined
  /** How long a token is remembered at most, in milliseconds; `exp` and the removal of the key end it earlier. Default: 300000 (5 min). */
  readonly maxAgeMs?: number | undefined
}

/** Where signatures are checked. */
export interface WorkerOptions {
  /** Worker threads. 0: on the main thread. Default: 1. */
  readonly threads?: number | undefined
  /**
   * Whether a token that comes alone while the workers are idle is checked on the main thread, which is sooner done than a
   * message to a worker and costs the event loop no more: `auto` for every algorithm but `ES384` and `ES512`. Default: `auto`.
   */
  readonly inline?: 'auto' | 'never' | undefined
  /** Heap of one worker, in bytes. Above, it dies and is replaced, and its batch runs again. Default: 134217728 (128 MiB). */
  readonly maxMemoryBytes?: number | undefined
  /** Tokens that may wait for their check at once, and beside them as many for the keys of each issuer. Above: 503 with `retry-after`. Default: 2048. */
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
  /** Bearer tokens that another service knows (RFC 7662). Default: none. */
  readonly introspection?: IntrospectionOptions | undefined
  /** API keys in a header. Default: none. */
  readonly apiKeys?: ApiKeyOptions | undefined
  /** Users with passwords (RFC 7617). Default: none. */
  readonly basic?: BasicOptions | undefined
  /** Client certificates. Default: none. */
  readonly mtls?: MtlsOptions | undefined
  /** Callers that sign their requests (RFC 9421). Default: none. */
  readonly httpSignature?: HttpSignatureOptions | undefined
  /** A service that is asked about callers whom no other scheme knows. Default: none. */
  readonly forwardAuth?: ForwardAuthOptions | undefined
  /** How key sets are kept. */
  readonly jwks?: JwksOptions | undefined
  /** How verified tokens are remembered. */
  readonly cache?: TokenCacheOptions | undefined
  /** Where signatures are checked. */
  readonly workers?: WorkerOptions | undefined
  /** Credentials that are refused although they are good. Default: none. */
  readonly revocations?: RevocationList | RevocationListOptions | undefined
  /** Window on the running plugin, from `authView()`. Default: none. */
  readonly view?: AuthView | undefined
  /** Headers that tell the upstream who is calling. Default: none. */
  readonly identityHeaders?: IdentityHeaderOptions | undefined
  /** What else services behind the gateway get: an internal token, and whether the client's credentials. */
  readonly identity?: IdentityOptions | undefined
  /**
   * Credentials that the gateway itself has for services, by service name or upstream origin. Default: none. With them and
   * without any scheme, calls in the caller seat need no credentials; **every other seat refuses what is not `anonymous`**.
   */
  readonly outbound?: OutboundOptions | undefined
  /** `realm` of the `www-authenticate` challenge. Default: none. */
  readonly realm?: string | undefined
}

/** Every field present. */
type Complete<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> }

/** `AuthOptions` with every default filled in. */
export interface ResolvedAuthOptions extends CensusOptions {
  readonly jwt: readonly ResolvedJwtIssuerOptions[]
  readonly introspection?: ResolvedIntrospectionOptions | undefined
  readonly apiKeys?: ResolvedApiKeyOptions | undefined
  readonly basic?: ResolvedBasicOptions | undefined
  readonly mtls?: ResolvedMtlsOptions | undefined
  readonly httpSignature?: ResolvedHttpSignatureOptions | undefined
  readonly forwardAuth?: ResolvedForwardAuthOptions | undefined
  readonly jwks: Complete<Omit<JwksOptions, 'ca'>> & Pick<JwksOptions, 'ca'>
  readonly cache: Complete<TokenCacheOptions>
  readonly workers: Complete<WorkerOptions>
  readonly revocations?: RevocationList | RevocationListOptions | undefined
  readonly view?: AuthView | undefined
  readonly identityHeaders: IdentityHeaderOptions
  readonly identity: ResolvedIdentityOptions
  readonly outbound: Readonly<Record<string, ResolvedOutboundCredentials>>
  readonly realm?: string | undefined
}

/** Options of plugin-auth on one route: who may use it. */
export interface AuthRouteOptions extends RoutePolicyOptions {
  /** Issuers whose tokens alone are accepted; else 403. Default: every configured issuer. */
  readonly issuers?: readonly string[] | undefined
  /**
   * Whether a request without credentials passes, as nobody. **Bad credentials are still refused.** What asks for more than
   * an identity (`scopes`, `callers` …) cannot stand beside it: leaving the credentials out would evade it. Default: `false`.
   */
  readonly anonymous?: boolean | undefined
}
