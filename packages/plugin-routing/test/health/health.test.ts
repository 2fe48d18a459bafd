/** Health through a gateway: real requests, real services that fail. */
import { until } from '@postern/core/testing'
import { describe, expect, it } from 'vitest'
import { type RoutingOptions, routing, routingView, type ServiceOptions } from '../../src/index.ts'
import { startRouting } from '../_support/services.ts'
import { startSickly } from './_sickly.ts'

/** A gateway in front of one service, and its state. */
function gatewayFor(orders: ServiceOptions) {
  const view = routingView()
  const optionsFor = (service: ServiceOptions): RoutingOptions => ({
    view,
    services: { orders: service },
    routes: [{ match: {}, to: 'orders' }],
  })
  const started = startRouting(optionsFor(orders))
  return Object.assign(started, {
    view,
    state: (url: string): string =>
      view.services()[0]?.endpoints.find((endpoint) => endpoint.url === url)?.state ?? 'none',
    reload: (service: ServiceOptions) =>
      started.gateway.reload([routing(optionsFor(service))], { logger: false }),
    async askTimes(times: number): Promise<void> {
      for (let i = 0; i < times; i++) await started.ask('http://gateway/')
    },
    async askUntil(isSo: () => boolean, what: string): Promise<void> {
      for (let i = 0; i < 5_000 && !isSo(); i++) await started.ask('http://gateway/')
      await until(isSo, what)
    },
  })
}

describe('passive health', () => {
  it('an endpoint that answers 500 half of the time is ejected by the share, and comes back when it is well', async () => {
    await using sick = await startSickly('sick')
    await using well = await startSickly('well')
    const failureRate = { threshold: 0.4, minRequests: 10 }
    await using gateway = gatewayFor({
      balance: 'round-robin',
      ejectMs: 100,
      endpoints: [sick.url, well.url],
      health: { passive: { statuses: '5xx', failureRate } },
    })
    await gateway.askTimes(40)
    expect(gateway.state(sick.url)).toBe('healthy')
    sick.statusOf = (served) => (served % 2 === 0 ? 500 : 200)
    await gateway.askUntil(() => gateway.state(sick.url) === 'ejected', 'the ejection')
    sick.statusOf = () => 200
    await gateway.askUntil(() => gateway.state(sick.url) === 'healthy', 'the return')
    const before = sick.served
    await gateway.askTimes(20)
    expect(sick.served - before).toBe(10)
  })

  it('an endpoint that is killed and restarted on its port comes back by itself', async () => {
    await using a = await startSickly('a')
    await using b = await startSickly('b')
    await using gateway = gatewayFor({ balance: 'round-robin', ejectMs: 50, endpoints: [a.url, b.url] })
    await gateway.askTimes(4)
    await a.stop()
    await gateway.askUntil(() => gateway.state(a.url) === 'ejected', 'the ejection')
    // A probe that fails is repeated elsewhere, since no connection could be made.
    for (let i = 0; i < 20; i++) expect(await gateway.ask('http://gateway/')).toBe('200 b')
    await a.start()
    await gateway.askUntil(() => gateway.state(a.url) === 'healthy', 'the return')
  })

  it('all endpoints are used when all are sick, and it is known', async () => {
    await using a = await startSickly('a')
    await using b = await startSickly('b')
    await using gateway = gatewayFor({ balance: 'round-robin', endpoints: [a.url, b.url] })
    a.statusOf = b.statusOf = () => 503
    await gateway.askTimes(12)
    expect(gateway.view.services()).toMatchObject([{ name: 'orders', ready: false, panic: true }])
    const before = [a.served, b.served]
    await gateway.askTimes(10)
    expect([a.served - (before[0] ?? 0), b.served - (before[1] ?? 0)]).toEqual([5, 5])
  })

  it('a reload keeps who is ejected, and forgets addresses that it leaves out', async () => {
    await using a = await startSickly('a')
    await using b = await startSickly('b')
    const both = { ejectMs: 3_600_000, endpoints: [a.url, b.url] }
    await using gateway = gatewayFor(both)
    a.statusOf = () => 503
    await gateway.askUntil(() => gateway.state(a.url) === 'ejected', 'the ejection')
    await gateway.reload(both)
    expect(gateway.state(a.url)).toBe('ejected')
    const before = a.served
    await gateway.askTimes(20)
    expect(a.served).toBe(before)
    await gateway.reload({ ...both, endpoints: [b.url] })
    // The old generation has ended by the time that the next request has.
    await gateway.askTimes(1)
    await gateway.reload(both)
    expect(gateway.state(a.url)).toBe('healthy')
  })

  it('a reload that fails leaves everything as it is', async () => {
    await using a = await startSickly('a')
    await using b = await startSickly('b')
    const both = { ejectMs: 3_600_000, endpoints: [a.url, b.url] }
    await using gateway = gatewayFor(both)
    a.statusOf = () => 503
    await gateway.askUntil(() => gateway.state(a.url) === 'ejected', 'the ejection')
    await expect(gateway.reload({ ...both, endpoints: ['ftp://a'] })).rejects.toThrow('ftp://')
    expect(gateway.state(a.url)).toBe('ejected')
  })
})

