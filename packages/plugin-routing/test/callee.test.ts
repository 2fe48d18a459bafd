/** The callee seat: names for logs and policy, in a node:http host whose own handler is the service. */
import { createServer, type IncomingMessage } from 'node:http'
import { createGateway, definePlugin, type Exchange, type PluginInstance } from '@postern/core'
import { pathParameters } from '@postern/core/contracts'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { nameLedger, type RoutingOptions, routing, routingView, type ServiceOptions } from '../src/index.ts'
import { listening } from './_support/listening.ts'
import { deadAddress, startRouting } from './_support/services.ts'

/** What the last plugin sees of every exchange, as `route service status`, and the parameters of its path. */
function recorder(seen: string[], parameters: object[] = []): PluginInstance {
  return definePlugin({
    name: 'z-recorder',
    version: '1.0.0',
    api: '1.0',
    fault: 'observer',
    setup: ({ hooks }) =>
      hooks.onFinish.tap((exchange: Exchange) => {
        seen.push(`${exchange.route?.id} ${exchange.route?.service || '-'} ${exchange.status}`)
        parameters.push({ ...exchange.get(pathParameters)?.toObject() })
      }),
  })()
}

/** A guard that wants a password, another on each route. */
const password = definePlugin({
  name: 'password',
  version: '1.0.0',
  api: '1.0',
  fault: 'guard',
  routeOptions: v.strictObject({ word: v.optional(v.string()) }),
  setup: ({ hooks }) =>
    hooks.onRoute.tap(({ options, hooks: route }) =>
      route.preForward.tap(({ requestHeaders }) =>
        options?.word === undefined || requestHeaders.includes(options.word) ? undefined : { status: 403 },
      ),
    ),
})

/** A host that answers with what its handler sees, behind a gateway with these options. */
async function startHost(options: RoutingOptions, others: readonly PluginInstance[] = []) {
  const gateway = createGateway([routing(options), ...others], { logger: false })
  const middleware = gateway.middleware()
  const handler = ({ method, url, headers }: IncomingMessage) => `${method} ${url} ${headers.host}`
  const server = await listening(
    createServer((request, response) => middleware(request, response, () => response.end(handler(request)))),
  )
  return {
    async ask(path: string, headers: Record<string, string> = {}): Promise<string> {
      const response = await fetch(`${server.url}${path}`, { headers })
      return `${response.status} ${await response.text()}`
    },
    authority: server.authority,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await gateway.close()
    },
  }
}

const here: Record<string, ServiceOptions> = { orders: { inProcess: true, owner: 'team-checkout' } }

describe('a route that is matched by path', () => {
  it('gives its id and the name of its service to whoever logs, and its parameters', async () => {
    const seen: string[] = []
    const parameters: object[] = []
    const routes = [
      { match: { pathPattern: '/orders/{id}' }, to: 'orders' },
      { id: 'admin', match: { path: '/admin' }, to: 'orders' },
    ]
    await using host = await startHost({ services: here, routes }, [recorder(seen, parameters)])
    expect(await host.ask('/orders/7?x=1')).toBe(`200 GET /orders/7?x=1 ${host.authority}`)
    await host.ask('/admin/users')
    await host.ask('/healthz')
    // What no route matches is the host's all the same, on the gateway's own route.
    await expect.poll(() => seen).toEqual(['/orders/{id} orders 200', 'admin orders 200', 'default - 200'])
    expect(parameters).toEqual([{ id: '7' }, {}, {}])
  })

  it('has guards of its own, and the handler runs behind them', async () => {
    const routes: RoutingOptions['routes'] = [
      { match: { path: '/orders' }, to: 'orders', plugins: { password: { word: 'open' } } },
      { match: { path: '/admin' }, to: 'orders', plugins: { password: { word: 'sesame' } } },
      { match: { path: '/healthz' }, to: 'orders', plugins: { password: 'off' } },
    ]
    await using host = await startHost({ services: here, routes }, [password()])
    expect(await host.ask('/orders')).toMatch(/^403 /)
    expect(await host.ask('/orders', { 'x-word': 'open' })).toMatch(/^200 GET/)
    expect(await host.ask('/admin', { 'x-word': 'open' })).toMatch(/^403 /)
    expect(await host.ask('/admin', { 'x-word': 'sesame' })).toMatch(/^200 GET/)
    // The same path to guards and routes: another spelling does not lead past them.
    expect(await host.ask('/%61dmin')).toMatch(/^403 /)
    expect(await host.ask('/healthz')).toMatch(/^200 GET/)
  })

  it('may lead to a service with addresses, of which none is connected to', async () => {
    const seen: string[] = []
    const services = { orders: { endpoints: [await deadAddress()], breaker: { consecutiveFailures: 1 } } }
    const routes = [{ match: { path: '/orders' }, to: 'orders', retry: {}, hedge: { afterMs: 1 } }]
    await using host = await startHost({ services, routes }, [recorder(seen)])
    for (let i = 0; i < 3; i++) expect(await host.ask('/orders/7')).toMatch(/^200 GET/)
    await expect.poll(() => seen).toEqual(Array(3).fill('/orders/* orders 200'))
  })

  it('serves the place that callers still use, and counts them', async () => {
    const ledger = nameLedger()
    const aliases = [{ name: 'legacy-orders', movedFrom: '/legacy/orders', movedTo: '/orders' }]
    const options: RoutingOptions = {
      ledger,
      services: { orders: { inProcess: true, aliases } },
      routes: [{ match: { path: '/orders' }, to: 'orders' }],
    }
    await using host = await startHost(options)
    expect(await host.ask('/legacy/orders/7')).toBe(`200 GET /orders/7 ${host.authority}`)
    await expect.poll(() => ledger.uses()).toMatchObject([{ name: 'legacy-orders', service: 'orders' }])
  })
})

describe('a service that is inProcess', () => {
  const routes = [{ match: {}, to: 'orders' }]

  it('is ready, and shows no endpoints', async () => {
    const view = routingView()
    await using _ = await startHost({ view, services: here, routes })
    expect(view.services()).toMatchObject([{ name: 'orders', ready: true, endpoints: [] }])
  })

  it('has no address for the other seats: nothing waits for one', async () => {
    await using gateway = startRouting({ services: here, routes })
    const answer = await gateway.ask('http://orders/')
    expect(answer).toMatch(/^503 .*GW_UPSTREAM_NO_ENDPOINT/)
    const dispatcher = gateway.gateway.dispatcher()
    const call = fetch('http://orders/', { dispatcher } as unknown as RequestInit)
    await expect(call).rejects.toMatchObject({ cause: { code: 'GW_UPSTREAM_NO_ENDPOINT' } })
  })

  it.each<[string, RoutingOptions['services'], string]>([
    [
      'endpoints',
      { orders: { inProcess: true, endpoints: ['http://a'] } },
      'services.orders.endpoints: found',
    ],
    ['balancing', { orders: { inProcess: true, balance: 'p2c' } }, 'services.orders.balance: found balance'],
    ['false alone', { orders: { inProcess: false } }, 'found neither endpoints nor discovery'],
  ])('refuses what would have no effect: %s', (_, services, message) => {
    expect(() => startRouting({ services, routes })).toThrow(message)
  })

  it('gets no copies', () => {
    const services = { ...here, beta: { endpoints: ['http://127.0.0.1:1'] } }
    const mirrored = [{ match: {}, to: 'beta', mirror: { to: 'orders' } }]
    expect(() => startRouting({ services, routes: mirrored })).toThrow('routes[0].mirror.to: found "orders"')
  })
})
