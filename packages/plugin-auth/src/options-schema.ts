import type { OptionsSchema } from '@postern/core'
import * as v from 'valibot'
import type { AuthOptions, AuthRouteOptions, ResolvedAuthOptions } from './options.ts'
import { revocationsSchema } from './revocation/revocation-schema.ts'
import { jwtIssuersSchema } from './verify/jwt-schema.ts'
import { type AuthView, isView } from './view/auth-view.ts'

const LONGEST_TIMER_MS = 2_147_483_647
const text = v.pipe(v.string(), v.nonEmpty('Expected a text that is not empty'))
const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most))
const ms = (least: number, fallback: number) => v.optional(whole(least, LONGEST_TIMER_MS), fallback)

// A plugin owns its identity headers: core removes the client's copies. Owning these would break requests.
const RESERVED = new Set([
  'authorization',
  'connection',
  'content-length',
  'content-type',
  'cookie',
  'host',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const headerName = v.pipe(
  v.string(),
  v.regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'Expected a header name (RFC 9110 section 5.1)'),
  v.check(
    (name) => !RESERVED.has(name.toLowerCase()),
    'This header belongs to HTTP itself; choose another name',
  ),
  v.toLowerCase(),
)

/** Schema of `AuthOptions`. */
export const authOptionsSchema: OptionsSchema<AuthOptions, ResolvedAuthOptions> = v.pipe(
  v.strictObject({
    jwt: v.optional(jwtIssuersSchema, []),
    jwks: v.optional(
      v.strictObject({
        refreshMs: ms(50, 600_000),
        staleMs: ms(0, 86_400_000),
        cooldownMs: ms(1, 30_000),
        timeoutMs: ms(1, 5_000),
        maxBytes: v.optional(whole(1, 16_777_216), 262_144),
      }),
      {},
    ),
    cache: v.optional(
      v.strictObject({ maxEntries: v.optional(whole(0, 10_000_000), 10_000), maxAgeMs: ms(0, 300_000) }),
      {},
    ),
    workers: v.optional(
      v.strictObject({
        threads: v.optional(whole(0, 64), 1),
        inline: v.optional(v.picklist(['auto', 'never']), 'auto'),
        maxMemoryBytes: v.optional(whole(33_554_432, 4_294_967_296), 134_217_728),
        maxQueue: v.optional(whole(1, 1_000_000), 2_048),
      }),
      {},
    ),
    revocations: v.optional(revocationsSchema),
    view: v.optional(v.custom<AuthView>(isView, 'Expected what authView() gives')),
    identityHeaders: v.optional(
      v.pipe(
        v.strictObject({
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
    realm: v.optional(
      v.pipe(
        v.string(),
        v.regex(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/, 'Expected printable ASCII without " and \\'),
      ),
    ),
  }),
  v.check((options) => options.jwt.length > 0, 'Name at least one way to authenticate: jwt'),
)

/** Schema of `AuthRouteOptions`. */
export const authRouteOptionsSchema: OptionsSchema<AuthRouteOptions> = v.strictObject({
  scopes: v.optional(
    v.array(
      v.pipe(v.string(), v.regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'Expected a scope (RFC 6749 section 3.3)')),
    ),
  ),
  issuers: v.optional(v.pipe(v.array(text), v.minLength(1, 'Name at least one issuer, or leave it out'))),
  anonymous: v.optional(v.boolean()),
})