describe('active health', () => {
  const active = { path: '/healthz', intervalMs: 20, timeoutMs: 1_000 }

  it('takes an endpoint out when its checks fail, and brings it back when they are good again', async () => {
    await using a = await startSickly('a')
    await using b = await startSickly('b')
    await using gateway = gatewayFor({ endpoints: [a.url, b.url], health: { active } })
    expect(gateway.state(a.url)).toBe('healthy')
    a.healthy = { status: 503, body: '' }
    await until(() => gateway.state(a.url) === 'unhealthy', 'the checks to fail')
    const before = a.served
    await gateway.askTimes(20)
    expect(a.served).toBe(before)
    a.healthy = { status: 200, body: '' }
    await until(() => gateway.state(a.url) === 'healthy', 'the checks to pass')
    await gateway.askTimes(40)
    expect(a.served).toBeGreaterThan(before)
  })

  it.each([
    ['another status than the expected', { ...active, expectStatus: 204 }],
    ['a body without the expected text', { ...active, expectBody: 'excellent' }],
    ['no answer in time', { ...active, path: '/healthz', timeoutMs: 1 }],
  ])('takes %s for bad', async (_, options) => {
    await using a = await startSickly('a')
    a.checkDelayMs = 200
    await using gateway = gatewayFor({ endpoints: [a.url], health: { active: options } })
    await until(() => gateway.state(a.url) === 'unhealthy', 'the checks to fail')
    expect(gateway.view.services()).toMatchObject([{ ready: false, panic: true }])
    // Nothing else is left.
    expect(await gateway.ask('http://gateway/')).toBe('200 a')
  })

  it('asks an endpoint with one check at a time, also over reloads, and keeps what it found', async () => {
    await using a = await startSickly('a')
    await using b = await startSickly('b')
    a.healthy = { status: 500, body: '' }
    a.checkDelayMs = 30
    const options = {
      endpoints: [a.url, b.url],
      health: { active: { ...active, intervalMs: 1, unhealthyThreshold: 2 } },
    }
    await using gateway = gatewayFor(options)
    await until(() => gateway.state(a.url) === 'unhealthy', 'the checks to fail')
    for (let i = 0; i < 5; i++) {
      await gateway.reload(options)
      expect(gateway.state(a.url)).toBe('unhealthy')
      const before = a.checks
      await until(() => a.checks > before + 1, 'more checks')
    }
    expect(a.checksAtOnce).toBe(1)
  })

  it('stops with the gateway', async () => {
    await using a = await startSickly('a')
    a.checkDelayMs = 20
    const gateway = gatewayFor({ endpoints: [a.url], health: { active: { ...active, intervalMs: 1 } } })
    await until(() => a.checks > 2, 'checks')
    await gateway.gateway.close({ graceMs: 0 })
    const before = a.checks
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(a.checks).toBe(before)
    expect(gateway.view.services()).toEqual([])
  })
})
