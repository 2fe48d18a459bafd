/** Drills: processes of a service that answer badly, all of them at once, and one that comes back, under load. */

import { setTimeout as delay } from 'node:timers/promises'
import { createGateway } from '@postern/core'
import { until } from '@postern/core/testing'
import { afterEach, expect, it, vi } from 'vitest'
import { routing, routingView, type ServiceOptions } from '../../src/index.ts'
import { clientThrough, type DrillSeat } from './_client.ts'
import { failed, Load } from './_load.ts'
import { type ServiceProcess, startProcess } from './_process.ts'

const FAST = 200

async function startGateway(service: ServiceOptions) {
  const view = routingView()
  const orders: ServiceOptions = { balance: 'round-robin', ...service }
  const gateway = createGateway(
    [routing({ view, services: { orders }, routes: [{ match: {}, to: 'orders' }] })],
    { logger: false },
  )
  return {
    load: async (seat: DrillSeat = 'hop') => new Load(await clientThrough(gateway, seat), FAST),
    service: () => view.services()[0],
    state: ({ url: at }: ServiceProcess) =>
      view.services()[0]?.endpoints.find((endpoint) => endpoint.url === at)?.state,
    [Symbol.asyncDispose]: () => gateway.close({ graceMs: 1_000 }),
  }
}

/** How many requests each got while `run` ran. */
async function servedWhile(
  processes: readonly ServiceProcess[],
  run: () => Promise<void>,
): Promise<number[]> {
  const served = () => Promise.all(processes.map((process) => process.served()))
  const before = await served()
  await run()
  // On a busy machine the last of them are sent in one burst, and still on their way.
  await delay(250)
  return (await served()).map((count, i) => count - (before[i] ?? 0))
}

afterEach(() => {
  vi.restoreAllMocks()
})

it.each<DrillSeat>(['hop', 'caller'])(
  'in the seat %s, an endpoint that answers 500 half of the time is ejected and comes back',
  {
    timeout: 120_000,
  },
  async (seat) => {
    await using a = await startProcess('a', 5)
    await using b = await startProcess('b', 5)
    await using gateway = await startGateway({
      endpoints: [a.url, b.url],
      ejectMs: 1_000,
      health: {
        passive: { statuses: '5xx', failureRate: { threshold: 0.4, minRequests: 10, windowMs: 1_000 } },
      },
    })
    const load = await gateway.load(seat)
    await load.after(20)
    a.fail(0.5)
    await until(() => gateway.state(a) === 'ejected', 'the ejection')
    a.fail(0)
    const [passedOver = 0] = await servedWhile([a], () => load.after(60))
    // What was on its way there, and the exchange that is let through.
    expect(passedOver).toBeLessThanOrEqual(5)
    await until(() => gateway.state(a) === 'healthy', 'the return')
    const [back = 0] = await servedWhile([a], () => load.after(60))
    expect(back).toBeGreaterThanOrEqual(20)
    const seen = await load.stop()
    expect(seen.statuses.get(500)).toBeGreaterThan(0)
    expect(failed(seen)).toBe(seen.statuses.get(500))
  },
)

it('all endpoints sick: all are used, and they come back by themselves', { timeout: 120_000 }, async () => {
  await using a = await startProcess('a', 5)
  await using b = await startProcess('b', 5)
  await using c = await startProcess('c', 5)
  const all = [a, b, c]
  await using gateway = await startGateway({
    endpoints: all.map(({ url }) => url),
    ejectMs: 300,
    health: { passive: { statuses: '5xx' } },
  })
  const load = await gateway.load()
  await load.after(30)
  for (const process of all) process.fail(1)
  await until(() => gateway.service()?.ready === false, 'all to be sick')
  expect(gateway.service()?.panic).toBe(true)
  for (const count of await servedWhile(all, () => load.after(90))) expect(count).toBeGreaterThanOrEqual(10)
  for (const process of all) process.fail(0)
  await until(() => all.every((one) => gateway.state(one) === 'healthy'), 'all to be back')
  expect(gateway.service()?.panic).toBe(false)
  await load.stop()
  const after = await gateway.load()
  await after.after(60)
  expect(failed(await after.stop())).toBe(0)
})

it('a thundering return is limited by slow start', { timeout: 120_000 }, async () => {
  // The endpoints are an hour old when the load begins; the one that comes back has a tenth of its weight for a minute.
  const clock = performance.now.bind(performance)
  let aheadMs = 0
  vi.spyOn(performance, 'now').mockImplementation(() => clock() + aheadMs)
  await using a = await startProcess('a', 5)
  await using b = await startProcess('b', 5)
  await using c = await startProcess('c', 5)
  await using gateway = await startGateway({
    endpoints: [a.url, b.url, c.url],
    ejectMs: 200,
    slowStartMs: 600_000,
  })
  aheadMs = 3_600_000
  const load = await gateway.load()
  const whole = await servedWhile([a, b, c], () => load.after(60))
  for (const count of whole) expect(count).toBeGreaterThanOrEqual(10)
  b.kill()
  await b.gone
  await until(() => gateway.state(b) === 'ejected', 'the ejection')
  await using restarted = await b.restart()
  await until(() => gateway.state(b) === 'healthy', 'the return')
  const [returned = 0] = await servedWhile([restarted], () => load.after(84))
  // A tenth of 2.1 is 4 of 84; a whole share would be 28.
  expect(returned).toBeGreaterThanOrEqual(1)
  expect(returned).toBeLessThanOrEqual(10)
  await load.stop()
})
