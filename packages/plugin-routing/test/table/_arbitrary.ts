/** Random routes and requests over few words, so that they meet often. */
import fc from 'fast-check'
import type { RouteMatch, ValueMatch } from '../../src/options/match-options.ts'
import type { MatchedRequest } from '../../src/table/request-values.ts'

const HOSTS = ['a', 'b.a', 'c.b.a', '*.a', '*.b.a', '*.c.b.a', 'B.A', '[::1]'] as const
const AUTHORITIES = [
  'a',
  'A:80',
  'b.a',
  'c.b.a',
  'd.c.b.a',
  'x.y.b.a',
  'z',
  'ba',
  'b.a.',
  'C.b.A.:443',
  '[::1]:80',
] as const
const SEGMENTS = ['x', 'y', 'xy', 'x.y', '__proto__'] as const
const VALUES = ['', '1', '12', '1, 1', 'é'] as const
const NAMES = ['p', 'q', '__proto__x'] as const

/** Mostly nothing: a match that asks for everything fits no request. */
const optional = <TValue>(value: fc.Arbitrary<TValue>) =>
  fc.oneof({ arbitrary: fc.constant(undefined), weight: 3 }, { arbitrary: value, weight: 1 })
const record = <TValue>(value: fc.Arbitrary<TValue>) =>
  optional(fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 2, noNullPrototype: true }))

const valueMatch = (values: readonly string[]): fc.Arbitrary<ValueMatch> =>
  fc.oneof(
    fc.constantFrom(...values),
    fc.record({ exact: fc.constantFrom(...values) }),
    fc.record({ prefix: fc.constantFrom(...values.filter((value) => value !== '')) }),
    fc.constant({ present: true } as const),
  )

const routePath = fc
  .array(fc.constantFrom(...SEGMENTS), { maxLength: 3 })
  .map((segments) => `/${segments.join('/')}`)

/** At least one parameter, each with a name of its own; a literal slash or a rest at the end, sometimes. */
const pathPattern = fc
  .tuple(
    fc.array(fc.constantFrom(...SEGMENTS, null), { minLength: 1, maxLength: 3 }),
    fc.constantFrom('', '', '/', '/{rest*}'),
  )
  .filter(([segments, end]) => segments.includes(null) || end === '/{rest*}')
  .map(([segments, end]) => `/${segments.map((segment, index) => segment ?? `{p${index}}`).join('/')}${end}`)

const paths: fc.Arbitrary<RouteMatch> = fc.oneof(
  fc.constant({}),
  routePath.map((path) => ({ path })),
  fc.tuple(routePath, fc.constantFrom('', '/')).map(([path, end]) => ({
    exactPath: path === '/' ? path : path + end,
  })),
  pathPattern.map((pattern) => ({ pathPattern: pattern })),
)

/** Any match that a route can have. */
export const anyMatch: fc.Arbitrary<RouteMatch> = fc
  .tuple(
    optional(fc.constantFrom(...HOSTS)),
    paths,
    optional(
      fc.oneof(
        fc.constantFrom('GET', 'POST'),
        fc.constantFrom<readonly string[]>(['GET', 'PUT'], ['DELETE'], ['POST', 'PUT']),
      ),
    ),
    record(valueMatch(VALUES.filter((value) => value !== 'é'))),
    record(valueMatch(VALUES)),
  )
  .map(([host, path, method, headers, query]) => ({ host, ...path, method, headers, query }))

/** Never `*`: the gateway answers that itself. */
const requestPath = fc
  .array(fc.constantFrom(...SEGMENTS, 'z', ''), { maxLength: 5 })
  .map((segments) => `/${segments.join('/')}`)

/** Spellings of the same query, and of queries that nearly say the same. */
const query = fc
  .array(
    fc.tuple(
      fc.constantFrom(...NAMES, '%70', 'P', ''),
      fc.constantFrom('', '=', '=1', '=%31', '=12', '=1,+1', '=1%2C%201', '=%C3%A9', '=%e9', '=%'),
    ),
    { maxLength: 3 },
  )
  .map((pairs) => (pairs.length === 0 ? '' : `?${pairs.map((pair) => pair.join('')).join('&')}`))

const requestHeaders = fc
  .array(fc.tuple(fc.constantFrom(...NAMES, 'P', 'r'), fc.constantFrom('', '1', '12', '2')), { maxLength: 3 })
  .map((lines) => lines.flat())

/** Any request that can reach the table. */
export const anyRequest: fc.Arbitrary<MatchedRequest> = fc.record({
  authority: fc.constantFrom(...AUTHORITIES),
  path: requestPath,
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH'),
  query,
  requestHeaders,
})
