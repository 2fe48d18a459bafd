import { createServer } from 'node:http'
import { createGateway, definePlugin } from '@postern/core'
import { describe, expect, it } from 'vitest'
import { type RouteOptions, routing } from '../../src/index.ts'
import { listening } from '../_support/listening.ts'
import { startRouting } from '../_support/services.ts'
import { startEcho } from './_echo.ts'

/** The route that most cases ask about, as `http://shop.internal/orders/…`. */
const STRIPPED: Partial<RouteOptions> = { match: { path: '/orders' }, stripPrefix: true }

/** What the client gets of one header of an upstream. */
async function back(
  name: string,
  value: string,
  route: Partial<RouteOptions> = STRIPPED,
  { base = '', path = '/orders/7' } = {},
): Promise<string | null> {
  await using echo = await startEcho([[name, value]], 201)
  await using gateway = startRouting({
    services: { orders: { endpoints: [`${echo.url}${base}`, 'http://localhost:1/o'] } },
    routes: [{ match: {}, to: 'orders', ...route }],
  })
  const response = await gateway.gateway.fetch(`http://shop.internal${path}`)
  // Nobody listens at the other endpoint: whoever is asked first, the echo answers.
  await response.text()
  return response.headers.get(name)?.replaceAll(echo.authority, 'SELF') ?? null
}

describe('a reference to the upstream is mapped back', () => {
  const replaced: Partial<RouteOptions> = {
    match: { path: '/orders' },
    rewrite: { path: { replacePrefix: '/v2' } },
  }
  it.each<[string, string, string, Partial<RouteOptions>?, { base?: string; path?: string }?]>([
    ['its address', 'http://{self}/8?a=1#b', '/orders/8?a=1#b'],
    ['its address alone', 'http://{self}', '/orders/'],
    ['its address in another scheme', 'https://{self}/8', '/orders/8'],
    ['its address without a scheme', '//{self}/8', '/orders/8'],
    ['another endpoint of the service', 'http://LOCALHOST:1/o/8', '/orders/8'],
    ['a path', '/8', '/orders/8'],
    ['a path with dots', '/a/../8', '/orders/8'],
    ['the root', '/', '/orders/'],
    ['a prefix that was replaced', '/v2/8', '/orders/8', replaced],
    ['a prefix that was replaced, alone', 'http://{self}/v2', '/orders', replaced],
    ['a base path', '/base/8', '/orders/8', STRIPPED, { base: '/base' }],
    ['a base path without a rewrite', '/base/orders/8', '/orders/8', {}, { base: '/base' }],
    ['an address without a rewrite', 'http://{self}/orders/8', '/orders/8', {}],
    [
      'the host that it was told',
      'http://api.internal/8',
      '/orders/8',
      { ...STRIPPED, rewrite: { host: { name: 'api.internal:80' } } },
    ],
    [
      'the host that was kept',
      'http://shop.internal/8',
      '/orders/8',
      { ...STRIPPED, rewrite: { host: 'keep' } },
    ],
    [
      'the rest of a template',
      'http://{self}/x/c',
      '/t/blue/c',
      { match: { pathPattern: '/t/{tenant}/{rest*}' }, rewrite: { path: { template: '/x/{rest*}' } } },
      { path: '/t/blue/a/b' },
    ],
    ['what would be an authority', 'http://{self}//evil.test/a', '/orders//evil.test/a'],
    ['what would be an authority without a prefix', 'http://{self}//evil.test/a', '/evil.test/a', {}],
    ['the same with a backslash', 'http://{self}/\\evil.test/a', '/evil.test/a', {}],
  ])('%s', async (_, given, expected, route, options) => {
    expect(await back('location', given, route, options)).toBe(expected)
    expect(await back('content-location', given, route, options)).toBe(expected)
  })
})

describe('any other reference stays', () => {
  it.each<[string, string, Partial<RouteOptions>?, { base?: string }?]>([
    ['elsewhere', 'https://idp.example/login?back=http://x/'],
    ['elsewhere without a scheme', '//idp.example/8'],
    ['elsewhere behind a backslash', '/\\idp.example/8'],
    ['the same host on another port', 'http://127.0.0.1:1/8'],
    ["the client's own address", 'http://shop.internal/8'],
    ['a relative one', '../8'],
    ['another scheme', 'myapp://{self}/8'],
    ['outside of the base path', '/other/8', STRIPPED, { base: '/base' }],
    ['outside of the base path, by a part of a segment', '/base2/8', STRIPPED, { base: '/base' }],
    ['no URL', 'http://[/8'],
    ['with mapBack off', 'http://{self}/8', { ...STRIPPED, rewrite: { mapBack: false } }],
    [
      'of a template that cannot be turned around',
      'http://{self}/x',
      { match: { pathPattern: '/orders/{id}' }, rewrite: { path: { template: '/x' } } },
    ],
  ])('%s', async (_, given, route, options) => {
    expect(await back('location', given, route, options)).toBe(given.replaceAll('{self}', 'SELF'))
  })
})

