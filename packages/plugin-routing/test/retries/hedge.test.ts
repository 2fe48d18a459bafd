/** Hedges between real sockets: who gets the second attempt, and what bounds them. */
import { createUpstream, type TestUpstream, until } from '@postern/core/testing'
import { describe, expect, test } from 'vitest'
import {
  type HealthOptions,
  type HedgeOptions,
  type RetryBudgetOptions,
  type RoutingView,
  routingView,
} from '../../src/index.ts'
import { startRouting } from '../_support/services.ts'

interface RoutingOptionsOfTest {
  readonly view?: RoutingView
  readonly health?: HealthOptions
}

function start(
  upstreams: readonly TestUpstream[],
  hedge: HedgeOptions,
  retryBudget?: RetryBudgetOptions,
  more: RoutingOptionsOfTest = {},
) {
  const endpoints = upstreams.map(({ url }) => url)
  return startRouting(
    {
      view: more.view,
      services: { orders: { endpoints, balance: 'round-robin', retryBudget, health: more.health } },
      routes: [{ match: {}, to: 'orders', hedge }],
    },
    { timeouts: { totalMs: 1_000 } },
  )
}

test('the second attempt goes to another endpoint, and its answer wins', async () => {
  await using slow = await createUpstream({ kind: 'silent' })
  await using quick = await createUpstream({ kind: 'answer', status: 200, body: 'quick' })
  await using gateway = start([slow, quick], { afterMs: 20 })
  for (let i = 0; i < 6; i++) expect(await gateway.ask('http://a/')).toBe('200 quick')
  expect(quick.requests.length).toBe(6)
  expect(slow.requests.length).toBeGreaterThanOrEqual(1)
  await until(async () => (await slow.connections()) === 0, 'the attempts that lost to be gone')
})

test('no more attempts run side by side than the route says', async () => {
  await using upstream = await createUpstream({ kind: 'silent' })
  await using two = start([upstream], { afterMs: 20 })
  expect(await two.ask('http://a/')).toMatch(/^504/)
  expect(upstream.requests.length).toBe(2)
  await using three = start([upstream], { afterMs: 20, attempts: 3 })
  expect(await three.ask('http://a/')).toMatch(/^504/)
  expect(upstream.requests.length).toBe(5)
})

test('hedges come out of the budget: an outage is not multiplied', async () => {
  await using upstream = await createUpstream({ kind: 'silent' })
  await using gateway = start([upstream], { afterMs: 20 }, { ratio: 0.2, minPerSecond: 0 })
  await Promise.all(Array.from({ length: 50 }, () => gateway.ask('http://a/')))
  expect(upstream.requests.length).toBe(60)
})

test('a mistake in the options stops the start', async () => {
  await using upstream = await createUpstream()
  expect(() => start([upstream], { afterMs: 0 })).toThrow('hedge.afterMs')
  expect(() => start([upstream], { afterMs: 10, attempts: 1 })).toThrow('hedge.attempts')
})

describe('an endpoint that is always outpaced', () => {
  const budget = { ratio: 1, minPerSecond: 100 }

  test('is ejected where health says so', async () => {
    await using slow = await createUpstream({ kind: 'silent' })
    await using quick = await createUpstream({ kind: 'answer', status: 200, body: 'quick' })
    const view = routingView()
    const health = { passive: { outpaced: true, consecutiveFailures: 3 } }
    await using gateway = start([slow, quick], { afterMs: 20 }, budget, { view, health })
    for (let i = 0; i < 12; i++) expect(await gateway.ask('http://a/')).toBe('200 quick')
    const state = (url: string) => view.services()[0]?.endpoints.find((one) => one.url === url)?.state
    await expect.poll(() => state(slow.url)).toBe('ejected')
    expect(state(quick.url)).toBe('healthy')
    expect(slow.requests.length).toBe(3)
  })

  test('stays otherwise: to lose a race is no fault', async () => {
    await using slow = await createUpstream({ kind: 'silent' })
    await using quick = await createUpstream({ kind: 'answer', status: 200, body: 'quick' })
    const view = routingView()
    const health = { passive: { consecutiveFailures: 1 } }
    await using gateway = start([slow, quick], { afterMs: 20 }, budget, { view, health })
    for (let i = 0; i < 6; i++) await gateway.ask('http://a/')
    expect(view.services()[0]?.endpoints.map(({ state }) => state)).toEqual(['healthy', 'healthy'])
  })
})
