import { createGateway, isGatewayError } from '@postern/core'
import { describe, expect, it } from 'vitest'
import { type RouteOptions, type RoutingOptions, routing } from '../src/index.ts'

const services = {
  orders: { endpoints: ['http://127.0.0.1:4001'] },
  stock: { endpoints: ['http://127.0.0.1:4002'] },
}

/** What `createGateway` says about options that are wrong. */
function problemOf(options: unknown): { message: string; path: unknown } {
  try {
    void createGateway([routing(options as RoutingOptions)], { logger: false }).close()
  } catch (error) {
    if (!isGatewayError(error)) throw error
    expect(error).toMatchObject({ code: 'GW_PLUGIN_OPTIONS_INVALID', plugin: '@postern/plugin-routing' })
    const [issue] = (error as { issues?: readonly { path?: unknown }[] }).issues ?? []
    return { message: error.message, path: issue?.path }
  }
  throw new Error('The options were accepted.')
}

const problemOfRoute = (...routes: Partial<RouteOptions>[]) =>
  problemOf({ services, routes: routes.map((route) => ({ match: {}, to: 'orders', ...route })) })

describe('a route is refused, with its place and the fix', () => {
  it.each<[string, Partial<RouteOptions>[], string, string]>([
    ['to an unknown service', [{ to: 'ordrs' }], 'routes[0].to', 'did you mean "orders"?'],
    ['to a service that is nothing like one', [{ to: 'billing' }], 'routes[0].to', 'services: orders, stock'],
    ['to a name that every object has', [{ to: 'constructor' }], 'routes[0].to', 'services: orders, stock'],
    [
      'that ties with another',
      [{ match: { path: '/a' } }, { id: 'x', match: { path: '/a/' } }],
      'routes[1].match',
      'for any method as in routes[0]',
    ],
    [
      'that ties in one method',
      [{ match: { method: ['GET', 'PUT'] } }, { match: { method: ['PUT', 'POST'] } }],
      'routes[1].match',
      'for PUT as in routes[0]',
    ],
    [
      'that ties in another spelling',
      [{ match: { host: 'A.b', exactPath: '/%61' } }, { match: { host: 'a.B', exactPath: '/a' } }],
      'routes[1].match',
      'as in routes[0]',
    ],
    [
      'that ties in conditions that one request can meet',
      [{ match: { headers: { a: '1' } } }, { id: 'b', match: { headers: { b: { present: true } } } }],
      'routes[1].match',
      'as in routes[0] ("/* (a=1)"), and as many conditions on headers and query, which one request can meet: ' +
        'nothing ranks routes[1] ("b")',
    ],
    [
      'that no request reaches',
      [
        { match: { path: '/a' } },
        { match: { exactPath: '/a' } },
        { match: { exactPath: '/a/' } },
        { match: { pathPattern: '/a/{b}/{rest*}' } },
      ],
      'routes[0].match',
      'routes[0] ("/a/*"), which no request reaches: what it matches goes to more specific routes, such as ' +
        'routes[3] ("/a/{b}/{rest*}")',
    ],
    [
      'with the id of another',
      [
        { id: 'a', match: { path: '/a' } },
        { id: 'a', match: { path: '/b' } },
      ],
      'routes[1].id',
      'the id of routes[0]',
    ],
    ["with the id of the gateway's own", [{ id: 'default' }], 'routes[0].id', "the gateway's own route"],
    ['that strips a prefix it does not have', [{ stripPrefix: true }], 'routes[0].stripPrefix', 'match.path'],
    [
      'that strips an exact path',
      [{ match: { exactPath: '/a' }, stripPrefix: true }],
      'routes[0].stripPrefix',
      'match.path',
    ],
    [
      'with two kinds of path',
      [{ match: { path: '/a', exactPath: '/a' } }],
      'routes[0].match',
      'one of them',
    ],
    [
      'with a path without slash',
      [{ match: { path: 'orders' } }],
      'routes[0].match.path',
      'does not start with a slash',
    ],
    [
      'with three kinds of path',
      [{ match: { path: '/a', exactPath: '/a', pathPattern: '/{a}' } }],
      'routes[0].match',
      'exactPath and pathPattern',
    ],
    [
      'with a pattern without parameter',
      [{ match: { pathPattern: '/a' } }],
      'routes[0].match.pathPattern',
      'exactPath',
    ],
    [
      'that strips a pattern',
      [{ match: { pathPattern: '/a/{rest*}' }, stripPrefix: true }],
      'routes[0].stripPrefix',
      'match.path',
    ],
    [
      'with a name that no header has',
      [{ match: { headers: { 'x tenant': '1' } } }],
      'routes[0].match.headers.x tenant',
      '"x-tenant"',
    ],
    ['with no name at all', [{ match: { headers: { '': '1' } } }], 'routes[0].match.headers.', '"x-tenant"'],
    [
      'with the host as a header',
      [{ match: { headers: { Host: 'a' } } }],
      'routes[0].match.headers.Host',
      'match.host',
    ],
    [
      'with a header that goes no further',
      [{ match: { headers: { Upgrade: 'websocket' } } }],
      'routes[0].match.headers.Upgrade',
      'routes can see',
    ],
    [
      'with a header in two spellings',
      [{ match: { headers: { 'X-A': '1', 'x-a': '1' } } }],
      'routes[0].match.headers',
      'each header once',
    ],
    ...['a\nb', ' a', 'a ', 'é', '\0'].map((value): [string, Partial<RouteOptions>[], string, string] => [
      `with a value that no header has: ${JSON.stringify(value)}`,
      [{ match: { headers: { a: value } } }],
      'routes[0].match.headers.a',
      'printable ASCII',
    ]),
    [
      'with a start that no header has',
      [{ match: { headers: { a: { prefix: ' a' } } } }],
      'routes[0].match.headers.a',
      'printable ASCII',
    ],
    [
      'with half a character in the query',
      [{ match: { query: { a: '\ud800' } } }],
      'routes[0].match.query.a',
      'query can encode',
    ],
    ['with a query in the path', [{ match: { exactPath: '/a?b' } }], 'routes[0].match.exactPath', 'query'],
    [
      'with a port in the host',
      [{ match: { host: 'orders:80' } }],
      'routes[0].match.host',
      'without scheme or port',
    ],
    [
      'with a star in the middle',
      [{ match: { host: 'a.*.b' } }],
      'routes[0].match.host',
      '"*.shop.internal"',
    ],
  ])('%s', (_, routes, place, fix) => {
    const { message } = problemOfRoute(...routes)
    expect(message).toContain(`${place}: found `)
    expect(message).toContain(fix)
  })

  it('and the place is data, for tools that show the line', () => {
    expect(problemOfRoute({}, { match: { path: '/a' }, to: 'x' }).path).toEqual(['routes', 1, 'to'])
  })
})

