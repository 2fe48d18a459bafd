/** A service is renamed, moved and split while its callers call: none of them notices, and the ledger knows them. */
import { describe, expect, it } from 'vitest'
import { nameLedger, type RoutingOptions } from '../../src/index.ts'
import { startService } from '../_support/services.ts'
import { CALLERS, type Call, changeUnderLoad, usersOf } from './_load.ts'

/** Far less than what is sent, so that a slow machine does not fail the proof; far more than nothing. */
const ENOUGH = 60

async function prove(before: RoutingOptions, after: RoutingOptions, calls: readonly Call[], name: string) {
  const ledger = nameLedger()
  const outcome = await changeUnderLoad({ ...before, ledger }, { ...after, ledger }, calls)
  expect(outcome.failed).toEqual([])
  expect(outcome.astray).toEqual([])
  expect(outcome.sent).toBeGreaterThan(ENOUGH)
  expect(outcome.changed).toBeGreaterThan(0)
  expect(usersOf(ledger, name)).toEqual([...CALLERS])
  const counted = ledger.uses({ name }).reduce((sum, { count }) => sum + count, 0)
  expect(counted).toBe(outcome.changed)
}

// Going back, for the proof's sake, takes a name away that is in use: nobody else may.
const back = { removeNames: { force: ['order-svc', 'legacy-orders', 'shop'] } }

describe('under load, without a failed call and without one that goes astray', () => {
  it('a service is renamed', async () => {
    await using old = await startService('old')
    await using orders = await startService('orders')
    await prove(
      {
        ...back,
        services: { 'order-svc': { endpoints: [old.url] } },
        routes: [{ match: { host: 'order-svc' }, to: 'order-svc' }],
      },
      {
        services: { orders: { endpoints: [orders.url], aliases: ['order-svc'] } },
        routes: [{ match: { host: 'orders' }, to: 'orders' }],
      },
      [{ url: 'http://order-svc/7', right: ['old /7', 'orders /7'] }],
      'order-svc',
    )
  })

  it('a service moves from a path to another', async () => {
    await using old = await startService('old')
    await using orders = await startService('orders')
    const aliases = [{ name: 'legacy-orders', movedFrom: '/legacy/orders', movedTo: '/orders' }]
    await prove(
      {
        ...back,
        services: { monolith: { endpoints: [old.url] } },
        routes: [{ match: { path: '/legacy' }, to: 'monolith' }],
      },
      {
        services: { monolith: { endpoints: [old.url] }, orders: { endpoints: [orders.url], aliases } },
        routes: [
          { match: { path: '/legacy' }, to: 'monolith' },
          { match: { path: '/orders' }, to: 'orders', stripPrefix: true },
        ],
      },
      [
        { url: 'http://gateway/legacy/orders/7', right: ['old /legacy/orders/7', 'orders /7'] },
        { url: 'http://gateway/legacy/users/7', right: ['old /legacy/users/7'] },
      ],
      'legacy-orders',
    )
  })

  it('a service is split in two', async () => {
    await using shop = await startService('shop')
    await using orders = await startService('orders')
    await using stock = await startService('stock')
    await prove(
      {
        ...back,
        services: { shop: { endpoints: [shop.url] } },
        routes: [{ match: { host: 'shop' }, to: 'shop' }],
      },
      {
        services: {
          orders: { endpoints: [orders.url], aliases: ['shop'] },
          stock: {
            endpoints: [stock.url],
            aliases: [{ name: 'shop', movedFrom: 'shop/stock', movedTo: 'stock/stock' }],
          },
        },
        routes: [
          { match: { host: 'orders' }, to: 'orders' },
          { match: { host: 'stock' }, to: 'stock' },
        ],
      },
      [
        { url: 'http://shop/orders/7', right: ['shop /orders/7', 'orders /orders/7'] },
        { url: 'http://shop/stock/7', right: ['shop /stock/7', 'stock /stock/7'] },
      ],
      'shop',
    )
  })
})
