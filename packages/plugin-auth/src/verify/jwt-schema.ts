import * as v from 'valibot'
import { described, optionsOf } from '../option-docs.ts'
import { httpUrl, isHttpUrl, text, token, whole } from '../option-values.ts'
import { isSymmetric, secretFault } from './hmac.ts'
import {
  JWT_ALGORITHMS,
  type JwtIssuerOptions,
  type JwtKeyOptions,
  type ResolvedJwtIssuerOptions,
  SECRET_BYTES,
} from './jwt-options.ts'
import { KeySet } from './key-set.ts'

const LONGEST_MS = Number.MAX_SAFE_INTEGER

const ALGORITHMS = [...JWT_ALGORITHMS, ...(Object.keys(SECRET_BYTES) as (keyof typeof SECRET_BYTES)[])]
const algorithm = v.picklist(ALGORITHMS, (issue) =>
  /^"none"$/i.test(issue.received)
    ? `${issue.received} is refused: with it, everyone can make a token. Use one of ${JWT_ALGORITHMS.join(', ')}`
    : `Expected one of ${JWT_ALGORITHMS.join(', ')} but received ${issue.received}`,
)

const keyEntries = {
  jwksUrl: v.optional(httpUrl),
  jwks: v.optional(
    v.pipe(
      v.looseObject(described('JwtKeySet', { keys: v.array(v.record(v.string(), v.unknown())) })),
      v.rawCheck(({ dataset, addIssue }) => {
        if (dataset.typed) for (const message of KeySet.from(dataset.value).ignored) addIssue({ message })
      }),
    ),
  ),
  jwksFile: v.optional(text),
  pem: v.optional(
    v.pipe(
      v.union([text, v.pipe(v.array(text), v.minLength(1, 'Give at least one key'))]),
      v.rawCheck(({ dataset, addIssue }) => {
        if (dataset.typed) for (const message of KeySet.fromPem(dataset.value).ignored) addIssue({ message })
      }),
    ),
  ),
  pemFile: v.optional(text),
  secrets: v.optional(
    v.pipe(
      v.array(
        optionsOf('JwtSecret', {
          value: text,
          encoding: v.optional(v.picklist(['utf8', 'base64', 'base64url', 'hex'])),
          kid: v.optional(text),
        }),
      ),
      v.minLength(1, 'Give at least one secret'),
    ),
  ),
}

const issuer = v.pipe(
  optionsOf('JwtIssuerOptions', {
    // Printable ASCII: it may go to the upstream as a header.
    issuer: token,
    audience: v.union([text, v.pipe(v.array(text), v.minLength(1, 'Name at least one audience'))]),
    algorithms: v.pipe(v.array(algorithm), v.minLength(1, 'Name at least one algorithm')),
    ...keyEntries,
    clockToleranceMs: v.optional(whole(0, 600_000), 5_000),
    typ: v.optional(text),
    requiredClaims: v.optional(v.array(text), ['exp']),
    maxTokenAgeMs: v.optional(whole(1, LONGEST_MS)),
    futureIat: v.optional(v.boolean(), false),
    scopeClaim: v.optional(text),
  }),
  v.forward(
    v.check(
      (one) => keySourcesOf(one).length > 0 || (isHttpUrl(one.issuer) && !one.issuer.includes('?')),
      'Discovery needs an issuer that is an http:// or https:// address; give jwksUrl for any other',
    ),
    ['issuer'],
  ),
  v.check(
    (one) => keySourcesOf(one).length <= 1,
    ({ input }) => `Keys come from one place, but ${keySourcesOf(input).join(' and ')} are given`,
  ),
  v.forward(
    v.check(
      (one) => one.secrets !== undefined || !one.algorithms.some(isSymmetric),
      ({ input }) =>
        `"${input.algorithms.find(isSymmetric)}" is refused without secrets: with it, everyone who can verify a token can make one. Use one of ${JWT_ALGORITHMS.join(', ')}`,
    ),
    ['algorithms'],
  ),
  v.forward(
    v.check(
      (one) => one.secrets === undefined || one.algorithms.every(isSymmetric),
      'An issuer with secrets can only have HS256, HS384 and HS512: name its public keys under an issuer of their own',
    ),
    ['algorithms'],
  ),
  v.forward(
    v.check(
      (one) => secretFault(one.secrets ?? [], one.algorithms) === undefined,
      ({ input }) => secretFault(input.secrets ?? [], input.algorithms) as string,
    ),
    ['secrets'],
  ),
)

/** Schema of the option `jwt`. */
export const jwtIssuersSchema: v.GenericSchema<
  readonly JwtIssuerOptions[],
  readonly ResolvedJwtIssuerOptions[]
> = v.pipe(
  v.array(issuer),
  v.check(
    (all) => new Set(all.map((one) => one.issuer)).size === all.length,
    'Two entries have the same issuer',
  ),
)

function keySourcesOf(one: JwtIssuerOptions): readonly (keyof JwtKeyOptions)[] {
  const names: readonly (keyof JwtKeyOptions)[] = ['jwksUrl', 'jwks', 'jwksFile', 'pem', 'pemFile', 'secrets']
  return names.filter((name) => one[name] !== undefined)
}
