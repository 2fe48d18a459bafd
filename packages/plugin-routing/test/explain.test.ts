import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ExplainedRequest, explainRoute, type RouteMatch, type RouteOptions } from '../src/index.ts'
import { findConflict } from '../src/table/conflicts.ts'
import { readMatch } from '../src/table/read-match.ts'
import { anyMatch, anyRequest } from './table/_arbitrary.ts'
import { naiveBest } from './table/_naive-matcher.ts'

const routesOf = (matches: readonly RouteMatch[]): RouteOptions[] =>
  matches.map((match, index) => ({ id: `r${index}`, match, to: 's' }))

describe('an explanation', () => {
  const routes: RouteOptions[] = [
    { match: {}, to: 'rest' },
    { match: { path: '/orders' }, to: 'orders' },
    { match: { pathPattern: '/orders/{id}/lines/{line}' }, to: 'lines' },
    { id: 'reports', match: { host: '*.reports.internal', path: '/orders' }, to: 'reports' },
    { match: { host: 'orders' }, to: 'orders' },
    { match: { path: '/orders', method: ['PUT', 'POST'] }, to: 'writes' },
    { match: { path: '/orders', headers: { 'X-Tenant': 'blue' } }, to: 'blue' },
    {
      match: { path: '/orders', headers: { 'x-tenant': { prefix: 'b' }, 'x-beta': { present: true } } },
      to: 'beta',
    },
    { match: { path: '/orders', query: { version: '2' } }, to: 'v2' },
  ]
  const ask = (request: ExplainedRequest) => explainRoute({ routes }, request)

  it('names the route that won, its parameters, and why each of the others did not', () => {
    const { path, route, pathParameters, considered } = ask({
      host: 'gateway:80',
      path: '/%6frders/a%20b/lines/3',
    })
    expect(path).toBe('/orders/a%20b/lines/3')
    expect(route).toEqual({
      id: '/orders/{id}/lines/{line}',
      index: 2,
      to: 'lines',
      outcome: 'won',
      why: 'the most specific route that fits',
    })
    expect({ ...pathParameters }).toEqual({ id: 'a b', line: '3' })
    expect(considered.map(({ index, outcome, why }) => [index, outcome, why])).toEqual([
      [4, 'host', 'the host is not orders'],
      [3, 'host', 'the host is not below reports.internal'],
      [2, 'won', 'the most specific route that fits'],
      [5, 'method', 'the method is not POST or PUT'],
      [7, 'header', 'the header x-beta is missing'],
      [6, 'header', 'the header x-tenant is missing'],
      [8, 'query', 'the query parameter version is missing'],
      [1, 'less-specific', '"/orders/{id}/lines/{line}" is more specific by its path'],
      [0, 'less-specific', '"/orders/{id}/lines/{line}" is more specific by its path'],
    ])
  })

  const outcomesOf = (request: ExplainedRequest) =>
    Object.fromEntries(
      ask(request).considered.map(({ index, outcome, why }) => [index, `${outcome}: ${why}`]),
    )

  it('says which criterion decided', () => {
    const all = { method: 'PUT', host: 'a.reports.internal', path: '/orders' }
    expect(outcomesOf(all)).toMatchObject({
      3: 'won: the most specific route that fits',
      5: 'less-specific: "reports" is more specific by its host',
    })
    const writes = { ...all, host: 'x', headers: ['x-tenant', 'blue'], query: 'version=2' }
    expect(outcomesOf(writes)).toMatchObject({
      6: 'less-specific: "/orders/* (POST,PUT)" is more specific by its method',
      8: 'less-specific: "/orders/* (POST,PUT)" is more specific by its method',
    })
    const blue = {
      host: 'x',
      path: '/orders',
      headers: { 'X-Tenant': 'blue', 'x-beta': '' },
      query: '?version=2',
    }
    expect(outcomesOf(blue)).toMatchObject({
      6: 'less-specific: "/orders/* (x-beta=*; x-tenant=b*)" is more specific by its headers',
      8: 'less-specific: "/orders/* (x-beta=*; x-tenant=b*)" is more specific by its headers',
    })
    expect(outcomesOf({ host: 'x', path: '/orders', query: 'version=2' })).toMatchObject({
      1: 'less-specific: "/orders/* (?version=2)" is more specific by its query',
    })
  })

  it('lists the routes in the order of precedence, whatever their order in the options', () => {
    const ordered: RouteMatch[] = [
      { host: 'b.a' },
      { host: '*.b.a', path: '/' },
      { host: '*.a', exactPath: '/' },
      { exactPath: '/a/b' },
      { path: '/a/b' },
      { pathPattern: '/a/{x}' },
      { pathPattern: '/a/{x}/{rest*}' },
      { exactPath: '/a' },
      { path: '/a', method: 'GET' },
      { path: '/a', headers: { h: '1', i: '1' } },
      { path: '/a', headers: { h: '1' }, query: { q: '1' } },
      { path: '/a', headers: { h: '1' } },
      { path: '/a', query: { q: '1' } },
      { path: '/a' },
      { pathPattern: '/{x}/b' },
      {},
    ]
    const { considered } = explainRoute({ routes: routesOf(ordered.toReversed()) }, { host: 'x', path: '/' })
    expect(considered.map(({ id }) => id)).toEqual(
      [...ordered.keys()].toReversed().map((index) => `r${index}`),
    )
  })

  it('never repeats a value of the request', () => {
    const secret = {
      host: 'x',
      path: '/orders',
      headers: { 'x-tenant': 's3cret', 'x-beta': 's3cret' },
      query: 'version=s3cret',
    }
    expect(outcomesOf(secret)).toMatchObject({
      6: 'header: the header x-tenant is not "blue"',
      7: 'header: the header x-tenant does not start with "b"',
      8: 'query: the query parameter version is not "2"',
    })
    expect(JSON.stringify(ask(secret))).not.toContain('s3cret')
  })

  it('says when no route fits', () => {
    const { route, pathParameters, considered } = explainRoute(
      { routes: routes.slice(1, 3) },
      { host: 'x', path: '/stock' },
    )
    expect(route).toBeUndefined()
    expect({ ...pathParameters }).toEqual({})
    expect(considered.map(({ why }) => why)).toEqual([
      'the path is not /orders/{id}/lines/{line}',
      'the path is not /orders/*',
    ])
  })

  it('refuses what the gateway would refuse', () => {
    expect(() => ask({ host: 'x', path: '/a/../b' })).toThrow('dot segment')
    expect(ask({ host: 'x', path: '/a/../orders', paths: { dotSegments: 'resolve' } }).path).toBe('/orders')
    expect(() => explainRoute({ routes: routesOf([{}, {}]) }, { host: 'x', path: '/' })).toThrow(
      'routes[1].match',
    )
  })
})

it('agrees with a matcher that tries every route, for random routes and requests', () => {
  fc.assert(
    fc.property(fc.array(anyMatch, { maxLength: 10 }), anyRequest, (given, request) => {
      const matches: RouteMatch[] = []
      for (const match of given)
        if (!findConflict([...matches, match].map((one) => readMatch(one, [])))) matches.push(match)
      const { authority: host, requestHeaders: headers, ...rest } = request
      const paths = { doubleSlash: 'keep' } as const
      const { route, considered } = explainRoute(
        { routes: routesOf(matches) },
        { ...rest, host, headers, paths },
      )
      expect(route === undefined ? [] : [route.index]).toEqual(naiveBest(matches, request))
      expect(considered.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual([...matches.keys()])
      for (const { index, outcome } of considered) {
        const fits = naiveBest([matches[index] as RouteMatch], request).length > 0
        expect(['won', 'less-specific'].includes(outcome)).toBe(fits)
      }
    }),
    { numRuns: 1_000 },
  )
})
