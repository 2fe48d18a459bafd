/** Retries between real sockets. */

import { definePlugin, type Exchange, type GatewayOptions } from '@postern/core'
import { createUpstream, type TestUpstream, type UpstreamPlan, until } from '@postern/core/testing'
import { describe, expect, test } from 'vitest'
import { type RetryBudgetOptions, type RetryOptions, routing } from '../../src/index.ts'
import { deadAddress, startRouting } from '../_support/services.ts'

const QUICK: RetryOptions = { backoffMs: 1, maxBackoffMs: 1 }

/** Keeps the exchanges that are over. */
function recorder(over: Exchange[]) {
  return definePlugin({
    name: 'recorder',
    version: '1.0.0',
    api: '1.0',
    fault: 'observer',
    setup: ({ hooks }) => hooks.onFinish.tap((exchange) => void over.push(exchange)),
  })()
}

const optionsFor = (urls: readonly string[], retry?: RetryOptions, retryBudget?: RetryBudgetOptions) => ({
  services: { orders: { endpoints: urls, balance: 'round-robin' as const, retryBudget } },
  routes: [{ match: {}, to: 'orders', retry }],
})

function start(
  upstreams: readonly (TestUpstream | string)[],
  retry?: RetryOptions,
  more: GatewayOptions = {},
  retryBudget?: RetryBudgetOptions,
  over: Exchange[] = [],
) {
  const urls = upstreams.map((upstream) => (typeof upstream === 'string' ? upstream : upstream.url))
  return startRouting(optionsFor(urls, retry, retryBudget), more, [recorder(over)])
}

const busy = (headers: Record<string, string> = {}): UpstreamPlan => ({
  kind: 'answer',
  status: 503,
  headers,
  body: 'busy',
})

describe('what is repeated', () => {
  test('a refused connection, at once and elsewhere, whatever the budget', async () => {
    await using upstream = await createUpstream()
    await using gateway = start([await deadAddress(), upstream], QUICK, {}, { ratio: 0, minPerSecond: 0 })
    for (let i = 0; i < 4; i++) expect(await gateway.ask('http://a/', { method: 'POST' })).toMatch(/^200/)
  })

  test('a reset before the head', async () => {
    await using upstream = await createUpstream([{ kind: 'reset-before-head' }, { kind: 'echo' }])
    await using gateway = start([upstream], QUICK)
    expect(await gateway.ask('http://a/')).toMatch(/^200/)
  })

  test('a 503', async () => {
    await using upstream = await createUpstream([
      { kind: 'answer', status: 503, body: 'busy' },
      { kind: 'echo' },
    ])
    await using gateway = start([upstream], QUICK)
    expect(await gateway.ask('http://a/')).toMatch(/^200/)
    expect(upstream.requests.length).toBe(2)
  })

  test('a 503 goes to another endpoint', async () => {
    await using sick = await createUpstream(busy())
    await using well = await createUpstream()
    await using gateway = start([sick, well], QUICK)
    for (let i = 0; i < 4; i++) expect(await gateway.ask('http://a/')).toMatch(/^200/)
    expect([sick.requests.length, well.requests.length]).toEqual([2, 4])
  })

  test('an attempt that takes too long', async () => {
    await using upstream = await createUpstream([{ kind: 'silent' }, { kind: 'echo' }])
    await using gateway = start([upstream], QUICK, { timeouts: { attemptMs: 60 } })
    expect(await gateway.ask('http://a/')).toMatch(/^200/)
  })

  test('nothing but refused connections without the option', async () => {
    await using upstream = await createUpstream(busy())
    await using gateway = start([upstream])
    expect(await gateway.ask('http://a/')).toBe('503 busy')
    expect(upstream.requests.length).toBe(1)
  })

  test('as often as the limit of attempts says; the last answer is the client’s', async () => {
    await using upstream = await createUpstream(busy())
    await using gateway = start([upstream], QUICK, { limits: { attempts: 4 } })
    expect(await gateway.ask('http://a/')).toBe('503 busy')
    expect(upstream.requests.length).toBe(4)
  })
})

describe('Retry-After', () => {
  test('is waited for', async () => {
    const over: Exchange[] = []
    await using upstream = await createUpstream([
      { kind: 'answer', status: 503, headers: { 'retry-after': '1' } },
      { kind: 'echo' },
    ])
    await using gateway = start([upstream], QUICK, {}, undefined, over)
    expect(await gateway.ask('http://a/')).toMatch(/^200/)
    const attempt = over[0]?.attempt
    // Timers of Node may be a millisecond early.
    expect((attempt?.startedMs ?? 0) - (attempt?.previous?.endedMs ?? 0)).toBeGreaterThan(990)
  })

  test('may be a date', async () => {
    const over: Exchange[] = []
    const headers = { date: new Date(0).toUTCString(), 'retry-after': new Date(1_000).toUTCString() }
    await using upstream = await createUpstream([{ kind: 'answer', status: 503, headers }, { kind: 'echo' }])
    await using gateway = start([upstream], QUICK, {}, undefined, over)
    expect(await gateway.ask('http://a/')).toMatch(/^200/)
    const attempt = over[0]?.attempt
    expect((attempt?.startedMs ?? 0) - (attempt?.previous?.endedMs ?? 0)).toBeGreaterThan(990)
  })

  test('of more than is left goes to the client', async () => {
    await using upstream = await createUpstream(busy({ 'retry-after': '30' }))
    await using gateway = start([upstream], QUICK, { timeouts: { totalMs: 5_000 } })
    expect(await gateway.ask('http://a/')).toBe('503 busy')
    expect(upstream.requests.length).toBe(1)
  })
})

