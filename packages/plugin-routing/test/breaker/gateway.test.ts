/** Breakers between real sockets. */
import { setTimeout as wait } from 'node:timers/promises'
import { definePlugin, isGatewayError } from '@postern/core'
import { createUpstream, until } from '@postern/core/testing'
import { describe, expect, test } from 'vitest'
import { type BreakerOptions, type RouteOptions, type RoutingOptions, routing } from '../../src/index.ts'
import { deadAddress, startRouting } from '../_support/services.ts'

/** Longer than any test. */
const LONG: BreakerOptions = { consecutiveFailures: 3, openMs: 60_000 }
const SHORT: BreakerOptions = { consecutiveFailures: 3, openMs: 40 }
const OPEN = /^503 .*GW_UPSTREAM_CIRCUIT_OPEN/s

/** A service whose health the test decides. */
async function startSick() {
  const health = { status: 503 }
  const upstream = await createUpstream(() => ({ kind: 'answer', status: health.status, body: 'orders' }))
  return {
    health,
    upstream,
    url: upstream.url,
    get asked(): number {
      return upstream.requests.length
    },
    [Symbol.asyncDispose]: () => upstream[Symbol.asyncDispose](),
  }
}

const optionsFor = (
  url: string,
  breaker?: BreakerOptions,
  ...routes: Partial<RouteOptions>[]
): RoutingOptions => ({
  services: { orders: { endpoints: [url], breaker } },
  routes: (routes.length > 0 ? routes : [{}]).map((route) => ({ match: {}, to: 'orders', ...route })),
})

test('without the option nothing opens', async () => {
  await using sick = await startSick()
  await using gateway = startRouting(optionsFor(sick.url))
  for (let i = 0; i < 30; i++) expect(await gateway.ask('http://a/')).toBe('503 orders')
  expect(sick.asked).toBe(30)
})

test('opens, answers at once, and closes when the service is well again', async () => {
  await using sick = await startSick()
  const options = optionsFor(sick.url, LONG)
  await using gateway = startRouting(options)
  for (let i = 0; i < 3; i++) expect(await gateway.ask('http://a/')).toBe('503 orders')
  const refused = await gateway.gateway.fetch('http://a/')
  expect(await refused.json()).toMatchObject({ code: 'GW_UPSTREAM_CIRCUIT_OPEN', status: 503 })
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(30)
  expect(sick.asked).toBe(3)
  sick.health.status = 200
  await gateway.gateway.reload([routing(optionsFor(sick.url, SHORT))], { logger: false })
  await wait(50)
  for (let i = 0; i < 3; i++) expect(await gateway.ask('http://a/')).toBe('200 orders')
})

test('a share of failures opens it', async () => {
  await using sick = await startSick()
  const failureRate = { threshold: 0.5, minRequests: 10 }
  await using gateway = startRouting(optionsFor(sick.url, { failureRate, openMs: 60_000 }))
  for (let i = 0; i < 20; i++) {
    sick.health.status = i % 2 === 0 ? 200 : 503
    await gateway.ask('http://a/')
  }
  expect(sick.asked).toBe(10)
  expect(await gateway.ask('http://a/')).toMatch(OPEN)
})

test('connections that cannot be made open it', async () => {
  await using gateway = startRouting(optionsFor(await deadAddress(), LONG))
  for (let i = 0; i < 3; i++) expect(await gateway.ask('http://a/')).toMatch(/^502/)
  expect(await gateway.ask('http://a/')).toMatch(OPEN)
})

describe('retries', () => {
  const retry = { backoffMs: 1, maxBackoffMs: 1 }
  const limits = { attempts: 10 }
  const retryBudget = { minPerSecond: 1_000 }

  test('stop when it opens, and the client gets the answer of the service', async () => {
    await using sick = await startSick()
    const options = optionsFor(sick.url, LONG, { retry, limits })
    const services = { orders: { endpoints: [sick.url], breaker: LONG, retryBudget } }
    await using gateway = startRouting({ ...options, services })
    expect(await gateway.ask('http://a/')).toBe('503 orders')
    expect(sick.asked).toBe(3)
    expect(await gateway.ask('http://a/')).toMatch(OPEN)
    expect(sick.asked).toBe(3)
  })

  test('stop after resets, too', async () => {
    await using upstream = await createUpstream({ kind: 'reset-before-head' })
    const services = { orders: { endpoints: [upstream.url], breaker: LONG, retryBudget } }
    await using gateway = startRouting({ services, routes: [{ match: {}, to: 'orders', retry, limits }] })
    expect(await gateway.ask('http://a/')).toMatch(/^502 .*GW_UPSTREAM_RESET/s)
    expect(upstream.requests.length).toBe(3)
  })

  test('do not make a second request of the one that finds out', async () => {
    await using sick = await startSick()
    const services = { orders: { endpoints: [sick.url], breaker: SHORT, retryBudget } }
    await using gateway = startRouting({ services, routes: [{ match: {}, to: 'orders', retry, limits }] })
    await gateway.ask('http://a/')
    expect(sick.asked).toBe(3)
    await wait(50)
    expect(await gateway.ask('http://a/')).toBe('503 orders')
    expect(sick.asked).toBe(4)
  })
})

