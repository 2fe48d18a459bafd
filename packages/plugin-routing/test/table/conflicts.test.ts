import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RouteMatch } from '../../src/options/match-options.ts'
import { findConflict } from '../../src/table/conflicts.ts'
import { readMatch } from '../../src/table/read-match.ts'
import type { MatchedRequest } from '../../src/table/request-values.ts'
import { naiveBest } from './_naive-matcher.ts'

const conflictOf = (routes: readonly RouteMatch[]) =>
  findConflict(routes.map((route) => readMatch(route, [])))

describe('a tie', () => {
  it.each<[string, RouteMatch, RouteMatch, string | undefined]>([
    ['of equal matches', { path: '/a' }, { path: '/a/' }, undefined],
    ['in one method', { method: ['GET', 'PUT'] }, { method: ['PUT', 'POST'] }, 'PUT'],
    ['in another spelling', { host: 'A.b', exactPath: '/%61' }, { host: 'a.B', exactPath: '/a' }, undefined],
    ['of other names for parameters', { pathPattern: '/{a}/{b}' }, { pathPattern: '/{b}/{c}' }, undefined],
    ['of a prefix and the same with a rest', { path: '/a' }, { pathPattern: '/a/{rest*}' }, undefined],
    ['of conditions on two headers', { headers: { a: '1' } }, { headers: { b: '1' } }, undefined],
    ['of a value and its start', { headers: { a: '12' } }, { headers: { a: { prefix: '1' } } }, undefined],
    ['of two starts', { query: { a: { prefix: '1' } } }, { query: { a: { prefix: '12' } } }, undefined],
    ['of a value and any', { query: { a: '' } }, { query: { a: { present: true } } }, undefined],
    [
      'of lists that overlap',
      { method: ['GET', 'PUT'], headers: { a: '1', b: '2' } },
      { method: ['POST', 'PUT'], headers: { b: '2', c: '3' } },
      'PUT',
    ],
  ])('%s', (_, first, second, method) => {
    expect(conflictOf([first, second])).toEqual({ kind: 'tie', first: 0, second: 1, method })
    expect(conflictOf([second, first])).toEqual({ kind: 'tie', first: 0, second: 1, method })
  })

  it.each<[string, RouteMatch, RouteMatch]>([
    ['hosts differ', { host: 'a' }, { host: '*.a' }],
    ['paths differ', { path: '/a' }, { exactPath: '/a' }],
    ['methods differ', { method: 'GET' }, { method: 'POST' }],
    ['only one names a method', { method: 'GET' }, {}],
    ['values exclude each other', { headers: { a: '1' } }, { headers: { a: '2' } }],
    ['case differs in the query', { query: { a: 'x' } }, { query: { a: 'X' } }],
    ['a value does not start that way', { headers: { a: '21' } }, { headers: { a: { prefix: '1' } } }],
    ['one asks for more headers', { headers: { a: '1', b: '1' } }, { headers: { c: '1' } }],
    ['one asks for more of the query', { query: { a: '1' } }, {}],
  ])('is none where %s', (_, first, second) => {
    expect(conflictOf([first, second])).toBeUndefined()
  })

  it('is none where a more specific route takes what both match', () => {
    const version = { headers: { version: '2' } }
    const color = { headers: { color: 'blue' } }
    expect(conflictOf([version, color])).toMatchObject({ kind: 'tie' })
    expect(conflictOf([version, color, { headers: { version: '2', color: 'blue' } }])).toBeUndefined()
    // Only for one of the methods.
    const both = { method: 'GET', headers: { version: '2', color: 'blue' } }
    expect(conflictOf([version, color, both])).toMatchObject({ kind: 'tie', method: undefined })
  })

  it('is found among thousands of routes that one header tells apart', () => {
    const tenants = Array.from({ length: 5_000 }, (_, index) => ({ headers: { 'x-tenant': `t${index}` } }))
    expect(conflictOf(tenants)).toBeUndefined()
    expect(conflictOf([...tenants, { headers: { 'X-Tenant': 't17' } }])).toMatchObject({
      first: 17,
      second: 5_000,
    })
  })

  it('is feared where values leave no character to try', () => {
    const all = String.fromCharCode(...Array.from({ length: 0x7e - 0x20 }, (_, index) => 0x21 + index))
    const routes = [{ headers: { a: all } }, { headers: { b: '1' } }]
    expect(conflictOf(routes)).toMatchObject({ kind: 'tie' })
    expect(conflictOf([...routes.slice(0, 1), { path: '/b' }])).toBeUndefined()
  })
})