describe('bodies', () => {
  const sick: UpstreamPlan = [{ kind: 'answer', status: 503, body: 'busy' }, { kind: 'echo' }]

  test('POST is sent again whole where the route names it', async () => {
    await using upstream = await createUpstream(sick)
    await using gateway = start([upstream], { ...QUICK, methods: ['POST'] })
    const { url } = await gateway.gateway.listen({ port: 0 })
    const response = await fetch(url, { method: 'POST', body: 'x'.repeat(60_000) })
    expect(response.status).toBe(200)
    await response.text()
    expect(upstream.requests[1]?.body().length).toBe(60_000)
  })

  test('one that is too large is not', async () => {
    await using upstream = await createUpstream({
      kind: 'custom',
      handle: (request, response) => {
        request.on('end', () => response.writeHead(503).end('busy')).resume()
      },
    })
    await using gateway = start([upstream], { ...QUICK, methods: ['POST'], bodyBytes: 59_999 })
    const { url } = await gateway.gateway.listen({ port: 0 })
    const response = await fetch(url, { method: 'POST', body: 'x'.repeat(60_000) })
    expect([response.status, await response.text()]).toEqual([503, 'busy'])
    expect(upstream.requests.length).toBe(1)
  })

  test('POST is not repeated unless the route names it', async () => {
    await using upstream = await createUpstream(sick)
    await using gateway = start([upstream], QUICK)
    expect(await gateway.ask('http://a/', { method: 'POST', body: 'abc' })).toBe('503 busy')
  })
})

describe('the budget', () => {
  test('an outage is not multiplied', async () => {
    await using upstream = await createUpstream(busy())
    await using gateway = start([upstream], QUICK, {}, { ratio: 0.2, minPerSecond: 0 })
    const requests = 200
    await Promise.all(Array.from({ length: requests }, () => gateway.ask('http://a/')))
    const repeats = upstream.requests.length - requests
    expect(repeats).toBeGreaterThan(0)
    expect(repeats).toBeLessThanOrEqual(requests * 0.2)
  })

  test('is one for all routes of the service, and outlives a reload', async () => {
    await using upstream = await createUpstream(busy())
    const options = {
      services: { orders: { endpoints: [upstream.url], retryBudget: { ratio: 0, minPerSecond: 0.1 } } },
      routes: [
        { match: { path: '/a' }, to: 'orders', retry: QUICK },
        { match: { path: '/b' }, to: 'orders', retry: QUICK },
      ],
    }
    await using gateway = startRouting(options)
    await gateway.ask('http://x/a')
    expect(upstream.requests.length).toBe(2)
    await gateway.ask('http://x/b')
    expect(upstream.requests.length).toBe(3)
    await gateway.gateway.reload([routing(options)], { logger: false })
    await gateway.ask('http://x/a')
    expect(upstream.requests.length).toBe(4)
  })
})

test('a client that goes away while the back-off lasts ends it', async () => {
  const over: Exchange[] = []
  await using upstream = await createUpstream(busy({ 'retry-after': '5' }))
  await using gateway = start([upstream], QUICK, {}, undefined, over)
  const controller = new AbortController()
  const asked = gateway.ask('http://a/', { signal: controller.signal })
  await until(() => upstream.requests.length === 1, 'the first attempt')
  controller.abort()
  await expect(asked).rejects.toThrow()
  await until(() => over.length === 1, 'the exchange to be over')
  expect(over[0]?.error?.code).toBe('GW_CLIENT_ABORTED')
  expect(upstream.requests.length).toBe(1)
})

test('nothing is sent again once the client has a byte', async () => {
  await using upstream = await createUpstream({ kind: 'reset-in-body', length: 10, bytes: 5 })
  await using gateway = start([upstream], QUICK)
  await expect(gateway.ask('http://a/')).rejects.toThrow()
  expect(upstream.requests.length).toBe(1)
})

test('a call in the caller seat is repeated', async () => {
  await using upstream = await createUpstream([{ kind: 'reset-before-head' }, { kind: 'echo' }])
  await using gateway = start([upstream], QUICK)
  const dispatcher = gateway.gateway.dispatcher()
  const response = await fetch('http://orders.internal/', { dispatcher } as unknown as RequestInit)
  expect(response.status).toBe(200)
  await response.text()
  expect(upstream.requests.length).toBe(2)
})

test.each([
  [{ on: ['sometimes'] }, 'retry.on'],
  [{ on: [200] }, 'retry.on'],
  [{ methods: ['post'] }, 'retry.methods'],
  [{ bodyBytes: -1 }, 'retry.bodyBytes'],
  [{ backoff: 10 }, 'retry.backoff'],
])('a mistake in the options stops the start: %j', (retry, at) => {
  expect(() => start(['http://127.0.0.1:1'], retry as RetryOptions)).toThrow(at)
})
