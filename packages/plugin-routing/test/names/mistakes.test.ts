import { createGateway } from '@postern/core'
import { describe, expect, it } from 'vitest'
import { type RouteOptions, type RoutingOptions, routing, type ServiceAlias } from '../../src/index.ts'

type Aliases = Readonly<Record<string, readonly (string | ServiceAlias)[]>>

const ROUTES: RouteOptions[] = [
  { match: { host: 'orders' }, to: 'orders' },
  { match: { host: 'stock' }, to: 'stock' },
]

function start(options: RoutingOptions): void {
  void createGateway([routing(options)], { logger: false }).close()
}

function startWith(aliases: Aliases, routes = ROUTES): void {
  const service = (name: string, port: number) => ({
    endpoints: [`http://127.0.0.1:${port}`],
    aliases: aliases[name],
  })
  start({ services: { orders: service('orders', 1), stock: service('stock', 2) }, routes })
}

describe('aliases are refused, with both that are in each other’s way', () => {
  it.each<[string, Aliases, RouteOptions[], string[]]>([
    [
      'of two services',
      { orders: ['a'], stock: ['A'] },
      ROUTES,
      ['services.stock.aliases[0]', 'the alias "a" of "orders"'],
    ],
    [
      'with the name of a service',
      { orders: ['Stock'] },
      ROUTES,
      ['services.orders.aliases[0]', 'the service "stock"'],
    ],
    [
      'with its own name',
      { orders: ['orders'] },
      ROUTES,
      ['services.orders.aliases[0]', 'is the new one, orders'],
    ],
    [
      'where a route stands',
      { orders: ['a'] },
      [...ROUTES, { id: 'real', match: { host: 'a' }, to: 'stock' }],
      ['routes[2].match', 'routes[0] ("orders/*") at a, the old name "a" of "orders"', 'routes[2] ("real")'],
    ],
    [
      'where routes leave nothing',
      { stock: [{ name: 'x', movedFrom: '/x', movedTo: '/stock' }] },
      [
        ...ROUTES,
        { match: { exactPath: '/stock' }, to: 'stock' },
        { match: { exactPath: '/x' }, to: 'orders' },
      ],
      ['routes[3].match', 'routes[2] ("/stock") at /x, the old name "x" of "stock"'],
    ],
    [
      'that lead nowhere',
      { orders: [{ name: 'x', movedFrom: '/x', movedTo: '/orders' }] },
      ROUTES,
      ['services.orders.aliases[0]', 'whose place /x no route would serve', 'match.path "/orders"'],
    ],
    [
      'that no route would serve',
      { orders: ['a'] },
      [{ match: { host: 'b' }, to: 'orders' }],
      ['match.host "orders"'],
    ],
    ['with a host that none is', { orders: ['*.a'] }, ROUTES, ['services.orders.aliases[0]', '"*.a"']],
    [
      'with a path that none is',
      { orders: [{ name: 'a', movedFrom: '/a?b' }] },
      ROUTES,
      ['aliases[0].movedFrom', 'a query'],
    ],
    [
      'that end before they begin',
      { orders: [{ name: 'a', since: '2020-01-02', until: '2020-01-01' }] },
      ROUTES,
      ['aliases[0].until'],
    ],
    [
      'with a date that is none',
      { orders: [{ name: 'a', until: '2027-02-30' }] },
      ROUTES,
      ['aliases[0].until', 'Expected a date'],
    ],
    [
      'with a mistyped key',
      { orders: [{ name: 'a', untill: '2027-02-01' } as ServiceAlias] },
      ROUTES,
      ['Did you mean "until"?'],
    ],
    [
      'with a name in to that is only a place',
      { orders: [{ name: 'a', movedFrom: '/a' }] },
      [...ROUTES, { match: { path: '/b' }, to: 'a' }],
      ['routes[2].to'],
    ],
  ])('%s', (_, aliases, routes, parts) => {
    for (const part of parts) expect(() => startWith(aliases, routes)).toThrow(part)
  })

  it.each([
    [{ deprecation: { link: 'not an address' } }, 'deprecation.link'],
    [{ ledger: {} }, 'nameLedger()'],
  ])('%j', (given, part) => {
    const services = { orders: { endpoints: ['http://127.0.0.1:1'] } }
    expect(() => start({ services, routes: [], ...(given as object) })).toThrow(part)
  })

  it('and nothing else: the same routes with good aliases start', () => {
    startWith({ orders: ['a', { name: 'b', until: '2027-03-01T00:00:00Z' }], stock: ['c'] })
  })
})
