import type { OptionsSchema } from '@postern/core'
import * as v from 'valibot'
import { censusEntries } from './census/options.ts'
import { authorities } from './http/authorities.ts'
import { identitySchema } from './identity/options-schema.ts'
import { NOT_IN_JSON } from './not-in-json.ts'
import { optionsOf } from './option-docs.ts'
import { headerName, ms, text, whole } from './option-values.ts'
import type { AuthOptions, AuthRouteOptions, ResolvedAuthOptions } from './options.ts'
import { outboundSchema } from './outbound/options-schema.ts'
import { policyEntries } from './policy/options-schema.ts'
import { revocationsSchema } from './revocation/revocation-schema.ts'
import { apiKeyOptionsSchema } from './schemes/api-key/options.ts'
import { basicOptionsSchema } from './schemes/basic/options.ts'
import { forwardAuthSchema } from './schemes/forward-auth/options-schema.ts'
import { httpSignatureSchema } from './schemes/http-signature/options-schema.ts'
import { introspectionOptionsSchema } from './schemes/introspection/options.ts'
import { mtlsOptionsSchema } from './schemes/mtls/options.ts'
import { jwtIssuersSchema } from './verify/jwt-schema.ts'
import { type AuthView, isView } from './view/auth-view.ts'

/** Beside `jwt`, the options that each are a way to authenticate. */
const WAYS = ['httpSignature', 'introspection', 'apiKeys', 'basic', 'mtls', 'forwardAuth'] as const

/** Schema of `AuthOptions`. */
export const authOptionsSchema: OptionsSchema<AuthOptions, ResolvedAuthOptions> = v.pipe(
  optionsOf('AuthOptions', {
    jwt: v.optional(jwtIssuersSchema, []),
    introspection: v.optional(introspectionOptionsSchema),
    apiKeys: v.optional(apiKeyOptionsSchema),
    basic: v.optional(basicOptionsSchema),
    mtls: v.optional(mtlsOptionsSchema),
    httpSignature: v.optional(httpSignatureSchema),
    forwardAuth: v.optional(forwardAuthSchema),
    jwks: v.optional(
      optionsOf('JwksOptions', {
        refreshMs: ms(50, 600_000),
        staleMs: ms(0, 86_400_000),
        cooldownMs: ms(1, 30_000),
        timeoutMs: ms(1, 5_000),
        ca: v.optional(authorities),
        maxBytes: v.optional(whole(1, 16_777_216), 262_144),
      }),
      {},
    ),
    cache: v.optional(
      optionsOf('TokenCacheOptions', {
        maxEntries: v.optional(whole(0, 10_000_000), 10_000),
        maxAgeMs: ms(0, 300_000),
      }),
      {},
    ),
    workers: v.optional(
      optionsOf('WorkerOptions', {
        threads: v.optional(whole(0, 64), 1),
        inline: v.optional(v.picklist(['auto', 'never']), 'auto'),
        maxMemoryBytes: v.optional(whole(33_554_432, 4_294_967_296), 134_217_728),
        maxQueue: v.optional(whole(1, 1_000_000), 2_048),
      }),
      {},
    ),
    revocations: v.optional(revocationsSchema),
    view: v.optional(
      v.pipe(v.custom<AuthView>(isView, 'Expected what authView() gives'), v.metadata(NOT_IN_JSON)),
    ),
    identityHeaders: v.optional(
      v.pipe(
        optionsOf('IdentityHeaderOptions', {
          subject: v.optional(headerName),
          issuer: v.optional(headerName),
          scopes: v.optional(headerName),
        }),
        v.check((names) => {
          const given = Object.values(names).filter((name) => name !== undefined)
          return new Set(given).size === given.length
        }, 'Two identity headers have the same name'),
      ),
      {},
    ),
    identity: v.optional(identitySchema, {}),
    outbound: v.optional(outboundSchema, {}),
    ...censusEntries,
    realm: v.optional(
      v.pipe(
        v.string(),
        v.regex(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/, 'Expected printable ASCII without " and \\'),
      ),
    ),
  }),
  v.check(
    (options) =>
      options.jwt.length > 0 ||
      WAYS.some((way) => options[way] !== undefined) ||
      Object.keys(options.outbound).length > 0 ||
      (options.census !== undefined && options.census !== false),
    `Name at least one way to authenticate: jwt, ${WAYS.join(', ')}`,
  ),
)

/** Schema of `AuthRouteOptions`. */
export const authRouteOptionsSchema: OptionsSchema<AuthRouteOptions> = optionsOf('AuthRouteOptions', {
  ...policyEntries,
  issuers: v.optional(v.pipe(v.array(text), v.minLength(1, 'Name at least one issuer, or leave it out'))),
  anonymous: v.optional(v.boolean()),
})