describe('a route that no request reaches', () => {
  it('is one whose prefix is taken to pieces by more specific paths', () => {
    const pieces = [{ exactPath: '/a' }, { exactPath: '/a/' }, { pathPattern: '/a/{x}/{rest*}' }]
    expect(conflictOf([...pieces, { path: '/a' }])).toEqual({
      kind: 'unreachable',
      first: 2,
      second: 3,
      method: undefined,
    })
    expect(conflictOf([...pieces.slice(1), { path: '/a' }])).toBeUndefined()
    expect(conflictOf([...pieces, { host: 'h', path: '/a' }])).toBeUndefined()
    expect(conflictOf([...pieces, { path: '/a', method: 'GET' }])).toMatchObject({ kind: 'unreachable' })
  })

  it('is one whose conditions are among those of more specific paths', () => {
    const pieces = [
      { exactPath: '/a', headers: { x: { present: true } } as const },
      { exactPath: '/a/', headers: { x: { prefix: '1' } } },
      { pathPattern: '/a/{x}/{rest*}', method: ['GET', 'PUT'] },
    ]
    const method = 'GET'
    expect(conflictOf([...pieces, { path: '/a', method, headers: { x: '12' } }])).toMatchObject({ second: 3 })
    expect(conflictOf([...pieces, { path: '/a', method, headers: { x: '2' } }])).toBeUndefined()
    expect(conflictOf([...pieces, { path: '/a', headers: { x: '12' } }])).toBeUndefined()
  })
})

describe('against trying every request', () => {
  // Few words, and for each place one that no route can name: what these requests do not meet, none does.
  const hosts = ['h', 'x.h', 'other']
  const paths = [
    '/',
    '/a',
    '/a/',
    '/a/a',
    '/a/a/',
    '/a/o',
    '/a/o/',
    '/o',
    '/o/',
    '/o/a',
    '/o/a/',
    '/o/o',
    '/o/o/',
    '/o/o/o',
    '/a/a/o',
    '/a/o/o',
    '/o/a/o',
    '/o/o/o/',
    '/a/o/o/',
    '/a/a/o/',
    '/o/a/o/',
  ]
  const methods = ['GET', 'PUT', 'OTHER']
  const values = [undefined, '1', '12', '1o', 'o']
  const requests = hosts.flatMap((authority) =>
    paths.flatMap((path) =>
      methods.flatMap((method) =>
        values.flatMap((a) =>
          values.map(
            (b): MatchedRequest => ({
              authority,
              path,
              method,
              requestHeaders: a === undefined ? [] : ['a', a],
              query: b === undefined ? '' : `?b=${b}`,
            }),
          ),
        ),
      ),
    ),
  )

  const value = fc.constantFrom('1', '12', { prefix: '1' }, { present: true } as const)
  const optional = <TValue>(arbitrary: fc.Arbitrary<TValue>, weight = 2) =>
    fc.oneof({ arbitrary: fc.constant(undefined), weight }, { arbitrary, weight: 1 })
  const smallMatch: fc.Arbitrary<RouteMatch> = fc
    .tuple(
      optional(fc.constantFrom('h', '*.h'), 4),
      fc.constantFrom<RouteMatch>(
        {},
        { path: '/a' },
        { exactPath: '/a' },
        { exactPath: '/a/' },
        { exactPath: '/' },
        { pathPattern: '/{x}' },
        { pathPattern: '/a/{x}' },
        { pathPattern: '/{x}/a' },
        { pathPattern: '/a/{x}/' },
        { pathPattern: '/{x}/{rest*}' },
        { pathPattern: '/a/{x}/{rest*}' },
      ),
      optional(fc.constantFrom<string | readonly string[]>('GET', 'PUT', ['GET', 'PUT'])),
      optional(value, 3),
      optional(value, 3),
    )
    .map(([host, path, method, a, b]) => ({
      host,
      ...path,
      method,
      headers: a === undefined ? undefined : { a },
      query: b === undefined ? undefined : { b },
    }))

  it('ties and routes without requests are the same ones', () => {
    const kinds = new Set<string | undefined>()
    fc.assert(
      fc.property(fc.array(smallMatch, { minLength: 2, maxLength: 6 }), (routes) => {
        const best = requests.map((request) => naiveBest(routes, request))
        const reached = new Set(best.flat())
        const tied = best.some(({ length }) => length > 1)
        const conflict = conflictOf(routes)
        kinds.add(conflict?.kind)
        if (tied) {
          expect(conflict?.kind).toBe('tie')
          const pair = [conflict?.first, conflict?.second]
          expect(best.some((winners) => pair.every((index) => winners.includes(index as number)))).toBe(true)
        } else if (reached.size < routes.length) {
          expect(conflict?.kind).toBe('unreachable')
          expect(reached.has(conflict?.second as number)).toBe(false)
          expect(reached.has(conflict?.first as number)).toBe(true)
        } else {
          expect(conflict).toBeUndefined()
        }
      }),
      {
        numRuns: 150,
        examples: [
          [[{ exactPath: '/a' }, { exactPath: '/a/' }, { pathPattern: '/a/{x}/{rest*}' }, { path: '/a' }]],
        ],
      },
    )
    expect(kinds).toEqual(new Set(['tie', 'unreachable', undefined]))
  }, 60_000)
})
