import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { createGateway, definePlugin } from '@postern/core'
import { describe, expect, it } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { routing } from '../src/index.ts'
import { VERSION } from '../src/version.ts'
import { deadAddress, startRouting, startService } from './_support/services.ts'

describe('a request goes to the service that its route names', () => {
  it('by path, host and method', async () => {
    await using orders = await startService('orders')
    await using stock = await startService('stock')
    await using gateway = startRouting({
      services: {
        orders: { owner: 'team-checkout', endpoints: [orders.url] },
        stock: { endpoints: [stock.url] },
      },
      routes: [
        { match: { path: '/orders' }, to: 'orders' },
        { match: { path: '/orders', method: 'DELETE' }, to: 'stock' },
        { match: { host: '*.stock.internal' }, to: 'stock' },
      ],
    })
    expect(await gateway.ask('http://gateway/orders/7?a=1')).toBe('200 orders /orders/7?a=1')
    expect(await gateway.ask('http://gateway/orders/7', { method: 'DELETE' })).toBe('200 stock /orders/7')
    expect(await gateway.ask('http://eu.stock.internal:8080/any')).toBe('200 stock /any')
    expect(await gateway.ask('http://gateway/orders2')).toMatch(/^404 .*GW_ROUTE_NOT_FOUND/)
  })

  it('by a pattern of the path, headers and query, whatever their spelling', async () => {
    await using orders = await startService('orders')
    await using beta = await startService('beta')
    await using lines = await startService('lines')
    await using gateway = startRouting({
      services: {
        orders: { endpoints: [orders.url] },
        beta: { endpoints: [beta.url] },
        lines: { endpoints: [lines.url] },
      },
      routes: [
        { match: { path: '/orders' }, to: 'orders' },
        { match: { pathPattern: '/orders/{id}/lines/{line}' }, to: 'lines' },
        {
          match: { path: '/orders', headers: { 'X-Tenant': 'blue', 'x-beta': { present: true } } },
          to: 'beta',
        },
        { match: { path: '/orders', query: { version: { prefix: '2.' } } }, to: 'beta' },
      ],
    })
    const { port } = await gateway.gateway.listen({ port: 0 })
    const ask = (path: string, headers: Record<string, string | string[]> = {}) =>
      new Promise<string>((resolve, reject) => {
        const outgoing = request({ port, path, headers, agent: false }, (response) => {
          text(response).then((body) => resolve(`${response.statusCode} ${body}`), reject)
        })
        outgoing.on('error', reject).end()
      })
    expect(await ask('/orders/7')).toBe('200 orders /orders/7')
    expect(await ask('/%6frders/7/%6cines/%33')).toBe('200 lines /orders/7/lines/3')
    expect(await ask('/orders/7/lines/')).toBe('200 orders /orders/7/lines/')
    expect(await ask('/orders', { 'x-tenant': 'blue', 'X-BETA': '' })).toBe('200 beta /orders')
    expect(await ask('/orders', { 'x-tenant': ['blue', 'red'], 'x-beta': '' })).toBe('200 orders /orders')
    // What the client takes out of the message is not there for routes, guards or upstreams.
    const taken = { 'x-tenant': 'blue', 'x-beta': '1', connection: 'close, x-beta' }
    expect(await ask('/orders', taken)).toBe('200 orders /orders')
    expect(await ask('/orders?%76ersion=%32.1')).toBe('200 beta /orders?%76ersion=%32.1')
    expect(await ask('/orders?version=1&version=2.1')).toBe('200 orders /orders?version=1&version=2.1')
  })

  it('by its logical name in the caller seat', async () => {
    await using orders = await startService('orders')
    await using gateway = startRouting({
      services: { orders: { endpoints: [`${orders.url}/base`] } },
      routes: [{ match: { host: 'orders' }, to: 'orders' }],
    })
    const dispatcher = gateway.gateway.dispatcher()
    const response = await fetch('http://orders/7', { dispatcher } as object)
    expect(await response.text()).toBe('orders /base/7')
  })

  it('in the hop seat, whatever the port and case of the host', async () => {
    await using orders = await startService('orders')
    await using gateway = startRouting({
      services: { orders: { endpoints: [orders.url] } },
      routes: [{ match: { host: 'Orders.Internal' }, to: 'orders' }],
    })
    const { port } = await gateway.gateway.listen({ port: 0 })
    const ask = (host: string) =>
      new Promise<string>((resolve, reject) => {
        const outgoing = request({ port, path: '/7', headers: { host }, agent: false }, (response) => {
          text(response).then((body) => resolve(`${response.statusCode} ${body}`), reject)
        })
        outgoing.on('error', reject).end()
      })
    expect(await ask('ORDERS.internal:9999')).toBe('200 orders /7')
    expect(await ask('orders.internal.')).toBe('200 orders /7')
    expect(await ask('other')).toMatch(/^404/)
  })

  it("by the gateway's own upstream where no route fits", async () => {
    await using orders = await startService('orders')
    await using rest = await startService('rest')
    const options = {
      services: { orders: { endpoints: [orders.url] } },
      routes: [{ match: { path: '/orders' }, to: 'orders' }],
    }
    await using gateway = startRouting(options, { upstream: rest.url })
    expect(await gateway.ask('http://gateway/other')).toBe('200 rest /other')
  })

  it('agrees with the gateway about the spelling of a path', async () => {
    await using orders = await startService('orders')
    await using gateway = startRouting({
      services: { orders: { endpoints: [orders.url] } },
      routes: [{ match: { path: '/caf%c3%a9/%6frders' }, to: 'orders' }],
    })
    expect(await gateway.ask('http://gateway/caf%C3%A9/orders/7')).toBe('200 orders /caf%C3%A9/orders/7')
    expect(await gateway.ask('http://gateway/caf%c3%a9/%6Frders/7')).toBe('200 orders /caf%C3%A9/orders/7')
  })
})

