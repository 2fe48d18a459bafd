/** A route that is reached at an old place rewrites as it does at its own, and what it maps back leads to the old place. */
import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { RouteOptions, ServiceAlias } from '../../src/index.ts'
import { type Listening, listening } from '../_support/listening.ts'
import { startRouting } from '../_support/services.ts'

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? '', 'http://x')
  response.writeHead(302, {
    location: `${pathname}/next`,
    'set-cookie': `a=1; Path=${pathname}`,
    'x-got': request.url,
    'x-order': request.headers['x-order'] ?? '',
  })
  response.end()
})
let upstream: Listening
beforeAll(async () => {
  upstream = await listening(server)
})
afterAll(() => upstream[Symbol.asyncDispose]())

/** What a call comes to: the path that the service got, and where its answer leads. */
async function ask(alias: ServiceAlias, route: Partial<RouteOptions>, to: string) {
  await using routing = startRouting({
    services: { orders: { endpoints: [upstream.url], aliases: [alias] } },
    routes: [{ match: { path: '/orders' }, to: 'orders', ...route }],
  })
  const { headers } = await routing.gateway.fetch(to, { redirect: 'manual' })
  return {
    got: headers.get('x-got'),
    location: headers.get('location'),
    cookie: headers.get('set-cookie'),
    order: headers.get('x-order'),
  }
}

const moved: ServiceAlias = { name: 'legacy', movedFrom: '/legacy/orders', movedTo: '/orders' }

it.each<[string, Partial<RouteOptions>, string]>([
  ['none', {}, '/orders/7'],
  ['stripPrefix', { stripPrefix: true }, '/7'],
  ['replacePrefix', { rewrite: { path: { replacePrefix: '/v2/o' } } }, '/v2/o/7'],
])('with %s', async (_rewrite, route, got) => {
  expect(await ask(moved, route, 'http://gateway/legacy/orders/7')).toMatchObject({
    got,
    location: '/legacy/orders/7/next',
    cookie: 'a=1; Path=/legacy/orders/7',
  })
  expect(await ask(moved, route, 'http://gateway/orders/7')).toMatchObject({
    got,
    location: '/orders/7/next',
    cookie: 'a=1; Path=/orders/7',
  })
})

it('with parameters of the path', async () => {
  const route: Partial<RouteOptions> = {
    match: { pathPattern: '/orders/{id}/{rest*}' },
    rewrite: {
      path: { template: '/by-id/{id}/{rest*}' },
      requestHeaders: { set: { 'x-order': '{id}' } },
      query: { set: { order: '{id}' } },
    },
  }
  expect(await ask(moved, route, 'http://gateway/legacy/orders/7/lines')).toEqual({
    got: '/by-id/7/lines?order=7',
    location: '/legacy/orders/7/lines/next',
    cookie: 'a=1; Path=/legacy/orders/7/lines',
    order: '7',
  })
})

it('from a host of its own', async () => {
  const host: ServiceAlias = { name: 'order-svc', movedFrom: 'order-svc', movedTo: '/orders' }
  expect(await ask(host, { stripPrefix: true }, 'http://order-svc/7')).toMatchObject({
    got: '/7',
    location: '/7/next',
    cookie: 'a=1; Path=/7',
  })
})
