/** Addresses that get nothing new: what is shown of them until they are empty. */
import { describe, expect, it } from 'vitest'
import { type RoutingOptions, routing, routingView, type ServiceOptions } from '../src/index.ts'
import { HandDiscovery } from './_support/hand-discovery.ts'
import { startRouting, startService, startStuck } from './_support/services.ts'

const optionsOf = (orders: ServiceOptions): RoutingOptions => ({
  services: { orders },
  routes: [{ match: {}, to: 'orders' }],
})

/** A gateway with a view, where one request runs on a service that does not answer until it is told to. */
async function startBusy(options: (url: string) => ServiceOptions) {
  const stuck = await startStuck('stuck')
  const view = routingView()
  const gateway = startRouting({ ...optionsOf(options(stuck.url)), view })
  return {
    url: stuck.url,
    /** What is shown, as `state of what runs there`. */
    states: (): Record<string, string> =>
      Object.fromEntries(
        (view.services()[0]?.endpoints ?? []).map(({ url, state, inFlight }) => [
          url,
          `${state} ${inFlight}`,
        ]),
      ),
    ready: () => view.services()[0]?.ready,
    ask: () => gateway.ask('http://orders/'),
    reload: (orders: ServiceOptions) =>
      gateway.gateway.reload([routing({ ...optionsOf(orders), view })], { logger: false }),
    /** Starts the request; the answer comes with `release`. */
    async begin() {
      const answer = gateway.ask('http://orders/')
      await expect.poll(() => stuck.waiting.length).toBe(1)
      return { answer }
    },
    release: () => stuck.release(),
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      await stuck[Symbol.asyncDispose]()
    },
  }
}

describe('an endpoint that a source took away', () => {
  it('drains with what runs there, gets nothing new, and is gone once it is empty', async () => {
    const registry = new HandDiscovery()
    await using a = await startService('a')
    await using busy = await startBusy(() => ({ discovery: registry }))
    registry.say(busy.url)
    const { answer } = await busy.begin()
    registry.say(a.url)
    expect(busy.states()).toEqual({ [a.url]: 'healthy 0', [busy.url]: 'draining 1' })
    for (let i = 0; i < 4; i++) expect(await busy.ask()).toBe('200 a /')
    busy.release()
    expect(await answer).toBe('200 stuck')
    await expect.poll(busy.states).toEqual({ [a.url]: 'healthy 0' })
  })

  it('that was idle is gone at once', async () => {
    const registry = new HandDiscovery()
    await using a = await startService('a')
    await using busy = await startBusy(() => ({ discovery: registry }))
    registry.say(busy.url, a.url)
    registry.say(a.url)
    expect(busy.states()).toEqual({ [a.url]: 'healthy 0' })
  })

  it('does not drain when it is back', async () => {
    const registry = new HandDiscovery()
    await using a = await startService('a')
    await using busy = await startBusy(() => ({ discovery: registry }))
    registry.say(busy.url)
    const { answer } = await busy.begin()
    registry.say(a.url)
    registry.say(a.url, busy.url)
    expect(busy.states()).toEqual({ [a.url]: 'healthy 0', [busy.url]: 'healthy 0' })
    busy.release()
    await answer
  })
})

describe('an endpoint that a reload', () => {
  it('left out drains until what runs there has ended', async () => {
    await using a = await startService('a')
    await using busy = await startBusy((url) => ({ endpoints: [url] }))
    const { answer } = await busy.begin()
    await busy.reload({ endpoints: [a.url] })
    expect(busy.states()).toEqual({ [a.url]: 'healthy 0', [busy.url]: 'draining 1' })
    busy.release()
    expect(await answer).toBe('200 stuck')
    await expect.poll(busy.states).toEqual({ [a.url]: 'healthy 0' })
  })

  it('gave the weight 0 drains, and is still shown when it is empty', async () => {
    await using a = await startService('a')
    await using busy = await startBusy((url) => ({ endpoints: [url] }))
    const { answer } = await busy.begin()
    await busy.reload({ endpoints: [{ url: busy.url, weight: 0 }, a.url] })
    expect(busy.states()).toEqual({ [a.url]: 'healthy 0', [busy.url]: 'draining 1' })
    for (let i = 0; i < 4; i++) expect(await busy.ask()).toBe('200 a /')
    busy.release()
    await answer
    await expect.poll(busy.states).toEqual({ [a.url]: 'healthy 0', [busy.url]: 'draining 0' })
    await busy.reload({ endpoints: [busy.url, a.url] })
    expect(busy.states()).toEqual({ [a.url]: 'healthy 0', [busy.url]: 'healthy 0' })
  })
})

it('where all have the weight 0 nothing drains, and the service is ready', async () => {
  await using busy = await startBusy((url) => ({ endpoints: [{ url, weight: 0 }] }))
  expect([busy.states(), busy.ready()]).toEqual([{ [busy.url]: 'healthy 0' }, true])
})