describe('a cookie of the upstream is mapped back', () => {
  it.each<[string, string, string, Partial<RouteOptions>?, { base?: string }?]>([
    ['path', 'a=1; Path=/', 'a=1; Path=/orders'],
    ['path below', 'a=1; HttpOnly; path=/x; Secure', 'a=1; HttpOnly; Path=/orders/x; Secure'],
    ['no path', 'a=1; HttpOnly', 'a=1; HttpOnly'],
    ['no attributes', 'a=path=/', 'a=path=/'],
    ['base path', 'a=1; Path=/base/x/', 'a=1; Path=/x/', {}, { base: '/base' }],
    ['what covers the base path', 'a=1; Path=/', 'a=1; Path=/', {}, { base: '/base' }],
    ['what covers base path and prefix', 'a=1; Path=/', 'a=1; Path=/orders', STRIPPED, { base: '/base' }],
    ['elsewhere', 'a=1; Path=/x', 'a=1; Path=/x', STRIPPED, { base: '/base' }],
    ['bound to the root', '__Host-a=1; Path=/; Secure', '__Host-a=1; Path=/; Secure'],
    ['domain', 'a=1; Domain=127.0.0.1; Path=/', 'a=1; Path=/orders'],
    [
      'a domain above',
      'a=1; domain=.Backend.internal',
      'a=1',
      { rewrite: { host: { name: 'x.backend.internal:81' } } },
    ],
    [
      'a domain that is the client’s, too',
      'a=1; Domain=internal',
      'a=1; Domain=internal',
      { rewrite: { host: { name: 'x.internal' } } },
    ],
    ['a foreign domain', 'a=1; Domain=example.com', 'a=1; Domain=example.com'],
    ['not when it is off', 'a=1; Path=/', 'a=1; Path=/', { ...STRIPPED, rewrite: { mapBack: false } }],
  ])('%s', async (_, given, expected, route, options) => {
    expect(await back('set-cookie', given, route, options)).toBe(expected)
  })
})

it('response headers are added, set and removed, and only of an upstream’s answer', async () => {
  await using echo = await startEcho([
    ['server', 'secret/1.0'],
    ['x-a', '1'],
    ['x-a', '2'],
  ])
  const refuse = definePlugin({
    name: 'refuse',
    version: '1.0.0',
    api: '1.0',
    fault: 'guard',
    setup({ hooks }) {
      hooks.onRoute.tap((route) =>
        route.hooks.preForward.tap(({ query }) =>
          query === '?no' ? { status: 302, headers: ['location', '/login', 'server', 'guard'] } : undefined,
        ),
      )
    },
  })
  await using gateway = startRouting(
    {
      services: { orders: { endpoints: [echo.url] } },
      routes: [
        {
          match: { pathPattern: '/orders/{id}' },
          to: 'orders',
          rewrite: {
            path: { template: '/' },
            responseHeaders: { remove: ['Server'], set: { 'x-a': '{id}' }, add: { 'x-b': 'b' } },
          },
        },
      ],
    },
    {},
    [refuse()],
  )
  const { headers } = await gateway.gateway.fetch('http://gateway/orders/7')
  expect([headers.get('server'), headers.get('x-a'), headers.get('x-b')]).toEqual([null, '7', 'b'])
  const refused = await gateway.gateway.fetch('http://gateway/orders/7?no', { redirect: 'manual' })
  expect([refused.headers.get('location'), refused.headers.get('server')]).toEqual(['/login', 'guard'])
})

/** Sends whoever asks for `/from` on to its own address, with a cookie; `/to` says what came. */
async function startRedirecting() {
  const server = createServer((request, response) => {
    const { localPort: port } = request.socket
    if (request.url === '/from') {
      const headers = [
        'location',
        `http://127.0.0.1:${port}/to`,
        'set-cookie',
        'sid=1; Path=/; Domain=127.0.0.1',
      ]
      response.writeHead(302, headers).end()
    } else response.end(`${request.url} ${request.headers.cookie ?? 'no cookie'}`)
  })
  return listening(server)
}

describe('a client follows a redirect of the upstream', () => {
  const options = (url: string) => ({
    services: { orders: { endpoints: [url] } },
    routes: [{ match: { path: '/api/orders' }, to: 'orders', stripPrefix: true }],
  })

  it('through the gateway as a server', async () => {
    await using upstream = await startRedirecting()
    await using gateway = startRouting(options(upstream.url))
    const { port } = await gateway.gateway.listen({ port: 0 })
    const response = await fetch(`http://127.0.0.1:${port}/api/orders/from`)
    expect(response.url).toBe(`http://127.0.0.1:${port}/api/orders/to`)
    expect(await response.text()).toBe('/to no cookie')
  })

  it('in the caller seat, by the logical name', async () => {
    await using upstream = await startRedirecting()
    await using gateway = startRouting(options(upstream.url))
    const dispatcher = gateway.gateway.dispatcher()
    const response = await fetch('http://orders/api/orders/from', { dispatcher } as object)
    expect([response.url, await response.text()]).toEqual(['http://orders/api/orders/to', '/to no cookie'])
  })

  it('with its cookie, whose path and domain are the client’s now', async () => {
    await using upstream = await startRedirecting()
    await using gateway = startRouting(options(upstream.url))
    const response = await gateway.gateway.fetch('http://gateway/api/orders/from')
    expect(response.headers.get('location')).toBe('/api/orders/to')
    expect(response.headers.getSetCookie()).toEqual(['sid=1; Path=/api/orders'])
  })

  it('in front of the host’s own handler', async () => {
    const routed = createGateway([routing(options('http://127.0.0.1:1'))], { logger: false })
    const middleware = routed.middleware()
    const server = createServer((request, response) =>
      middleware(request, response, () => {
        if (request.url === '/from') response.writeHead(302, { location: '/to' }).end()
        else response.end(request.url)
      }),
    )
    await using host = await listening(server)
    const response = await fetch(`${host.url}/api/orders/from`)
    expect([response.url, await response.text()]).toEqual([`${host.url}/api/orders/to`, '/to'])
    await routed.close()
  })
})