describe('a service is refused', () => {
  it.each([
    ['without an address', [], 'services.orders.endpoints', 'at least one'],
    ['with text for an address', ['http://a', 'not a url'], 'services.orders.endpoints[1]', 'not a URL'],
    ['with another scheme', ['ftp://a'], 'services.orders.endpoints[0]', 'found ftp://'],
    ['with credentials', ['http://me:s3cret@a'], 'services.orders.endpoints[0]', 'found credentials'],
    ['with a query', ['http://a/?key=s3cret'], 'services.orders.endpoints[0]', 'found a query'],
    ['with an empty query', ['http://a/?'], 'services.orders.endpoints[0]', 'found a query'],
    [
      'with an address twice',
      ['http://a', 'http://A/'],
      'services.orders.endpoints[1]',
      'endpoints[0] again',
    ],
  ])('%s', (_, endpoints, place, found) => {
    const { message } = problemOf({ services: { orders: { endpoints } }, routes: [] })
    expect(message).toContain(place)
    expect(message).toContain(found)
    expect(message).not.toContain('s3cret')
  })
})

describe('the balancing of a service is refused', () => {
  it.each([
    ['a policy that is none', { balance: 'p3c' }, 'balance', '"p2c" | "least-requests" | "round-robin"'],
    [
      'a mistyped key of a hash',
      { balance: { hash: 'caller', bounded: 2 } },
      'balance.bounded',
      'boundedLoad',
    ],
    ['a hash of nothing', { balance: { boundedLoad: 2 } }, 'balance.hash', '"hash"'],
    ['a hash of something else', { balance: { hash: 'principal' } }, 'balance.hash', '"client-address"'],
    [
      'a mistyped key',
      { balance: { hash: { heder: 'x-user' } } },
      'balance.hash',
      '{ header } or { cookie }',
    ],
    [
      'two keys',
      { balance: { hash: { header: 'a', cookie: 'b' } } },
      'balance.hash',
      '{ header } or { cookie }',
    ],
    ['a header that is none', { balance: { hash: { header: 'x user' } } }, 'balance.hash.header', 'a token'],
    [
      'a bound below the mean',
      { balance: { hash: 'caller', boundedLoad: 0.9 } },
      'balance.boundedLoad',
      '>=1',
    ],
    ['a time that is none', { slowStartMs: -1 }, 'slowStartMs', '>=0'],
    ['a mistyped option', { ejectMS: 1 }, 'ejectMS', 'Did you mean "ejectMs"?'],
    ['a negative weight', { endpoints: [{ url: 'http://a', weight: -1 }] }, 'endpoints[0].weight', '>=0'],
    [
      'a mistyped weight',
      { endpoints: [{ url: 'http://a', wieght: 1 }] },
      'endpoints[0].wieght',
      '"weight"?',
    ],
    ['an empty zone', { endpoints: [{ url: 'http://a', zone: '' }] }, 'endpoints[0].zone', 'one character'],
    ['a weight without a URL', { endpoints: [{ weight: 1 }] }, 'endpoints[0].url', '"url"'],
    [
      'what core refuses of an endpoint',
      { endpoints: [{ url: 'http://a', tls: { cert: 'a' } }] },
      'endpoints[0].tls',
      'belong',
    ],
    ['an endpoint that is neither', { endpoints: [5] }, 'endpoints[0]', 'Expected Object'],
  ])('%s', (_, orders, place, needed) => {
    const { message } = problemOf({
      services: { orders: { endpoints: ['http://a'], ...orders } },
      routes: [],
    })
    expect(message).toContain(`services.orders.${place}: `)
    expect(message).toContain(needed)
  })
})