describe('stripPrefix', () => {
  it('takes the prefix off the path that the upstream gets', async () => {
    await using orders = await startService('orders')
    await using gateway = startRouting({
      services: { orders: { endpoints: [`${orders.url}/base`] } },
      routes: [{ match: { path: '/api/orders/' }, to: 'orders', stripPrefix: true }],
    })
    expect(await gateway.ask('http://gateway/api/orders/7?a=1')).toBe('200 orders /base/7?a=1')
    expect(await gateway.ask('http://gateway/api/orders')).toBe('200 orders /base/')
    expect(await gateway.ask('http://gateway/api/orders/')).toBe('200 orders /base/')
  })

  it('takes it off once, however many attempts there are', async () => {
    await using orders = await startService('orders')
    await using gateway = startRouting({
      services: { orders: { endpoints: [await deadAddress(), orders.url] } },
      routes: [{ match: { path: '/a' }, to: 'orders', stripPrefix: true }],
    })
    expect(await gateway.ask('http://gateway/a/a/7')).toBe('200 orders /a/7')
  })
})

describe('endpoints of a service', () => {
  it('are all tried when connections fail, also for a method that changes something', async () => {
    await using alive = await startService('alive')
    await using gateway = startRouting({
      services: { orders: { endpoints: [await deadAddress(), await deadAddress(), alive.url] } },
      routes: [{ match: {}, to: 'orders' }],
    })
    for (let i = 0; i < 4; i++) {
      expect(await gateway.ask('http://gateway/', { method: 'POST', body: 'once' })).toBe('200 alive /')
    }
  })

  it('are each tried once, and then the failure is told', async () => {
    const attempts: number[] = []
    const count = definePlugin({
      name: 'count',
      version: '1.0.0',
      api: '1.0',
      fault: 'observer',
      setup(gateway) {
        gateway.hooks.onFinish.tap((exchange) => attempts.push(exchange.attempt?.number ?? 0))
      },
    })
    const services = {
      two: { endpoints: [await deadAddress(), await deadAddress()] },
      one: { endpoints: [await deadAddress()] },
    }
    const routes = [
      { match: { path: '/two' }, to: 'two' },
      { match: { path: '/one' }, to: 'one' },
    ]
    const gateway = createGateway([routing({ services, routes }), count()], { logger: false })
    expect((await gateway.fetch('http://gateway/two')).status).toBe(502)
    expect((await gateway.fetch('http://gateway/one')).status).toBe(502)
    expect(attempts).toEqual([2, 1])
    await gateway.close()
  })

  it('are not asked again when one has answered, whatever its answer', async () => {
    await using broken = await startService('broken', 503)
    await using other = await startService('other')
    await using gateway = startRouting({
      // The endpoint of the own zone is the first to be asked.
      zone: 'here',
      services: { orders: { endpoints: [{ url: broken.url, zone: 'here' }, other.url] } },
      routes: [{ match: {}, to: 'orders' }],
    })
    expect(await gateway.ask('http://gateway/')).toBe('503 broken /')
  })
})

