/** Balancing through a gateway: real requests, real services. */
import { definePlugin, type Exchange } from '@postern/core'
import { principal } from '@postern/core/contracts'
import { until } from '@postern/core/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Balance, type RoutingOptions, routing, type ServiceOptions } from '../src/index.ts'
import { deadAddress, startRouting, startService, startStuck } from './_support/services.ts'

const policies: Balance[] = ['p2c', 'least-requests', 'round-robin', { hash: { header: 'x-user' } }]

/** Options of one service that everything goes to. */
const one = (orders: ServiceOptions, zone?: string): RoutingOptions => ({
  zone,
  services: { orders },
  routes: [{ match: {}, to: 'orders' }],
})

/** How often each service answered, by its name. */
async function count(times: number, ask: (i: number) => Promise<string>): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (let i = 0; i < times; i++) {
    const name = (await ask(i)).split(' ')[1] ?? ''
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

/** Notes every exchange that is over. */
function record(seen: Exchange[]) {
  return definePlugin({
    name: 'record',
    version: '1.0.0',
    api: '1.0',
    fault: 'observer',
    setup: ({ hooks }) => hooks.onFinish.tap((exchange) => seen.push(exchange)),
  })()
}

describe.each(policies)('with %o', (balance) => {
  it('every endpoint of a service is used, in the caller seat, too', async () => {
    await using a = await startService('a')
    await using b = await startService('b')
    await using gateway = startRouting(one({ balance, endpoints: [a.url, b.url] }))
    const dispatcher = gateway.gateway.dispatcher()
    const called = await count(60, async (i) => {
      const init: object = { dispatcher, headers: { 'x-user': `${i}` } }
      const response = await fetch('http://orders/', init)
      return `${response.status} ${await response.text()}`
    })
    const fetched = await count(60, (i) => gateway.ask('http://orders/', { headers: { 'x-user': `${i}` } }))
    for (const counts of [called, fetched]) expect(Object.keys(counts).sort()).toEqual(['a', 'b'])
  })

  it('a request whose connection fails goes on to each other endpoint, whatever its method', async () => {
    await using alive = await startService('alive')
    const endpoints = [await deadAddress(), await deadAddress(), alive.url]
    // Never ejected: so each request meets them all anew.
    await using gateway = startRouting(one({ balance, endpoints, ejectMs: 0 }))
    for (let i = 0; i < 12; i++) {
      const init = { method: 'POST', body: 'once', headers: { 'x-user': `${i}` } }
      expect(await gateway.ask('http://gateway/', init)).toBe('200 alive /')
    }
  })

  it('an endpoint that refused a connection is not asked again for a while', async () => {
    await using alive = await startService('alive')
    const seen: Exchange[] = []
    const options = one({ balance, endpoints: [await deadAddress(), alive.url] })
    await using gateway = startRouting(options, {}, [record(seen)])
    await count(60, (i) => gateway.ask('http://gateway/', { headers: { 'x-user': `${i}` } }))
    expect(seen.map(({ status }) => status)).toEqual(Array(60).fill(200))
    expect(seen.filter(({ attempt }) => attempt?.number !== 1)).toHaveLength(1)
  })

  it('a drained endpoint gets nothing, and is not tried either when another fails', async () => {
    await using a = await startService('a')
    await using drained = await startService('drained')
    const endpoints = [{ url: drained.url, weight: 0 }, a.url, await deadAddress()]
    await using gateway = startRouting(one({ balance, endpoints, ejectMs: 0 }))
    expect(await count(40, (i) => gateway.ask('http://gateway/', { headers: { 'x-user': `${i}` } }))).toEqual(
      { a: 40 },
    )
  })

  it('endpoints that are all drained are all used', async () => {
    await using a = await startService('a')
    await using b = await startService('b')
    const endpoints = [a, b].map(({ url }) => ({ url, weight: 0 }))
    await using gateway = startRouting(one({ balance, endpoints }))
    const counts = await count(60, (i) => gateway.ask('http://gateway/', { headers: { 'x-user': `${i}` } }))
    expect(Object.keys(counts).sort()).toEqual(['a', 'b'])
  })

  it('the own zone is asked first, and the other when nothing of it can be reached', async () => {
    await using near = await startService('near')
    await using far = await startService('far')
    const options = (url: string) =>
      one(
        {
          balance,
          endpoints: [
            { url: far.url, zone: 'b', weight: 100 },
            { url, zone: 'a' },
          ],
        },
        'a',
      )
    await using gateway = startRouting(options(near.url))
    expect(await count(20, () => gateway.ask('http://gateway/'))).toEqual({ near: 20 })
    await gateway.gateway.reload([routing(options(await deadAddress()))], { logger: false })
    expect(await count(20, () => gateway.ask('http://gateway/'))).toEqual({ far: 20 })
  })
})

describe.each(['p2c', 'least-requests'] as const)('%s', (balance) => {
  it('goes round an endpoint that does not answer, also for what comes over another route', async () => {
    await using stuck = await startStuck('stuck')
    await using a = await startService('a')
    await using b = await startService('b')
    await using gateway = startRouting({
      services: { orders: { balance, endpoints: [stuck.url, a.url, b.url] } },
      routes: [
        { match: { path: '/x' }, to: 'orders' },
        { match: { path: '/y' }, to: 'orders' },
      ],
    })
    let answered = 0
    const caller = async (path: string): Promise<void> => {
      while (answered < 200) {
        if ((await gateway.ask(`http://gateway${path}`)) !== '200 stuck') answered++
      }
    }
    const callers = [1, 2, 3, 4].flatMap(() => [caller('/x'), caller('/y')])
    await until(() => answered >= 200, 'the others to answer')
    // Turns would have let all eight wait there.
    expect(stuck.waiting.length).toBeLessThanOrEqual(4)
    const released = Promise.all(callers)
    stuck.release()
    await released
  })
})

describe('round-robin', () => {
  it('takes turns across the routes of a service, by weight', async () => {
    await using a = await startService('a')
    await using b = await startService('b')
    const endpoints = [{ url: a.url, weight: 3 }, b.url]
    await using gateway = startRouting({
      services: { orders: { balance: 'round-robin', endpoints } },
      routes: [
        { match: { path: '/x' }, to: 'orders' },
        { match: { path: '/y' }, to: 'orders' },
      ],
    })
    const counts = await count(16, (i) => gateway.ask(`http://gateway/${i % 2 === 0 ? 'x' : 'y'}`))
    expect(counts).toEqual({ a: 12, b: 4 })
  })
})

describe('consistent hash', () => {
  /** Says that who sends `x-name` is who the name says. */
  const trusting = definePlugin({
    name: 'trusting',
    version: '1.0.0',
    api: '1.0',
    fault: 'guard',
    provides: [principal],
    setup: ({ hooks }) =>
      hooks.onRoute.tap((route) =>
        route.hooks.preForward.tap((exchange) => {
          const id = exchange.requestHeaders[exchange.requestHeaders.indexOf('x-name') + 1] ?? ''
          exchange.set(principal, {
            id,
            kind: 'service',
            issuer: 'test',
            scheme: 'test',
            scopes: [],
            claims: {},
            via: [],
          })
          exchange.caller = id
        }),
      ),
  })

  it.each<[string, Balance, (i: number) => Record<string, string>]>([
    ['a header', { hash: { header: 'X-User' } }, (i) => ({ 'x-user': `${i}` })],
    ['a cookie', { hash: { cookie: 'sid' } }, (i) => ({ cookie: `a=b; sid=${i}` })],
    ['the principal', { hash: 'caller' }, (i) => ({ 'x-name': `${i}` })],
  ])(
    'by %s leads to the same endpoint, also after a reload that turns the list round',
    async (_, balance, headers) => {
      await using a = await startService('a')
      await using b = await startService('b')
      await using c = await startService('c')
      const endpoints = [a.url, b.url, c.url]
      await using gateway = startRouting(one({ balance, endpoints }), {}, [trusting()])
      const ask = async (): Promise<string[]> => {
        const answers: string[] = []
        for (let i = 0; i < 30; i++)
          answers.push(await gateway.ask('http://gateway/', { headers: headers(i) }))
        return answers
      }
      const before = await ask()
      expect(new Set(before).size).toBe(3)
      expect(await ask()).toEqual(before)
      await gateway.gateway.reload([routing(one({ balance, endpoints: endpoints.reverse() })), trusting()], {
        logger: false,
      })
      expect(await ask()).toEqual(before)
    },
  )

  it('by client address leads a client of the hop to one endpoint', async () => {
    await using a = await startService('a')
    await using b = await startService('b')
    await using gateway = startRouting(
      one({ balance: { hash: 'client-address' }, endpoints: [a.url, b.url] }),
    )
    const { port } = await gateway.gateway.listen({ port: 0 })
    const counts = await count(
      20,
      async () => `200 ${await (await fetch(`http://127.0.0.1:${port}/`)).text()}`,
    )
    expect(Object.values(counts)).toEqual([20])
  })

  it('moves on from an endpoint that has more than its part of what runs', async () => {
    await using a = await startStuck('a')
    await using b = await startStuck('b')
    const balance: Balance = { hash: { header: 'x-user' }, boundedLoad: 1.5 }
    await using gateway = startRouting(one({ balance, endpoints: [a.url, b.url] }))
    const asked = Array.from({ length: 12 }, () =>
      gateway.ask('http://gateway/', { headers: { 'x-user': 'hot' } }),
    )
    await until(() => a.waiting.length + b.waiting.length === 12, 'all to arrive')
    // 1.5 times the mean of 6.
    expect(Math.max(a.waiting.length, b.waiting.length)).toBe(9)
    a.release()
    b.release()
    await Promise.all(asked)
  })
})

describe('slow start', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('is for endpoints that a reload adds; those that it keeps go on where they are', async () => {
    const clock = performance.now.bind(performance)
    let aheadMs = 0
    vi.spyOn(performance, 'now').mockImplementation(() => clock() + aheadMs)
    await using a = await startService('a')
    await using b = await startService('b')
    const options = (...endpoints: string[]) => one({ endpoints, slowStartMs: 3_600_000 })
    await using gateway = startRouting(options(a.url))
    const reload = () => gateway.gateway.reload([routing(options(a.url, b.url))], { logger: false })
    const shareOfB = async (): Promise<number> =>
      ((await count(300, () => gateway.ask('http://gateway/')))['b'] ?? 0) / 300

    aheadMs += 3_600_000
    await reload()
    // A tenth of 1.1; the bounds are more than five standard deviations away.
    expect(await shareOfB()).toBeLessThan(0.2)
    aheadMs += 1_800_000
    await reload()
    // A half of 1.5.
    const half = await shareOfB()
    expect(half).toBeGreaterThan(0.2)
    expect(half).toBeLessThan(0.48)
    aheadMs += 1_800_000
    expect(await shareOfB()).toBeGreaterThan(0.35)
  })
})
