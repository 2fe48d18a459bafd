import { definePlugin } from '@postern/core'
import { describe, expect, it } from 'vitest'
import type { RouteMatch, RouteOptions } from '../../src/index.ts'
import { deadAddress, startRouting } from '../_support/services.ts'
import { startEcho } from './_echo.ts'

type Rewrite = NonNullable<RouteOptions['rewrite']>

/** What the upstream gets of one request. */
async function send(
  match: RouteMatch,
  rewrite: Rewrite,
  path: string,
  { base = '', headers = {}, doubleSlash = false } = {},
) {
  await using echo = await startEcho()
  await using gateway = startRouting(
    {
      services: { orders: { endpoints: [`${echo.url}${base}`] } },
      routes: [{ match, to: 'orders', rewrite }],
    },
    doubleSlash ? { paths: { doubleSlash: 'keep' } } : {},
  )
  const response = await gateway.gateway.fetch(`http://shop.internal${path}`, { headers })
  await response.text()
  const [received] = echo.received
  if (!received) throw new Error(`The upstream got nothing: ${response.status}`)
  return { ...received, authority: echo.authority }
}

describe('the path that the upstream gets', () => {
  const prefix = { path: '/orders' }
  const pattern = { pathPattern: '/shops/{shop}/items/{id}' }
  const open = { pathPattern: '/t/{tenant}/{rest*}' }
  it.each<[string, RouteMatch, Rewrite['path'], string, string]>([
    ['a prefix', prefix, { replacePrefix: '/v2' }, '/orders/7?a=1', '/v2/7?a=1'],
    ['a prefix alone', prefix, { replacePrefix: '/v2' }, '/orders', '/v2'],
    ['a prefix with a slash', prefix, { replacePrefix: '/v2/' }, '/orders/', '/v2/'],
    ['a prefix by nothing', prefix, { replacePrefix: '/' }, '/orders/a/orders', '/a/orders'],
    ['a prefix by nothing, alone', prefix, { replacePrefix: '/' }, '/orders', '/'],
    ['a prefix of everything', {}, { replacePrefix: '/v2' }, '/7', '/v2/7'],
    ['a template', pattern, { template: '/i/{id}/of/{shop}' }, '/shops/a%20b/items/7', '/i/7/of/a%20b'],
    ['a template without parameters', pattern, { template: '/one' }, '/shops/a/items/7?b', '/one?b'],
    ['a template and the rest', open, { template: '/x/{rest*}' }, '/t/blue/a/b', '/x/a/b'],
    ['a template and no rest', open, { template: '/x/{rest*}' }, '/t/blue', '/x'],
    ['a template and an empty rest', open, { template: '/x/{rest*}' }, '/t/blue/', '/x/'],
    ['the rest alone', open, { template: '/{rest*}' }, '/t/blue', '/'],
    ['an encoded question mark', pattern, { template: '/{id}' }, '/shops/a/items/7%3Fa%23', '/7%3Fa%23'],
  ])('%s', async (_, match, path, asked, expected) => {
    expect((await send(match, { path }, asked)).url).toBe(expected)
    expect((await send(match, { path }, asked, { base: '/base' })).url).toBe(`/base${expected}`)
  })

  it('never starts with two slashes, which would be an authority', async () => {
    const keep = { doubleSlash: true }
    const strip = { path: { replacePrefix: '/' } }
    expect((await send(prefix, strip, '/orders//evil.test/a', keep)).url).toBe('/evil.test/a')
    const rest = { path: { template: '/{rest*}' } }
    expect((await send(open, rest, '/t/blue//evil.test/a', keep)).url).toBe('/evil.test/a')
  })
})

