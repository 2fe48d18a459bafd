/**
 * The published rules of the Kubernetes Gateway API, as cases. Sources: `HTTPRouteSpec.hostnames` and
 * `HTTPRouteRule.matches` (https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule), and the project's conformance
 * tests `httproute-matching`, `-matching-across-routes`, `-path-match-order`, `-exact-path-matching`, `-header-matching`,
 * `-query-param-matching` and `-method-matching`.
 *
 * One rule differs on purpose: what the specification decides by the age of a route, by its name or by its place in a
 * list, is refused here (decision 0013).
 */
import { describe, expect, it } from 'vitest'
import type { RouteMatch } from '../../src/options/match-options.ts'
import { findConflict } from '../../src/table/conflicts.ts'
import { readMatch } from '../../src/table/read-match.ts'
import { requestOf, tableOf } from './_requests.ts'

/** Routes, and requests with the route that the specification sends them to. */
interface Suite {
  readonly routes: Readonly<Record<string, RouteMatch>>
  readonly cases: readonly (readonly [expected: string | undefined, line: string, ...headers: string[]])[]
}

const conflictOf = (routes: readonly RouteMatch[]) =>
  findConflict(routes.map((route) => readMatch(route, [])))

const suites: Readonly<Record<string, Suite>> = {
  'hostnames: characters in a matching name without wildcard, then characters in a matching name': {
    routes: {
      exact: { host: 'very.specific.com' },
      wildcard: { host: '*.specific.com' },
      longer: { host: '*.foo.specific.com' },
      top: { host: '*.com' },
      rest: {},
    },
    cases: [
      ['exact', 'GET very.specific.com/'],
      ['exact', 'GET very.specific.com:1234/'],
      ['exact', 'GET VERY.specific.com/'],
      ['wildcard', 'GET non.matching.specific.com/'],
      ['wildcard', 'GET foo.specific.com/'],
      ['longer', 'GET bar.foo.specific.com/'],
      ['longer', 'GET a.b.foo.specific.com/'],
      ['top', 'GET specific.com/'],
      ['top', 'GET veryspecific.com/'],
      ['rest', 'GET com/'],
    ],
  },
  'httproute-matching': {
    routes: {
      v1: { path: '/' },
      v1Header: { headers: { version: 'one' } },
      v2: { path: '/v2' },
      v2Header: { headers: { version: 'two' } },
    },
    cases: [
      ['v1', 'GET a/'],
      ['v1', 'GET a/example'],
      ['v1Header', 'GET a/', 'Version: one'],
      ['v2', 'GET a/v2'],
      ['v2', 'GET a/v2/example'],
      ['v2Header', 'GET a/', 'Version: two'],
      ['v2', 'GET a/v2/'],
      ['v1', 'GET a/v2example'],
      ['v1', 'GET a/foo/v2/example'],
    ],
  },
  'httproute-matching-across-routes': {
    routes: {
      com1: { host: 'example.com', path: '/' },
      com1Header: { host: 'example.com', headers: { version: 'one' } },
      net1: { host: 'example.net', path: '/' },
      net1Header: { host: 'example.net', headers: { version: 'one' } },
      com2: { host: 'example.com', path: '/v2' },
      com2Header: { host: 'example.com', headers: { version: 'two' } },
    },
    cases: [
      ['com1', 'GET example.com/'],
      ['com1', 'GET example.com/example'],
      ['net1', 'GET example.net/example'],
      ['com1Header', 'GET example.com/example', 'Version: one'],
      ['com2', 'GET example.com/v2'],
      ['net1', 'GET example.net/v2'],
      ['com2', 'GET example.com/v2/example'],
      ['com2Header', 'GET example.com/', 'Version: two'],
    ],
  },
  'httproute-path-match-order': {
    routes: {
      exact: { exactPath: '/match' },
      exact2: { exactPath: '/match/exact' },
      exact3: { exactPath: '/match/exact/one' },
      prefix: { path: '/match/' },
      prefix2: { path: '/match/prefix/' },
      prefix3: { path: '/match/prefix/one' },
    },
    cases: [
      ['exact3', 'GET a/match/exact/one'],
      ['exact2', 'GET a/match/exact'],
      ['exact', 'GET a/match'],
      ['prefix3', 'GET a/match/prefix/one/any'],
      ['prefix2', 'GET a/match/prefix/any'],
      ['prefix', 'GET a/match/any'],
    ],
  },
  'httproute-exact-path-matching': {
    routes: { one: { exactPath: '/one' }, two: { exactPath: '/two' } },
    cases: [
      ['one', 'GET a/one'],
      ['two', 'GET a/two'],
      [undefined, 'GET a/'],
      [undefined, 'GET a/one/example'],
      [undefined, 'GET a/two/'],
      [undefined, 'GET a/Two'],
    ],
  },
  'httproute-header-matching, with a route for each pair of conditions that one request can meet': {
    routes: {
      one: { headers: { version: 'one' } },
      two: { headers: { version: 'two' } },
      orange: { headers: { version: 'two', color: 'orange' } },
      blue: { headers: { color: 'blue' } },
      red: { headers: { color: 'red' } },
      oneBlue: { headers: { version: 'one', color: 'blue' } },
      oneRed: { headers: { version: 'one', color: 'red' } },
      twoBlue: { headers: { version: 'two', color: 'blue' } },
      twoRed: { headers: { version: 'two', color: 'red' } },
    },
    cases: [
      ['one', 'GET a/', 'Version: one'],
      ['two', 'GET a/', 'Version: two'],
      ['orange', 'GET a/', 'Version: two', 'Color: orange'],
      ['twoBlue', 'GET a/', 'Version: two', 'Color: blue'],
      [undefined, 'GET a/', 'Color: orange'],
      [undefined, 'GET a/', 'Some-Other-Header: one'],
      ['blue', 'GET a/', 'Color: blue'],
      ['red', 'GET a/', 'Color: red'],
      [undefined, 'GET a/', 'Color: purple'],
    ],
  },
  'httproute-query-param-matching': {
    routes: {
      whale: { query: { animal: 'whale' } },
      dolphin: { query: { animal: 'dolphin' } },
      blueDolphin: { query: { animal: 'dolphin', color: 'blue' } },
      path1: { path: '/path1', query: { animal: 'whale' } },
      one: { headers: { version: 'one' }, query: { animal: 'whale' } },
      path2: { path: '/path2', headers: { version: 'two' }, query: { animal: 'whale' } },
      path3: { path: '/path3', query: { animal: 'shark' } },
      path4: { path: '/path4', headers: { version: 'three' }, query: { animal: 'kraken' } },
      path5: { path: '/path5' },
      hydra: { query: { animal: 'hydra' } },
      four: { headers: { version: 'four' } },
    },
    cases: [
      ['whale', 'GET a/?animal=whale'],
      ['dolphin', 'GET a/?animal=dolphin'],
      ['blueDolphin', 'GET a/?animal=dolphin&color=blue'],
      [undefined, 'GET a/?ANIMAL=Whale'],
      ['whale', 'GET a/?animal=whale&otherparam=irrelevant'],
      ['dolphin', 'GET a/?animal=dolphin&color=yellow'],
      [undefined, 'GET a/?color=blue'],
      [undefined, 'GET a/?animal=dog'],
      [undefined, 'GET a/?animal=whaledolphin'],
      [undefined, 'GET a/'],
      ['path1', 'GET a/path1?animal=whale'],
      ['one', 'GET a/?animal=whale', 'version: one'],
      ['path2', 'GET a/path2?animal=whale', 'version: two'],
      ['path3', 'GET a/path3?animal=shark'],
      ['path4', 'GET a/path4?animal=kraken', 'version: three'],
      [undefined, 'GET a/?animal=shark'],
      [undefined, 'GET a/path4?animal=kraken'],
      ['path5', 'GET a/path5?animal=hydra'],
      ['four', 'GET a/?animal=hydra', 'version: four'],
      // "it is recommended that implementations should match against the first value"
      ['whale', 'GET a/?animal=whale&animal=dolphin'],
    ],
  },
  'httproute-method-matching': {
    routes: {
      post: { method: 'POST' },
      get: { method: 'GET' },
      path1: { path: '/path1', method: 'GET' },
      put: { headers: { version: 'one' }, method: 'PUT' },
      path2: { path: '/path2', headers: { version: 'two' }, method: 'POST' },
      path3: { path: '/path3', method: 'PATCH' },
      path4: { path: '/path4', headers: { version: 'three' }, method: 'DELETE' },
      path5: { path: '/path5' },
      patch: { method: 'PATCH' },
      four: { headers: { version: 'four' } },
    },
    cases: [
      ['post', 'POST a/'],
      ['get', 'GET a/'],
      [undefined, 'HEAD a/'],
      ['path1', 'GET a/path1'],
      ['put', 'PUT a/', 'version: one'],
      ['path2', 'POST a/path2', 'version: two'],
      ['path3', 'PATCH a/path3'],
      ['path4', 'DELETE a/path4', 'version: three'],
      [undefined, 'PUT a/'],
      [undefined, 'DELETE a/path4'],
      ['path5', 'PATCH a/path5'],
      ['patch', 'PATCH a/', 'version: four'],
    ],
  },
}

