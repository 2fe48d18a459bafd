import * as v from 'valibot'
import { type Authorities, authorities } from '../../http/authorities.ts'
import { optionsOf } from '../../option-docs.ts'
import { httpUrl, ms, text, token, whole } from '../../option-values.ts'

/** Client credentials of the gateway at the endpoint (RFC 6749 section 2.3.1). */
export interface IntrospectionClient {
  /** Client id. */
  readonly id: string
  /** Client secret. From a configuration file as `{ env: NAME }` or `{ file: path }`. */
  readonly secret: string
}

/** Which field of an answer names the caller. */
export type IntrospectionIdField = 'sub' | 'client_id' | 'username'

/** Bearer tokens that another service knows (RFC 7662). */
export interface IntrospectionOptions {
  /** Address of the introspection endpoint, `http://` or `https://`. */
  readonly url: string
  /** How the gateway proves itself there, in `Authorization: Basic`. This or `bearer` is needed. */
  readonly client?: IntrospectionClient | undefined
  /** Token with which the gateway proves itself there. From a configuration file as `{ env: NAME }` or `{ file: path }`. */
  readonly bearer?: string | undefined
  /** Whether the JWTs of issuers that are not in `jwt` are asked for, too. Those of issuers in `jwt` never are. Default: `false`. */
  readonly jwts?: boolean | undefined
  /** The principal's issuer; an answer that names one (`iss`) must name this. Default: what the answer says. */
  readonly issuer?: string | undefined
  /** Whom the tokens are for: the answer's `aud` must hold this value, or one of these. Default: not checked. **Then a token for any service is accepted.** */
  readonly audience?: string | readonly string[] | undefined
  /** What `token_type` must be where the answer has one, without regard to case. Default: `Bearer`. Proofs of DPoP are not checked. */
  readonly tokenType?: string | undefined
  /** Fields that name the caller, the first that the answer has. Default: `['sub', 'client_id']`. */
  readonly idFields?: readonly IntrospectionIdField[] | undefined
  /** Fields that must be there beside `active`. Default: none. */
  readonly requiredClaims?: readonly string[] | undefined
  /** Field that holds the scopes: a text separated by blanks, or an array. Default: `scope`, then `scp`. */
  readonly scopeClaim?: string | undefined
  /** How far the service's clock may differ when `exp` and `nbf` are checked, in milliseconds. Default: 5000. */
  readonly clockToleranceMs?: number | undefined
  /** How long an active token is remembered, `exp` permitting, in milliseconds; 0: not at all. A revocation takes as long. Default: 60000. */
  readonly cacheMs?: number | undefined
  /** How long a refused token is remembered, apart from good ones, in milliseconds; 0: not at all. Default: 5000. */
  readonly deniedMs?: number | undefined
  /** How many active tokens are remembered. Default: 10000. */
  readonly maxCached?: number | undefined
  /** Authorities (PEM, several in one text or in a list) that alone are trusted for its certificate. Default: those of Node. */
  readonly ca?: Authorities | undefined
  /** How long one call may take, in milliseconds. Default: 2000. */
  readonly timeoutMs?: number | undefined
  /** Calls that may run at once. Default: 32. */
  readonly concurrency?: number | undefined
  /** Tokens that may wait for their call. Above: 503 with `retry-after`. Default: 256. */
  readonly maxQueue?: number | undefined
  /** Size of an answer above which it is refused, in bytes. Default: 65536 (64 KiB). */
  readonly maxBytes?: number | undefined
}

type Optional = 'ca' | 'client' | 'bearer' | 'issuer' | 'audience' | 'scopeClaim'

/** `IntrospectionOptions` with every default filled in. */
export type ResolvedIntrospectionOptions = Pick<IntrospectionOptions, Optional> & {
  readonly [K in Exclude<keyof IntrospectionOptions, Optional>]-?: Exclude<IntrospectionOptions[K], undefined>
}

const SECRET_MESSAGE = 'Expected a secret that is not empty'
const secret = v.pipe(v.string(SECRET_MESSAGE), v.nonEmpty(SECRET_MESSAGE))
const BEARER_MESSAGE = 'Expected a bearer token (RFC 6750 section 2.1)'

/** Schema of `IntrospectionOptions`. */
export const introspectionOptionsSchema = v.pipe(
  optionsOf('IntrospectionOptions', {
    url: httpUrl,
    client: v.optional(optionsOf('IntrospectionClient', { id: text, secret })),
    bearer: v.optional(v.pipe(v.string(BEARER_MESSAGE), v.regex(/^[A-Za-z0-9._~+/-]+=*$/, BEARER_MESSAGE))),
    jwts: v.optional(v.boolean(), false),
    // Printable ASCII: it may go to the upstream as a header.
    issuer: v.optional(token),
    audience: v.optional(
      v.union([text, v.pipe(v.array(text), v.minLength(1, 'Name at least one audience'))]),
    ),
    tokenType: v.optional(text, 'Bearer'),
    idFields: v.optional(
      v.pipe(
        v.array(v.picklist(['sub', 'client_id', 'username'])),
        v.minLength(1, 'Name at least one field'),
      ),
      ['sub', 'client_id'],
    ),
    requiredClaims: v.optional(v.array(text), []),
    scopeClaim: v.optional(text),
    clockToleranceMs: v.optional(whole(0, 600_000), 5_000),
    cacheMs: ms(0, 60_000),
    deniedMs: ms(0, 5_000),
    maxCached: v.optional(whole(0, 10_000_000), 10_000),
    ca: v.optional(authorities),
    timeoutMs: ms(1, 2_000),
    concurrency: v.optional(whole(1, 10_000), 32),
    maxQueue: v.optional(whole(0, 1_000_000), 256),
    maxBytes: v.optional(whole(1, 16_777_216), 65_536),
  }),
  v.check(
    ({ client, bearer }) => (client === undefined) !== (bearer === undefined),
    'Give client or bearer, one of them: the endpoint must know who asks (RFC 7662 section 2.1)',
  ),
)
