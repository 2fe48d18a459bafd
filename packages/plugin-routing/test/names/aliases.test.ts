import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { definePlugin } from '@postern/core'
import { pathParameters } from '@postern/core/contracts'
import { createLogRecorder } from '@postern/core/testing'
import { describe, expect, it } from 'vitest'
import { nameLedger } from '../../src/index.ts'
import { startRouting, startService } from '../_support/services.ts'

/** The uses in a few words. */
const usesOf = (ledger: ReturnType<typeof nameLedger>) =>
  ledger
    .uses()
    .map(({ name, place, service, caller, callerKind, route, count }) =>
      [name, place, service, `${callerKind}:${caller}`, route, count].join(' '),
    )
    .sort()

describe('a service that was renamed', () => {
  it('is reached by its old name as by its own, on every route, and the uses are counted', async () => {
    await using orders = await startService('orders')
    await using reports = await startService('reports')
    const ledger = nameLedger()
    await using gateway = startRouting({
      ledger,
      services: {
        orders: { endpoints: [orders.url], aliases: ['Order-Svc'] },
        reports: { endpoints: [reports.url] },
      },
      routes: [
        { id: 'orders', match: { host: 'Orders' }, to: 'orders' },
        { id: 'reports', match: { host: 'orders', path: '/reports' }, to: 'reports', stripPrefix: true },
      ],
    })
    expect(await gateway.ask('http://orders/7')).toBe('200 orders /7')
    expect(ledger.uses()).toEqual([])
    expect(await gateway.ask('http://order-svc:8080/7?a=1')).toBe('200 orders /7?a=1')
    expect(await gateway.ask('http://ORDER-SVC/7')).toBe('200 orders /7')
    expect(await gateway.ask('http://order-svc/reports/7')).toBe('200 reports /7')
    expect(await gateway.ask('http://other/7')).toMatch(/^404/)
    await expect
      .poll(() => usesOf(ledger))
      .toEqual([
        'Order-Svc order-svc orders unknown: orders 2',
        'Order-Svc order-svc reports unknown: reports 1',
      ])
  })

  it('is reached by it in the caller seat and in the hop seat, where callers have addresses', async () => {
    await using orders = await startService('orders')
    const ledger = nameLedger()
    await using gateway = startRouting({
      ledger,
      services: { orders: { endpoints: [orders.url], aliases: [{ name: 'order-svc' }] } },
      routes: [{ id: 'r', match: { host: 'orders' }, to: 'orders' }],
    })
    const dispatcher = gateway.gateway.dispatcher()
    expect(await (await fetch('http://order-svc/7', { dispatcher } as object)).text()).toBe('orders /7')
    const { port } = await gateway.gateway.listen({ port: 0, host: '127.0.0.1' })
    const answer = await new Promise<string>((resolve, reject) => {
      const options = { port, host: '127.0.0.1', path: '/8', headers: { host: 'order-svc' }, agent: false }
      request(options, (response) => {
        text(response).then(resolve, reject)
      })
        .on('error', reject)
        .end()
    })
    expect(answer).toBe('orders /8')
    await expect
      .poll(() => usesOf(ledger))
      .toEqual([
        'order-svc order-svc orders address:127.0.0.1 r 1',
        'order-svc order-svc orders unknown: r 1',
      ])
  })

  it('counts calls to the old host on routes for any host, and on routes of the old host', async () => {
    await using orders = await startService('orders')
    const ledger = nameLedger()
    await using gateway = startRouting({
      ledger,
      services: { orders: { endpoints: [orders.url], aliases: ['order-svc'] } },
      routes: [
        { id: 'any', match: { path: '/orders' }, to: 'orders' },
        { id: 'old', match: { host: 'order-svc', path: '/old' }, to: 'orders' },
      ],
    })
    expect(await gateway.ask('http://order-svc/orders/7')).toBe('200 orders /orders/7')
    expect(await gateway.ask('http://gateway/orders/7')).toBe('200 orders /orders/7')
    expect(await gateway.ask('http://order-svc/old')).toBe('200 orders /old')
    await expect
      .poll(() => usesOf(ledger))
      .toEqual(['order-svc order-svc orders unknown: any 1', 'order-svc order-svc orders unknown: old 1'])
  })

  it('is found by routes that name the old service, each of which counts as a user', async () => {
    await using orders = await startService('orders')
    const ledger = nameLedger()
    await using gateway = startRouting({
      ledger,
      deprecation: true,
      services: { orders: { endpoints: [orders.url], aliases: ['order-svc'] } },
      routes: [{ id: 'r', match: { path: '/a' }, to: 'order-svc' }],
    })
    const response = await gateway.gateway.fetch('http://gateway/a')
    expect(await response.text()).toBe('orders /a')
    expect(response.headers.get('deprecation')).toBeNull()
    await expect.poll(() => usesOf(ledger)).toEqual(['order-svc order-svc orders route:r r 1'])
  })

  it('counts the principal that a guard verified, not the address', async () => {
    await using orders = await startService('orders')
    const guard = definePlugin({
      name: 'guard',
      version: '1.0.0',
      api: '1.0',
      fault: 'guard',
      setup({ hooks }) {
        hooks.onRoute.tap((route) =>
          route.hooks.preForward.tap((exchange) => {
            exchange.caller = 'billing'
          }),
        )
      },
    })
    const ledger = nameLedger()
    const options = {
      ledger,
      services: { orders: { endpoints: [orders.url], aliases: ['order-svc'] } },
      routes: [{ id: 'r', match: { host: 'orders' }, to: 'orders' }],
    }
    await using gateway = startRouting(options, {}, [guard()])
    await gateway.ask('http://order-svc/')
    await expect.poll(() => usesOf(ledger)).toEqual(['order-svc order-svc orders principal:billing r 1'])
  })
})

