/** Hedges between real sockets: who gets the second attempt, and what bounds them. */
import { createUpstream, type TestUpstream, until } from '@postern/core/testing'
import { expect, test } from 'vitest'
import type { HedgeOptions, RetryBudgetOptions } from '../../src/index.ts'
import { startRouting } from '../_support/services.ts'

function start(upstreams: readonly TestUpstream[], hedge: HedgeOptions, retryBudget?: RetryBudgetOptions) {
  const endpoints = upstreams.map(({ url }) => url)
  return startRouting(
    {
      services: { orders: { endpoints, balance: 'round-robin', retryBudget } },
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
