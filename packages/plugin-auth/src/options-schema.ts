import type { OptionsSchema } from '@postern/core'
import * as v from 'valibot'
import { censusEntries } from './census/options.ts'
import {
  type AuthOptions,
  type AuthRouteOptions,
  JWT_ALGORITHMS,
  type ResolvedAuthOptions,
} from './options.ts'
import { policyEntries } from './policy/options-schema.ts'

const LONGEST_TIMER_MS = 2_147_483_647
const text = v.pipe(v.string(), v.nonEmpty('Expected a text that is not empty'))
const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most))
const ms = (least: number, fallback: number) => v.optional(whole(least, LONGEST_TIMER_MS), fallback)

const algorithm = v.picklist(JWT_ALGORITHMS, (issue) =>
  /^"(HS\d+|none)"$/i.test(issue.received)
    ? `${issue.received} is refused: with it, everyone who can verify a token can make one. Use one of ${JWT_ALGORITHMS.join(', ')}`
    : `Expected one of ${JWT_ALGORITHMS.join(', ')} but received ${issue.received}`,
)

const httpUrl = v.pipe(
  v.string(),
  v.check(isHttpUrl, 'Expected an http:// or https:// address without user, password and fragment'),
)

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

const issuer = v.pipe(
  v.strictObject({
    // Printable ASCII: it may go to the upstream as a header.
    issuer: v.pipe(v.string(), v.regex(/^[\x21-\x7e]+$/, 'Expected printable ASCII without blanks')),
    audience: v.union([text, v.pipe(v.array(text), v.minLength(1, 'Name at least one audience'))]),
    algorithms: v.pipe(v.array(algorithm), v.minLength(1, 'Name at least one algorithm')),
    jwksUrl: v.optional(httpUrl),
    clockToleranceMs: v.optional(whole(0, 600_000), 5_000),
    typ: v.optional(text),
    requiredClaims: v.optional(v.array(text), ['exp']),
    scopeClaim: v.optional(text),
  }),
  v.forward(
    v.check(
      (one) => one.jwksUrl !== undefined || (isHttpUrl(one.issuer) && !one.issuer.includes('?')),
      'Discovery needs an issuer that is an http:// or https:// address; give jwksUrl for any other',
    ),
    ['issuer'],
  ),
)

/** Schema of `AuthOptions`. */
export const authOptionsSchema: OptionsSchema<AuthOptions, ResolvedAuthOptions> = v.pipe(
  v.strictObject({
    jwt: v.optional(
      v.pipe(
        v.array(issuer),
        v.check(
          (all) => new Set(all.map((one) => one.issuer)).size === all.length,
          'Two entries have the same issuer',
        ),
      ),
      [],
    ),
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
        maxQueue: v.optional(whole(1, 1_000_000), 2_048),
      }),
      {},
    ),
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
    ...censusEntries,
    realm: v.optional(
      v.pipe(
        v.string(),
        v.regex(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/, 'Expected printable ASCII without " and \\'),
      ),
    ),
  }),
  v.check(
    (options) => options.jwt.length > 0 || options.census !== undefined,
    'Name at least one way to authenticate: jwt',
  ),
)

/** Schema of `AuthRouteOptions`. */
export const authRouteOptionsSchema: OptionsSchema<AuthRouteOptions> = v.strictObject({
  ...policyEntries,
  issuers: v.optional(v.pipe(v.array(text), v.minLength(1, 'Name at least one issuer, or leave it out'))),
  anonymous: v.optional(v.boolean()),
})

function isHttpUrl(value: string): boolean {
  if (!URL.canParse(value)) return false
  const url = new URL(value)
  return (
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.username === '' &&
    url.password === '' &&
    url.hash === ''
  )
}