describe('a service that moved', () => {
  it('is reached at its old path by the routes of the new one, whatever their kind', async () => {
    await using orders = await startService('orders')
    await using lines = await startService('lines')
    const seen: unknown[] = []
    const watch = definePlugin({
      name: 'watch',
      version: '1.0.0',
      api: '1.0',
      fault: 'observer',
      requires: [pathParameters],
      setup({ hooks }) {
        hooks.onFinish.tap((exchange) => seen.push({ ...exchange.get(pathParameters)?.toObject() }))
      },
    })
    const ledger = nameLedger()
    const aliases = [{ name: 'legacy-orders', movedFrom: '/legacy/shop/orders/', movedTo: '/orders' }]
    await using gateway = startRouting(
      {
        ledger,
        services: { orders: { endpoints: [orders.url], aliases }, lines: { endpoints: [lines.url] } },
        routes: [
          { id: 'orders', match: { path: '/orders' }, to: 'orders', stripPrefix: true },
          { id: 'lines', match: { pathPattern: '/orders/{id}/lines/{line}' }, to: 'lines' },
          { id: 'health', match: { exactPath: '/orders/health' }, to: 'lines' },
        ],
      },
      {},
      [watch()],
    )
    expect(await gateway.ask('http://gateway/legacy/shop/orders/7?a=1')).toBe('200 orders /7?a=1')
    expect(await gateway.ask('http://gateway/legacy/shop/orders')).toBe('200 orders /')
    expect(await gateway.ask('http://gateway/legacy/shop/orders/7/lines/a%20b')).toBe(
      '200 lines /orders/7/lines/a%20b',
    )
    expect(seen.at(-1)).toEqual({ id: '7', line: 'a b' })
    expect(await gateway.ask('http://gateway/legacy/shop/orders/health')).toBe('200 lines /orders/health')
    expect(await gateway.ask('http://gateway/orders/health')).toBe('200 lines /orders/health')
    expect(await gateway.ask('http://gateway/legacy/shop/orders2')).toMatch(/^404/)
    await expect
      .poll(() => usesOf(ledger))
      .toEqual([
        'legacy-orders /legacy/shop/orders lines unknown: health 1',
        'legacy-orders /legacy/shop/orders lines unknown: lines 1',
        'legacy-orders /legacy/shop/orders orders unknown: orders 2',
      ])
  })

  it('from a host of its own to a path, from a path to a host, and to a part of a route', async () => {
    await using orders = await startService('orders')
    await using gateway = startRouting({
      services: {
        orders: {
          endpoints: [orders.url],
          aliases: [
            { name: 'orders.old:8443', movedTo: '/orders' },
            { name: 'by-path', movedFrom: '/by-path' },
            { name: 'v1', movedFrom: 'gateway/v1', movedTo: '/orders/all' },
          ],
        },
      },
      routes: [
        { match: { path: '/orders' }, to: 'orders' },
        { match: { host: 'orders', exactPath: '/' }, to: 'orders' },
      ],
    })
    expect(await gateway.ask('http://orders.old:8443/7')).toBe('200 orders /orders/7')
    expect(await gateway.ask('http://orders.old:8443/')).toBe('200 orders /orders')
    expect(await gateway.ask('http://gateway/by-path')).toBe('200 orders /')
    expect(await gateway.ask('http://gateway/by-path/')).toBe('200 orders /')
    expect(await gateway.ask('http://gateway/v1/7')).toBe('200 orders /orders/all/7')
    expect(await gateway.ask('http://other/v1/7')).toMatch(/^404/)
  })
})