for (const [name, { routes, cases }] of Object.entries(suites)) {
  describe(name, () => {
    const asked = cases.map(([expected, line, ...headers]) => ({
      expected,
      request: requestOf(line, ...headers),
      line,
      headers,
    }))
    it.each(asked)('$expected takes $line $headers', ({ expected, request }) => {
      expect(tableOf(routes).find(request)).toBe(expected)
    })

    it('has no conflict', () => {
      expect(conflictOf(Object.values(routes))).toBeUndefined()
    })
  })
}

/** One step of the order: what has it comes before what has everything that follows it. */
const steps: readonly (readonly [string, RouteMatch])[] = [
  ['an exact path', { exactPath: '/a/b' }],
  ['the longest prefix', { path: '/a/b' }],
  ['a shorter prefix', { path: '/a' }],
  ['a method', { method: 'GET' }],
  ['more headers', { headers: { h: '1', i: '1' } }],
  ['fewer headers', { headers: { h: '1' } }],
  ['more of the query', { query: { q: '1', r: '1' } }],
  ['less of the query', { query: { q: '1' } }],
  ['nothing', {}],
]

describe('the order of the criteria, "continuing on ties"', () => {
  const request = requestOf('GET x/a/b?q=1&r=1', 'h: 1', 'i: 1')
  const after = (index: number): RouteMatch =>
    Object.assign(
      {},
      ...steps
        .slice(index + 1)
        .map(([, match]) => match)
        .toReversed(),
    ) as RouteMatch

  it.each(steps.slice(0, -1).map(([name, match], index) => [name, match, steps.slice(index + 1)] as const))(
    '%s decides, whatever the other has of what comes later',
    (_, match, later) => {
      for (const [, other] of later) expect(tableOf({ other, match }).find(request)).toBe('match')
    },
  )

  it.each([
    ['an exact path', 0],
    ['a method', 3],
    ['more headers', 4],
  ] as const)('%s alone comes before all that is later together', (_, index) => {
    const [, match] = steps[index] as (typeof steps)[number]
    const { path: _path, ...rest } = after(index)
    const all = index < 3 ? { ...rest, path: '/a/b' } : rest
    expect(tableOf({ all, match }).find(request)).toBe('match')
  })

  it('and a host comes before all of them', () => {
    const all: RouteMatch = {
      exactPath: '/a/b',
      method: 'GET',
      headers: { h: '1', i: '1' },
      query: { q: '1' },
    }
    expect(tableOf({ all, host: { host: 'x' } }).find(request)).toBe('host')
    expect(
      tableOf({ all: { ...all, host: '*.x' }, host: { host: 'a.x' } }).find({ ...request, authority: 'a.x' }),
    ).toBe('host')
  })
})

describe('where the specification goes by age, name or place in the list', () => {
  it.each<[string, RouteMatch, RouteMatch]>([
    [
      'two headers in httproute-header-matching',
      { headers: { version: 'two' } },
      { headers: { color: 'blue' } },
    ],
    [
      'two parameters in httproute-query-param-matching',
      { query: { animal: 'dolphin' } },
      { query: { ANIMAL: 'Whale' } },
    ],
    ['the same match', { path: '/a', method: 'GET' }, { path: '/a', method: 'GET' }],
  ])('%s are refused', (_, first, second) => {
    expect(conflictOf([first, second])).toMatchObject({ kind: 'tie', first: 0, second: 1 })
  })
})
