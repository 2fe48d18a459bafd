/** What the plugin shows operators: the same as a host sees through `routingView()`. */
import { createGateway } from '@postern/core'
import { describe, expect, it } from 'vitest'
import { nameLedger, type RoutingOptions, routing, routingView } from '../src/index.ts'
import { viewed } from './_support/figures.ts'
import { startRouting, startService } from './_support/services.ts'

const OPTIONS: RoutingOptions = {
  services: {
    orders: { endpoints: ['http://127.0.0.1:1'], aliases: [{ name: 'order-svc', until: '2020-01-01' }] },
    stock: { endpoints: ['http://127.0.0.1:2'] },
  },
  routes: [
    { id: 'orders', match: { host: 'orders' }, to: 'orders' },
    { id: 'blue', match: { path: '/stock', headers: { 'x-tenant': 'blue' } }, to: 'stock' },
    { id: 'search', match: { path: '/stock', query: { q: 'a b' }, method: 'POST' }, to: 'stock' },
  ],
}

/** Times run on between two looks. */
const still = (given: unknown): unknown =>
  JSON.parse(JSON.stringify(given, (key, value: unknown) => (key === 'knownForMs' ? 0 : value)))

describe('the views', () => {
  it('show what a host sees through its own window', async () => {
    const view = routingView()
    await using started = startRouting({ ...OPTIONS, view })
    const { gateway } = started
    expect([...gateway.views().keys()]).toEqual(['services', 'targets', 'names', 'explain'])
    expect(still(viewed(gateway, 'services'))).toEqual(still(view.services()))
    expect(viewed(gateway, 'targets')).toEqual(view.routes())
    expect(viewed(gateway, 'names')).toEqual(view.names())
    const explained = viewed(gateway, 'explain', 'url=http://orders/7')
    expect(still(explained)).toEqual(still(view.explain({ host: 'orders', path: '/7' })))
  })

  it('show one service, or one route, and nothing for a name that there is not', async () => {
    await using started = startRouting(OPTIONS)
    const { gateway } = started
    expect(viewed(gateway, 'services', 'service=stock')).toMatchObject({ name: 'stock', ready: true })
    expect(viewed(gateway, 'targets', 'route=blue')).toMatchObject({
      id: 'blue',
      match: '/stock/* (x-tenant=blue)',
      target: { kind: 'service', service: 'stock' },
      requests: 0,
    })
    expect(viewed(gateway, 'services', 'service=none')).toBeUndefined()
    expect(viewed(gateway, 'targets', 'route=none')).toBeUndefined()
  })
})

describe('the view explain', () => {
  it.each([
    ['url=http://orders:80/7', 'orders'],
    ['host=orders&path=/7', 'orders'],
    ['host=orders', 'orders'],
    ['host=x&path=/stock&header=X-Tenant: blue&header=accept: */*', 'blue'],
    ['method=post&url=http://x/stock%3Fq=a%2520b', 'search'],
    ['method=POST&host=x&path=/stock%3Fq=a%2520b', 'search'],
    ['url=http://x/stock', undefined],
  ])('finds the route of %s', async (query, id) => {
    await using started = startRouting(OPTIONS)
    const { route } = viewed(started.gateway, 'explain', query) as { route?: { id: string } }
    expect(route?.id).toBe(id)
  })

  it('leaves dots in a path to the gateway', async () => {
    await using started = startRouting(OPTIONS)
    expect(() => viewed(started.gateway, 'explain', 'url=http://x/a/%252e%252e%252fb')).toThrow(
      expect.objectContaining({ code: 'GW_REQ_TARGET_INVALID' }),
    )
  })

  it.each([
    ['', 'Give url='],
    ['path=/7', 'Give url='],
    ['url=orders', 'url is no URL'],
    ['host=x&header=blue', 'A header has no name'],
  ])('refuses %j as a bad request', async (query, why) => {
    await using started = startRouting(OPTIONS)
    const ask = () => viewed(started.gateway, 'explain', query)
    expect(ask).toThrow(why)
    expect(ask).toThrow(expect.objectContaining({ code: 'GW_REQ_TARGET_INVALID', status: 400 }))
  })
})

describe('the view names', () => {
  const named = (url: string, aliases: readonly string[] = ['order-svc']): RoutingOptions => ({
    services: { orders: { endpoints: [url], aliases } },
    routes: [{ id: 'r', match: { host: 'orders' }, to: 'orders' }],
  })

  it('knows who uses old names without a ledger of the host, over reloads', async () => {
    await using orders = await startService('orders')
    await using started = startRouting(named(orders.url))
    const { gateway } = started
    await started.ask('http://order-svc/')
    const names = () => viewed(gateway, 'names')
    await expect.poll(names).toMatchObject({
      oldNames: [{ name: 'order-svc', place: 'order-svc', service: 'orders', overdue: false, requests: 1 }],
      uses: [{ name: 'order-svc', callerKind: 'unknown', route: 'r', count: 1 }],
    })
    await gateway.reload([routing(named(orders.url, []))], { logger: false })
    expect(names()).toMatchObject({ oldNames: [], uses: [{ name: 'order-svc', count: 1 }] })
  })

  it('reads the ledger of the host, where it gives one', async () => {
    await using orders = await startService('orders')
    const ledger = nameLedger()
    await using started = startRouting({ ...named(orders.url), ledger })
    await started.ask('http://order-svc/')
    await expect.poll(() => ledger.uses().length).toBe(1)
    expect(viewed(started.gateway, 'names')).toMatchObject({ uses: ledger.uses() })
  })

  it('shows one name, one service, or what was used lately', async () => {
    await using orders = await startService('orders')
    await using started = startRouting(named(orders.url, ['order-svc', 'old']))
    for (const host of ['order-svc', 'old']) await started.ask(`http://${host}/`)
    const places = (query: string) => {
      const { oldNames, uses } = viewed(started.gateway, 'names', query) as ReturnType<
        ReturnType<typeof routingView>['names']
      >
      return [oldNames.map(({ place }) => place), uses.map(({ place }) => place).toSorted()]
    }
    await expect.poll(() => places('')[1]?.length).toBe(2)
    expect(places('name=old')).toEqual([['old'], ['old']])
    expect(places('service=stock')).toEqual([[], []])
    expect(places('since=2020-01-01T00:00:00Z')[1]).toEqual(['old', 'order-svc'])
    expect(places('since=2999-01-01T00:00:00Z')[1]).toEqual([])
    expect(() => places('since=yesterday')).toThrow('since is no time')
  })

  it('stops a reload without a used name where removeNames asks for it, without a ledger too', async () => {
    await using orders = await startService('orders')
    const gateway = createGateway([routing({ ...named(orders.url), removeNames: {} })], { logger: false })
    await (await gateway.fetch('http://order-svc/')).text()
    await expect.poll(() => viewed(gateway, 'names')).toMatchObject({ uses: [{ count: 1 }] })
    const without = { ...named(orders.url, []), removeNames: {} }
    await expect(gateway.reload([routing(without)], { logger: false })).rejects.toThrow(
      'nothing at order-svc',
    )
    await gateway.close()
  })
})