describe('the shape of options is checked', () => {
  it.each<readonly [string, unknown, string]>([
    [
      'a mistyped key',
      { services, routes: [{ match: { pth: '/a' }, to: 'orders' }] },
      'Did you mean "path"?',
    ],
    [
      'a key that comes later',
      { services, routes: [{ match: {}, to: 'orders', mirror: 'stock' }] },
      'mirror',
    ],
    [
      'a method in lower case',
      { services, routes: [{ match: { method: 'get' }, to: 'orders' }] },
      'upper case',
    ],
    [
      'no method at all',
      { services, routes: [{ match: { method: [] }, to: 'orders' }] },
      'at least one method',
    ],
    [
      'a condition without a form',
      { services, routes: [{ match: { headers: { a: {} } }, to: 'orders' }] },
      '{ present: true }',
    ],
    [
      'a condition that must not be there',
      { services, routes: [{ match: { query: { a: { present: false } } }, to: 'orders' }] },
      '{ present: true }',
    ],
    [
      'a condition with two forms',
      { services, routes: [{ match: { headers: { a: { exact: 'a', prefix: 'a' } } }, to: 'orders' }] },
      'one of { exact }',
    ],
    [
      'a pattern of a value',
      { services, routes: [{ match: { headers: { a: { pattern: '(a+)+' } } }, to: 'orders' }] },
      'one of { exact }',
    ],
    [
      'a start without a character',
      { services, routes: [{ match: { headers: { a: { prefix: '' } } }, to: 'orders' }] },
      'at least one character',
    ],
    [
      'headers that are no object',
      { services, routes: [{ match: { headers: 'x' }, to: 'orders' }] },
      'routes[0].match.headers',
    ],
    ...['__proto__', 'constructor', 'prototype'].map(
      (name) =>
        [
          `a name that would be dropped: ${name}`,
          {
            services,
            routes: [{ match: { query: JSON.parse(`{ "${name}": "1" }`) as object }, to: 'orders' }],
          },
          'JavaScript keeps for itself',
        ] as const,
    ),
    [
      'a time that is none',
      { services, routes: [{ match: {}, to: 'orders', timeouts: { totalMs: -1 } }] },
      'totalMs',
    ],
    ['no routes', { services }, 'routes'],
  ])('%s', (_, options, named) => {
    expect(problemOf(options).message).toContain(named)
  })

  it('and a table without routes is one, too', async () => {
    await createGateway([routing({ services, routes: [] })], { logger: false }).close()
  })
})