describe('the query that the upstream gets', () => {
  const match = { pathPattern: '/orders/{id}' }
  it.each<[string, Rewrite['query'], string, string]>([
    ['untouched', {}, '?a=%7e&b=+&&c', '?a=%7e&b=+&&c'],
    ['added', { add: { d: '1 &=é' } }, '?a=%7e&&b', '?a=%7e&&b&d=1%20%26%3D%C3%A9'],
    ['added to none', { add: { d: '1' } }, '', '?d=1'],
    ['set', { set: { a: '2' } }, '?a=1&b=%7e&%61=3&a', '?b=%7e&a=2'],
    ['removed, whatever its spelling', { remove: ['a b', 'c'] }, '?a+b=1&a%20b&d&c=', '?d'],
    ['removed to the last', { remove: ['a'] }, '?a=1', ''],
    ['with a parameter of the path', { set: { id: '<{id}>' } }, '?x', '?x&id=%3C7%26b%3D%252%3E'],
  ])('%s', async (_, query, asked, expected) => {
    expect((await send(match, { query }, `/orders/7&b=%252${asked}`)).url).toBe(`/orders/7&b=%252${expected}`)
  })
})

describe('the headers that the upstream gets', () => {
  const match = { pathPattern: '/orders/{id}/{rest*}' }

  it('are added, set and removed; a parameter stands as the client encoded it', async () => {
    const { raw, headers } = await send(
      match,
      {
        requestHeaders: {
          add: { 'X-Many': 'three' },
          set: { 'x-order': 'no {id} at "{rest}" {not a name}', 'x-old': 'new' },
          remove: ['X-Secret', 'x-absent'],
        },
      },
      '/orders/a%20%E2%82%AC/b/c',
      { headers: { 'x-many': 'one', 'x-old': 'old', 'x-secret': 's' } },
    )
    expect(headers['x-order']).toBe('no a%20%E2%82%AC at "b/c" {not a name}')
    expect([headers['x-old'], headers['x-secret']]).toEqual(['new', undefined])
    expect(raw.filter((_, i) => i % 2 === 1 && raw[i - 1]?.toLowerCase() === 'x-many')).toEqual([
      'one',
      'three',
    ])
  })

  it('have the host of the endpoint, the one that the client asked for, or another', async () => {
    const ask = async (host?: Rewrite['host']) => send({}, host ? { host } : {}, '/')
    const plain = await ask()
    expect(plain.headers.host).toBe(plain.authority)
    expect((await ask('keep')).headers.host).toBe('shop.internal')
    const named = await ask({ name: 'Shop.Example:8080' })
    expect(named.headers.host).toBe('shop.example:8080')
    expect(named.raw.filter((name) => name.toLowerCase() === 'host')).toHaveLength(1)
  })
})

describe('a rewrite', () => {
  it('is the same for every attempt', async () => {
    await using echo = await startEcho()
    await using gateway = startRouting({
      services: { orders: { endpoints: [await deadAddress(), echo.url] } },
      routes: [
        {
          match: { path: '/a' },
          to: 'orders',
          rewrite: {
            path: { replacePrefix: '/a/b' },
            query: { add: { x: '1' } },
            requestHeaders: { add: { 'x-a': '1' } },
          },
        },
      ],
    })
    for (let i = 0; i < 4; i++) await gateway.ask('http://gateway/a/7?q')
    expect(echo.received.map(({ url }) => url)).toEqual(Array(4).fill('/a/b/7?q&x=1'))
    expect(echo.received.map(({ headers }) => headers['x-a'])).toEqual(Array(4).fill('1'))
  })

  it('of a header that a guard owns is refused, in any spelling, and not where the guard is off', async () => {
    const guard = definePlugin({
      name: 'guard',
      version: '1.0.0',
      api: '1.0',
      fault: 'guard',
      ownsRequestHeaders: () => ['x-user'],
      setup() {},
    })
    const start = (rewrite: Rewrite, plugins?: RouteOptions['plugins']) => {
      const routes = [{ match: {}, to: 'orders', rewrite, plugins }]
      const options = { services: { orders: { endpoints: ['http://127.0.0.1:1'] } }, routes }
      return startRouting(options, {}, [guard()]).gateway.close()
    }
    const message = 'routes[0].rewrite.requestHeaders: found x'
    expect(() => start({ requestHeaders: { set: { 'X-User': 'admin' } } })).toThrow(`${message}-user, which`)
    expect(() => start({ requestHeaders: { remove: ['x_user'] } })).toThrow(`${message}_user, which`)
    await start({ requestHeaders: { set: { 'x-user': 'a' } } }, { guard: 'off' })
  })
})