test('attempts that lost against a hedge are no failures', async () => {
  await using slow = await createUpstream({ kind: 'silent' })
  await using quick = await createUpstream({ kind: 'answer', status: 200, body: 'quick' })
  const breaker = { consecutiveFailures: 1, openMs: 60_000 }
  await using gateway = startRouting({
    services: {
      orders: {
        endpoints: [slow.url, quick.url],
        balance: 'round-robin',
        breaker,
        retryBudget: { minPerSecond: 100 },
      },
    },
    routes: [{ match: {}, to: 'orders', hedge: { afterMs: 10 } }],
  })
  for (let i = 0; i < 8; i++) expect(await gateway.ask('http://a/')).toBe('200 quick')
  expect(slow.requests.length).toBeGreaterThan(0)
})

test('the request that finds out gets no hedge', async () => {
  const health = { hangs: false }
  await using upstream = await createUpstream(() =>
    health.hangs ? { kind: 'silent' } : { kind: 'answer', status: 503 },
  )
  await using gateway = startRouting(
    {
      services: {
        orders: {
          endpoints: [upstream.url],
          breaker: { ...SHORT, halfOpenRequests: 2 },
          retryBudget: { minPerSecond: 100 },
        },
      },
      routes: [{ match: {}, to: 'orders', hedge: { afterMs: 5 } }],
    },
    { timeouts: { totalMs: 150 } },
  )
  for (let i = 0; i < 3; i++) await gateway.ask('http://a/')
  await wait(50)
  // On a busy machine one of them may have had a hedge.
  const before = upstream.requests.length
  health.hangs = true
  expect(await gateway.ask('http://a/')).toMatch(/^504/)
  expect(upstream.requests.length).toBe(before + 1)
})

test('an exchange that fails before its attempt gives its place back', async () => {
  await using sick = await startSick()
  const fault = { throws: false }
  const faulty = definePlugin({
    name: 'faulty',
    version: '1.0.0',
    api: '1.0',
    fault: 'transform',
    setup: ({ hooks }) =>
      hooks.onRoute.tap((route) =>
        route.hooks.mapUpstreamRequest.tap(() => {
          if (fault.throws) throw new Error('faulty')
        }),
      ),
  })()
  await using gateway = startRouting(optionsFor(sick.url, SHORT), {}, [faulty])
  for (let i = 0; i < 3; i++) await gateway.ask('http://a/')
  await wait(50)
  fault.throws = true
  expect(await gateway.ask('http://a/')).toMatch(/^500/)
  // From here on no place is added by the clock.
  await gateway.gateway.reload([routing(optionsFor(sick.url, LONG)), faulty], { logger: false })
  expect(await gateway.ask('http://a/')).toMatch(/^500/)
  fault.throws = false
  sick.health.status = 200
  expect(await gateway.ask('http://a/')).toBe('200 orders')
})

test('two routes share the breaker of their service', async () => {
  await using sick = await startSick()
  await using gateway = startRouting(
    optionsFor(sick.url, LONG, { match: { path: '/a' } }, { match: { path: '/b' } }),
  )
  for (let i = 0; i < 3; i++) await gateway.ask('http://a/a')
  expect(await gateway.ask('http://a/b')).toMatch(OPEN)
})

test('the breaker of a route is its own', async () => {
  await using sick = await startSick()
  await using gateway = startRouting(
    optionsFor(sick.url, undefined, { match: { path: '/a' }, breaker: LONG }, { match: { path: '/b' } }),
  )
  for (let i = 0; i < 5; i++) await gateway.ask('http://a/a')
  expect(sick.asked).toBe(3)
  expect(await gateway.ask('http://a/a')).toMatch(OPEN)
  expect(await gateway.ask('http://a/b')).toBe('503 orders')
})

test('of a target with rules the service that was picked is meant', async () => {
  await using sick = await startSick()
  await using well = await createUpstream({ kind: 'answer', status: 200, body: 'well' })
  await using gateway = startRouting({
    services: {
      sick: { endpoints: [sick.url], breaker: LONG },
      well: { endpoints: [well.url], breaker: LONG },
    },
    routes: [
      { match: {}, to: { rules: [{ when: { headers: { x: 'sick' } }, to: 'sick' }], otherwise: 'well' } },
    ],
  })
  const headers = { x: 'sick' }
  for (let i = 0; i < 3; i++) await gateway.ask('http://a/', { headers })
  expect(await gateway.ask('http://a/', { headers })).toMatch(OPEN)
  expect(await gateway.ask('http://a/')).toBe('200 well')
})

