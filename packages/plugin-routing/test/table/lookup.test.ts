import { describe, expect, it } from 'vitest'
import type { RouteMatch } from '../../src/options.ts'
import { compileTable, findTie, type Match } from '../../src/table/compile.ts'
import { readMatch } from '../../src/table/read-match.ts'
import { naiveFind } from './_naive-matcher.ts'

interface Target {
  readonly id: string
}

const read = (match: RouteMatch): Match => readMatch(match, ['match'])

function tableOf(matches: Readonly<Record<string, RouteMatch>>) {
  const rules = Object.entries(matches).map(([id, match]) => ({ match: read(match), target: { id } }))
  return compileTable<Target>(rules)
}

describe('precedence', () => {
  const table = tableOf({
    any: {},
    anyPost: { method: 'POST' },
    orders: { path: '/orders' },
    ordersDeep: { path: '/orders/archive/2024' },
    ordersDelete: { path: '/orders/archive', method: ['DELETE', 'PURGE'] },
    ordersExact: { exactPath: '/orders' },
    ordersSlash: { exactPath: '/orders/', method: 'PUT' },
    host: { host: 'shop.internal', path: '/a' },
    hostGet: { host: 'shop.internal', path: '/a', method: 'GET' },
    hostDeep: { host: 'shop.internal', exactPath: '/a/b' },
    wild: { host: '*.shop.internal' },
    wildLong: { host: '*.eu.shop.internal', path: '/a' },
    wildPost: { host: '*.eu.shop.internal', path: '/a/b', method: 'POST' },
    logical: { host: 'orders' },
  })

  it.each([
    // Path: exact before prefix, longer prefixes before shorter ones, by whole segments.
    ['x', '/', 'GET', 'any'],
    ['x', '/', 'POST', 'anyPost'],
    ['x', '/nowhere/at/all', 'GET', 'any'],
    ['x', '/orders', 'GET', 'ordersExact'],
    ['x', '/orders/', 'GET', 'orders'],
    ['x', '/orders/', 'PUT', 'ordersSlash'],
    ['x', '/orders/7', 'GET', 'orders'],
    ['x', '/orders2', 'GET', 'any'],
    ['x', '/Orders', 'GET', 'any'],
    ['x', '/orders;v=1', 'GET', 'any'],
    ['x', '/orders//archive', 'GET', 'orders'],
    ['x', '/orders/archive/2024/7', 'GET', 'ordersDeep'],
    ['x', '/orders/archive/2024', 'GET', 'ordersDeep'],
    ['x', '/orders/archive/20245', 'GET', 'orders'],
    // Method: within one path; where none fits, shorter paths get their turn.
    ['x', '/orders/archive/1', 'DELETE', 'ordersDelete'],
    ['x', '/orders/archive/1', 'PURGE', 'ordersDelete'],
    ['x', '/orders/archive/1', 'GET', 'orders'],
    ['x', '/orders/7', 'POST', 'orders'],
    ['x', '*', 'OPTIONS', 'any'],
    // Host: name, longest suffix, any; port and case do not count.
    ['shop.internal', '/a', 'GET', 'hostGet'],
    ['SHOP.internal:8080', '/a', 'POST', 'host'],
    ['shop.internal.', '/a/b', 'GET', 'hostDeep'],
    ['eu.shop.internal', '/a', 'GET', 'wild'],
    ['de.eu.shop.internal', '/a', 'GET', 'wildLong'],
    ['fr.de.eu.shop.internal:1', '/a/b', 'POST', 'wildPost'],
    ['fr.de.eu.shop.internal:1', '/a/b', 'GET', 'wildLong'],
    ['orders', '/7', 'GET', 'logical'],
    // A host whose routes do not fit leaves the request to a less specific one.
    ['de.eu.shop.internal', '/b', 'GET', 'wild'],
    ['shop.internal', '/orders', 'GET', 'ordersExact'],
    ['shop.internal', '/b', 'POST', 'anyPost'],
    ['ashop.internal', '/a', 'GET', 'any'],
  ])('%s %s %s goes to %s', (authority, path, method, id) => {
    expect(table.find(authority, path, method)?.id).toBe(id)
  })

  it('does not depend on the order of the routes', () => {
    const reversed = tableOf({ any: { path: '/a' }, get: { path: '/a', method: 'GET' } })
    expect(reversed.find('x', '/a', 'GET')?.id).toBe('get')
  })
})

it('finds nothing where no route fits', () => {
  const table = tableOf({ a: { host: 'a', path: '/a', method: 'GET' } })
  expect(table.find('a', '/a', 'POST')).toBeUndefined()
  expect(table.find('a', '/b', 'GET')).toBeUndefined()
  expect(table.find('b', '/a', 'GET')).toBeUndefined()
  expect(tableOf({}).find('a', '/a', 'GET')).toBeUndefined()
})

it('does not mistake names that every object has for segments, hosts or paths', () => {
  const table = tableOf({ a: { path: '/a' }, b: { host: 'b' } })
  for (const name of ['constructor', '__proto__', 'toString']) {
    expect(table.find(name, `/${name}`, name)).toBeUndefined()
  }
})

it('gives up on a name of thousands of labels at once', () => {
  const table = tableOf({ wild: { host: '*.a' } })
  expect(table.find(`${'a.'.repeat(5_000)}a`, '/', 'GET')).toBeUndefined()
})

describe('against a matcher that tries every route and takes the best', () => {
  // A fixed seed: a failure can be run again.
  const random = lcg(20_260_101)
  const pick = <TValue>(values: readonly TValue[]): TValue =>
    values[Math.floor(random() * values.length)] as TValue
  const hosts = [undefined, 'a', 'b.a', 'c.b.a', '*.a', '*.b.a', '*.c.b.a']
  const segments = ['x', 'y', 'xy', '']
  const somePath = () =>
    `/${Array.from({ length: Math.floor(random() * 4) }, () => pick(segments)).join('/')}`
  const routePath = () => somePath().replace(/\/{2,}/g, '/')
  const methods = [undefined, 'GET', 'POST', ['GET', 'PUT'], ['DELETE']]

  it('the table finds the same route, for random routes and requests', () => {
    for (let round = 0; round < 150; round++) {
      const matches: Match[] = []
      for (let i = 0; i < 25; i++) {
        const path = random() < 0.15 ? {} : { [random() < 0.3 ? 'exactPath' : 'path']: routePath() }
        const match = read({ host: pick(hosts), method: pick(methods), ...path })
        if (!findTie([...matches, match])) matches.push(match)
      }
      const rules = matches.map((match, index) => ({ match, target: { id: String(index) } }))
      const table = compileTable<Target>(rules)
      for (let i = 0; i < 60; i++) {
        const request = {
          authority: pick(['a', 'A:80', 'b.a', 'c.b.a', 'd.c.b.a', 'x.y.b.a', 'z', 'ba', 'b.a.']),
          path: pick([somePath(), somePath(), '*']),
          method: pick(['GET', 'POST', 'PUT', 'DELETE', 'PATCH']),
        }
        const found = table.find(request.authority, request.path, request.method)
        expect(found?.id, JSON.stringify({ request, matches })).toBe(naiveFind(rules, request)?.id)
      }
    }
  })
})

/** A small generator of numbers in 0…1 that gives the same ones each time. */
function lcg(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 0x1_0000_0000
  }
}
