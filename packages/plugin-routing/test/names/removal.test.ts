import { createGateway } from '@postern/core'
import { describe, expect, it } from 'vitest'
import {
  type NameOptions,
  nameLedger,
  type RecordedUse,
  type RoutingOptions,
  routing,
} from '../../src/index.ts'
import { startService } from '../_support/services.ts'

const DAY_MS = 86_400_000

/** A ledger in which callers used `order-svc` some days ago. */
function ledgerOf(...days: number[]) {
  const ledger = nameLedger()
  const rows = days.map((ago, index): RecordedUse => {
    const lastUsedMs = Date.now() - ago * DAY_MS
    return {
      name: 'order-svc',
      place: 'order-svc',
      service: 'orders',
      caller: `caller-${index}`,
      callerKind: 'principal',
      route: 'r',
      overdue: false,
      count: 3,
      firstUsedMs: lastUsedMs,
      lastUsedMs,
    }
  })
  ledger.restore({ sinceMs: 0, dropped: 0, rows })
  return ledger
}

const services = { orders: { endpoints: ['http://127.0.0.1:1'] } }
const routes = [{ match: { host: 'orders' }, to: 'orders' }]

function start(names: NameOptions, options: Partial<RoutingOptions> = {}): void {
  void createGateway([routing({ services, routes, ...options, ...names })], { logger: false }).close()
}

describe('a name that callers used lately', () => {
  it('cannot go: the error names them and the way to do it all the same', () => {
    const remove = () => start({ ledger: ledgerOf(1, 2, 3, 4, 5, 6, 20) })
    expect(remove).toThrow(
      'services: found nothing at order-svc, the old name "order-svc" of "orders", used within the last 14 days',
    )
    expect(remove).toThrow(
      /"caller-0" \(3 times on "r", last at 2\d\d\d-\d\d-\d\dT.*Z\).*"caller-4".* and 1 more; needed:/,
    )
    expect(remove).toThrow('removeNames.force: ["order-svc"]')
  })

  it('can go when nobody used it for as long as asked', () => {
    start({ ledger: ledgerOf(15) })
    start({ ledger: ledgerOf(3), removeNames: { unusedForDays: 2 } })
    expect(() => start({ ledger: ledgerOf(15), removeNames: { unusedForDays: 16 } })).toThrow('16 days')
  })

  it('can go by force, or where nobody asked for the check', () => {
    start({ ledger: ledgerOf(1), removeNames: { force: ['order-svc'] } })
    start({ ledger: ledgerOf(1), removeNames: false })
    expect(() => start({ ledger: ledgerOf(1), removeNames: { force: ['order-scv'] } })).toThrow(
      'force has "order-scv"',
    )
  })

  it.each<[string, Partial<RoutingOptions>]>([
    ['an alias', { services: { orders: { ...services.orders, aliases: ['order-svc'] } } }],
    ['a service', { services: { ...services, 'order-svc': services.orders } }],
    ['the host of a route', { routes: [...routes, { match: { host: 'order-svc' }, to: 'orders' }] }],
    [
      'a moved place',
      { services: { orders: { ...services.orders, aliases: [{ name: 'x', movedFrom: 'order-svc' }] } } },
    ],
  ])('is still there as %s', (_, options) => {
    start({ ledger: ledgerOf(1) }, options)
  })

  it('is not there as another place of the same name', () => {
    const aliases = [{ name: 'order-svc', movedFrom: '/order-svc' }]
    expect(() =>
      start({ ledger: ledgerOf(1) }, { services: { orders: { ...services.orders, aliases } } }),
    ).toThrow('nothing at order-svc')
  })

  it('stops a reload, which changes nothing', async () => {
    await using orders = await startService('orders')
    const ledger = nameLedger()
    const withAlias = (aliases: string[]) => [
      routing({ ledger, services: { orders: { endpoints: [orders.url], aliases } }, routes }),
    ]
    const gateway = createGateway(withAlias(['order-svc', 'unused']), { logger: false })
    const ask = async () => (await gateway.fetch('http://order-svc/7')).status
    expect(await ask()).toBe(200)
    await expect.poll(() => ledger.uses().length).toBe(1)
    await expect(gateway.reload(withAlias([]))).rejects.toThrow('an unknown caller (1 times on "orders/*"')
    expect(await ask()).toBe(200)
    await gateway.reload(withAlias(['order-svc']))
    expect(await ask()).toBe(200)
    await gateway.close()
  })

  it('can go when only a route named it, which is gone with it', async () => {
    await using orders = await startService('orders')
    const ledger = nameLedger()
    const plugins = (aliases: string[], to: string) => [
      routing({
        ledger,
        services: { orders: { endpoints: [orders.url], aliases } },
        routes: [{ match: {}, to }],
      }),
    ]
    const gateway = createGateway(plugins(['order-svc'], 'order-svc'), { logger: false })
    await (await gateway.fetch('http://gateway/')).text()
    await expect.poll(() => ledger.uses()).toMatchObject([{ callerKind: 'route' }])
    await gateway.reload(plugins([], 'orders'))
    await gateway.close()
  })
})