it('a service that was split is reached by the old name, each part by its paths', async () => {
  await using orders = await startService('orders')
  await using stock = await startService('stock')
  const ledger = nameLedger()
  await using gateway = startRouting({
    ledger,
    services: {
      orders: { endpoints: [orders.url], aliases: ['shop'] },
      stock: {
        endpoints: [stock.url],
        aliases: [{ name: 'shop', movedFrom: 'shop/stock', movedTo: 'stock' }],
      },
    },
    routes: [
      { match: { host: 'orders' }, to: 'orders' },
      { match: { host: 'stock' }, to: 'stock' },
    ],
  })
  expect(await gateway.ask('http://shop/orders/7')).toBe('200 orders /orders/7')
  expect(await gateway.ask('http://shop/stock/7')).toBe('200 stock /7')
  expect(await gateway.ask('http://shop/stocks')).toBe('200 orders /stocks')
  await expect
    .poll(() => usesOf(ledger))
    .toEqual(['shop shop orders unknown: orders/* 2', 'shop shop/stock stock unknown: stock/* 1'])
})

it('an old name works on after its end, and is warned of once per caller', async () => {
  await using orders = await startService('orders')
  const { logger, lines } = createLogRecorder()
  const ledger = nameLedger()
  const aliases = [
    { name: 'late', until: '2020-03-01' },
    { name: 'early', until: new Date('9020-03-01') },
  ]
  const options = {
    ledger,
    services: { orders: { endpoints: [orders.url], aliases } },
    routes: [{ id: 'r', match: { host: 'orders' }, to: 'orders' }],
  }
  const warnings = () => lines.filter(({ level }) => level === 'warn')
  for (let generation = 0; generation < 2; generation++) {
    await using gateway = startRouting(options, { logger })
    for (let i = 0; i < 3; i++) expect(await gateway.ask('http://late/')).toBe('200 orders /')
    expect(await gateway.ask('http://early/')).toBe('200 orders /')
    await expect.poll(warnings).toMatchObject([
      {
        message: '"late" is still in use after its end',
        fields: { name: 'late', service: 'orders', callerKind: 'unknown', until: '2020-03-01T00:00:00.000Z' },
      },
    ])
  }
  await expect.poll(() => ledger.uses({ name: 'late' })).toMatchObject([{ overdue: true, count: 6 }])
  await expect.poll(() => ledger.uses({ name: 'early' })).toMatchObject([{ overdue: false, count: 2 }])
})
