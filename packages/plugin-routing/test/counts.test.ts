/** What a view counts for routes and services: over reloads, and without a log. */
import { createUpstream } from '@postern/core/testing'
import { expect, it } from 'vitest'
import { type RoutingOptions, routing, routingView } from '../src/index.ts'
import { deadAddress, startRouting, startService, startStuck } from './_support/services.ts'

const QUICK = { backoffMs: 1, maxBackoffMs: 1 }

it('requests, retries and what the budget refused', async () => {
  await using upstream = await createUpstream({ kind: 'answer', status: 503, body: 'busy' })
  const view = routingView()
  const options: RoutingOptions = {
    view,
    services: {
      orders: { ejectMs: 0, endpoints: [upstream.url], retryBudget: { ratio: 0, minPerSecond: 0.2 } },
    },
    routes: [
      { id: 'a', match: { path: '/a' }, to: 'orders', retry: QUICK },
      { id: 'b', match: { path: '/b' }, to: 'orders' },
    ],
  }
  await using gateway = startRouting(options)
  const target = { kind: 'service', service: 'orders' }
  const none = { service: 'orders', target, requests: 0, retries: 0, hedges: 0, mirror: null, breaker: null }
  expect(view.routes()).toEqual([
    { id: 'a', match: '/a/*', ...none },
    { id: 'b', match: '/b/*', ...none },
  ])
  await gateway.ask('http://orders/a')
  await gateway.ask('http://orders/b')
  const after = [
    { id: 'a', match: '/a/*', ...none, requests: 1, retries: 2 },
    { id: 'b', match: '/b/*', ...none, requests: 1 },
  ]
  expect(view.routes()).toEqual(after)
  expect(view.services()[0]?.retryBudget).toEqual({ requests: 2, repeats: 2, left: 0, refused: 0 })
  await gateway.ask('http://orders/a')
  expect(view.services()[0]?.retryBudget).toEqual({ requests: 3, repeats: 2, left: 0, refused: 1 })

  await gateway.gateway.reload([routing({ ...options, routes: options.routes.toReversed() })], {
    logger: false,
  })
  expect(view.routes()).toMatchObject([
    { id: 'b', requests: 1 },
    { id: 'a', requests: 2, retries: 2 },
  ])
  await gateway.gateway.close()
  expect(view.routes()).toEqual([])
})

it('another attempt after a failed connect is a retry', async () => {
  await using orders = await startService('orders')
  const view = routingView()
  const endpoints = [await deadAddress(), orders.url]
  await using gateway = startRouting({
    view,
    services: { orders: { endpoints, balance: 'round-robin' } },
    routes: [{ match: {}, to: 'orders' }],
  })
  for (let i = 0; i < 4; i++) await gateway.ask('http://orders/')
  expect(view.routes()).toMatchObject([{ requests: 4, retries: 1, hedges: 0 }])
})

it('hedges', async () => {
  await using slow = await createUpstream({ kind: 'silent' })
  await using quick = await startService('quick')
  const view = routingView()
  await using gateway = startRouting({
    view,
    services: { orders: { endpoints: [slow.url, quick.url], balance: 'round-robin' } },
    routes: [{ match: {}, to: 'orders', hedge: { afterMs: 20 } }],
  })
  for (let i = 0; i < 4; i++) await gateway.ask('http://orders/')
  const { requests, retries, hedges = 0 } = view.routes()[0] ?? {}
  expect([requests, retries, hedges]).toEqual([4, 0, slow.requests.length])
  expect(hedges).toBeGreaterThan(0)
})

it('what breakers opened for and refused', async () => {
  const view = routingView()
  await using gateway = startRouting({
    view,
    services: { orders: { endpoints: [await deadAddress()] } },
    routes: [{ match: {}, to: 'orders', breaker: { consecutiveFailures: 1, openMs: 60_000 } }],
  })
  for (let i = 0; i < 3; i++) await gateway.ask('http://orders/')
  expect(view.routes()).toMatchObject([{ requests: 1, breaker: { state: 'open', opened: 1, refused: 2 } }])
})

it('what became of copies, and of those that were not sent', async () => {
  await using orders = await startService('orders')
  await using shadow = await startStuck('shadow')
  const view = routingView()
  const mirror = { to: 'shadow', maxInFlight: 1, bodyBytes: 3 }
  await using gateway = startRouting({
    view,
    services: { orders: { endpoints: [orders.url] }, shadow: { endpoints: [shadow.url] } },
    routes: [{ match: {}, to: 'orders', mirror }],
  })
  await gateway.ask('http://orders/')
  await expect.poll(() => shadow.waiting.length).toBe(1)
  await gateway.ask('http://orders/')
  shadow.release()
  await expect
    .poll(async () => {
      await gateway.ask('http://orders/', { method: 'POST', body: 'long' })
      return view.routes()[0]?.mirror?.body
    })
    .toBeGreaterThan(0)
  expect(view.routes()[0]?.mirror).toMatchObject({ sent: 1, answered: 1, failed: 0 })
  expect(view.routes()[0]?.mirror?.full).toBeGreaterThan(0)
})