describe('a route', () => {
  it('has times and limits of its own', async () => {
    await using orders = await startService('orders')
    await using gateway = startRouting({
      services: { orders: { endpoints: [orders.url] } },
      routes: [
        { match: { path: '/small' }, to: 'orders', limits: { requestBodyBytes: 3 } },
        { match: { path: '/large' }, to: 'orders' },
      ],
    })
    expect(await gateway.ask('http://gateway/small', { method: 'POST', body: 'long' })).toMatch(/^413/)
    expect(await gateway.ask('http://gateway/large', { method: 'POST', body: 'long' })).toBe(
      '200 orders /large',
    )
  })

  it('is known to other plugins by its id, given or made of the match, and its service', async () => {
    const seen: string[] = []
    const look = definePlugin({
      name: 'look',
      version: '1.0.0',
      api: '1.0',
      fault: 'observer',
      setup(gateway) {
        gateway.hooks.onRoute.tap(({ route }) => seen.push(`${route.id} -> ${route.service}`))
      },
    })
    const gateway = createGateway(
      [
        routing({
          services: { orders: { endpoints: ['http://127.0.0.1:1'] } },
          routes: [
            { match: {}, to: 'orders' },
            { match: { path: '/orders/' }, to: 'orders' },
            { match: { exactPath: '/orders' }, to: 'orders' },
            { match: { host: '*.A.b', path: '/c', method: ['POST', 'GET', 'POST'] }, to: 'orders' },
            {
              match: {
                pathPattern: '/f/{id}/{rest*}',
                method: 'GET',
                headers: { 'X-B': { prefix: 'a*' }, 'x-a': 'b; c' },
                query: { 'v=': { present: true } },
              },
              to: 'orders',
            },
            { id: 'named', match: { path: '/d' }, to: 'orders', plugins: { look: 'observe' } },
            { match: { path: '/e' }, to: 'orders', plugins: { look: 'off' } },
          ],
        }),
        look(),
      ],
      { logger: false },
    )
    expect(seen).toEqual([
      'default -> ',
      '/* -> orders',
      '/orders/* -> orders',
      '/orders -> orders',
      '*.a.b/c/* (GET,POST) -> orders',
      '/f/{id}/{rest*} (GET; x-a=b%3B%20c; x-b=a%2A*; ?v%3D=*) -> orders',
      'named -> orders',
    ])
    await gateway.close()
  })
})

it('a reload replaces the table as a whole', async () => {
  await using a = await startService('a')
  await using b = await startService('b')
  const to = (url: string) =>
    routing({ services: { s: { endpoints: [url] } }, routes: [{ match: {}, to: 's' }] })
  const gateway = createGateway([to(a.url)], { logger: false })
  expect(await (await gateway.fetch('http://gateway/')).text()).toBe('a /')
  await gateway.reload([to(b.url)], { logger: false })
  expect(await (await gateway.fetch('http://gateway/')).text()).toBe('b /')
  await gateway.close()
})

it('says the version of its package', () => {
  expect(VERSION).toBe(manifest.version)
})