test('a reload keeps it open, that of a route as well', async () => {
  await using sick = await startSick()
  const options = optionsFor(sick.url, LONG, { match: { path: '/a' } })
  const ofRoute = optionsFor(sick.url, undefined, { match: { path: '/a' }, breaker: LONG })
  for (const given of [options, ofRoute]) {
    await using gateway = startRouting(given)
    for (let i = 0; i < 3; i++) expect(await gateway.ask('http://a/a')).toBe('503 orders')
    await gateway.gateway.reload([routing(given)], { logger: false })
    expect(await gateway.ask('http://a/a')).toMatch(OPEN)
  }
})

describe('a client that leaves', () => {
  /** Answers with 503 until told to hang. */
  async function startHanging() {
    const mode = { hangs: false }
    const upstream = await createUpstream(() =>
      mode.hangs ? { kind: 'silent' } : { kind: 'answer', status: 503 },
    )
    return { mode, upstream, [Symbol.asyncDispose]: () => upstream[Symbol.asyncDispose]() }
  }

  test('gives its place in half-open back', async () => {
    await using service = await startHanging()
    const { mode, upstream } = service
    await using gateway = startRouting(optionsFor(upstream.url, SHORT))
    for (let i = 0; i < 3; i++) await gateway.ask('http://a/')
    await wait(50)
    mode.hangs = true
    const leaving = new AbortController()
    const left = gateway.ask('http://a/', { signal: leaving.signal }).catch(() => 'left')
    await until(() => upstream.requests.length === 4, 'the request that finds out')
    // From here on no place is added by the clock.
    await gateway.gateway.reload([routing(optionsFor(upstream.url, LONG))], { logger: false })
    expect(await gateway.ask('http://a/')).toMatch(OPEN)
    leaving.abort()
    expect(await left).toBe('left')
    mode.hangs = false
    await until(async () => (await gateway.ask('http://a/')) === '503 ', 'the place to be free')
    expect(await gateway.ask('http://a/')).toMatch(OPEN)
  })

  test('is no failure', async () => {
    await using upstream = await createUpstream({ kind: 'silent' })
    await using gateway = startRouting(optionsFor(upstream.url, { consecutiveFailures: 1, openMs: 60_000 }))
    for (let i = 1; i <= 4; i++) {
      const leaving = new AbortController()
      const left = gateway.ask('http://a/', { signal: leaving.signal }).catch(() => 'left')
      await until(() => upstream.requests.length === i, 'the request to arrive')
      leaving.abort()
      expect(await left).toBe('left')
    }
  })
})

test('a stream that has begun closes it: its end is not waited for', async () => {
  const health = { well: false }
  await using upstream = await createUpstream(() => ({
    kind: 'custom',
    handle: (_request, response) => {
      if (!health.well) response.writeHead(503).end()
      else response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
    },
  }))
  await using gateway = startRouting(optionsFor(upstream.url, SHORT))
  for (let i = 0; i < 3; i++) await gateway.ask('http://a/')
  await wait(50)
  health.well = true
  const leaving = new AbortController()
  for (let i = 0; i < 3; i++)
    expect((await gateway.gateway.fetch('http://a/', { signal: leaving.signal })).status).toBe(200)
  leaving.abort()
})

test('in the caller seat an open breaker is a call that fails', async () => {
  await using sick = await startSick()
  await using gateway = startRouting(optionsFor(sick.url, LONG))
  const dispatcher = gateway.gateway.dispatcher()
  const ask = () => fetch('http://orders/', { dispatcher } as object)
  for (let i = 0; i < 3; i++) expect((await ask()).status).toBe(503)
  const thrown: unknown = await ask().catch((error: unknown) => error)
  const cause = (thrown as Error).cause
  expect(isGatewayError(cause) && cause.code).toBe('GW_UPSTREAM_CIRCUIT_OPEN')
  expect(sick.asked).toBe(3)
})

test.each<[string, unknown, string]>([
  ['nothing that opens it', {}, 'Expected failureRate, consecutiveFailures or both'],
  ['a share of 0', { failureRate: { threshold: 0 } }, 'services.orders.breaker.failureRate.threshold'],
  ['no pause', { consecutiveFailures: 1, openMs: 0 }, 'services.orders.breaker.openMs'],
  ['an unknown key', { consecutiveFailures: 1, openms: 1 }, 'openms'],
])('%s stops the start', (_, breaker, message) => {
  expect(() => startRouting(optionsFor('http://127.0.0.1:1', breaker as BreakerOptions))).toThrow(message)
})
