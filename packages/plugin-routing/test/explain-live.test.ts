import { createGateway, definePlugin } from '@postern/core'
import { describe, expect, it } from 'vitest'
import { explainRoute, type RoutingOptions, routing, routingView } from '../src/index.ts'
import { deadAddress, startRouting, startStuck } from './_support/services.ts'

const OPTIONS: RoutingOptions = {
  services: {
    orders: {
      endpoints: ['http://127.0.0.1:1'],
      aliases: [
        { name: 'order-svc', until: '2020-01-01' },
        { name: 'legacy', movedFrom: '/legacy/orders', movedTo: '/orders' },
      ],
    },
    beta: { endpoints: ['http://127.0.0.1:2'] },
  },
  routes: [
    { id: 'path', match: { path: '/orders' }, to: 'order-svc', stripPrefix: true },
    {
      id: 'host',
      match: { host: 'orders' },
      to: {
        split: [
          { to: 'orders', weight: 3 },
          { to: 'beta', weight: 1 },
        ],
      },
    },
  ],
}

describe('an explanation by options', () => {
  it('names the old name, the services behind the route, and what becomes of the path', () => {
    const { route, services, oldName, pathRewrites } = explainRoute(OPTIONS, {
      host: 'x',
      path: '/legacy/orders/7',
    })
    expect(route).toMatchObject({ id: 'path', index: 0, place: '/legacy/orders', outcome: 'won' })
    expect(services).toEqual(['orders'])
    expect(oldName).toEqual({
      name: 'legacy',
      place: '/legacy/orders',
      service: 'orders',
      untilMs: undefined,
      overdue: false,
    })
    expect(pathRewrites).toEqual([
      { by: 'moved', path: '/orders/7' },
      { by: 'stripPrefix', path: '/7' },
    ])
  })

  it('lists a route at each of its places, and says that a name is overdue', () => {
    const { considered, oldName, services } = explainRoute(OPTIONS, { host: 'order-svc:80', path: '/any' })
    expect(considered.map(({ id, place, outcome }) => [id, place, outcome])).toEqual([
      ['host', 'order-svc', 'won'],
      ['host', undefined, 'host'],
      ['path', '/legacy/orders', 'path'],
      ['path', undefined, 'path'],
    ])
    expect(oldName).toMatchObject({ name: 'order-svc', untilMs: Date.UTC(2020, 0, 1), overdue: true })
    expect(services).toEqual(['orders', 'beta'])
  })

  it('knows an old host on a route for any, and no old name elsewhere', () => {
    const ask = (host: string) => explainRoute(OPTIONS, { host, path: '/orders/7' })
    const { services, ...rest } = OPTIONS
    expect(ask('gateway')).toMatchObject({
      oldName: undefined,
      pathRewrites: [{ by: 'stripPrefix', path: '/7' }],
    })
    expect(explainRoute(rest, { host: 'order-svc', path: '/orders/7' }).oldName).toBeUndefined()
    const aliased = {
      services: { orders: { ...services['orders'], aliases: ['a'] } },
      routes: [{ match: {}, to: 'orders' }],
    }
    expect(explainRoute(aliased as RoutingOptions, { host: 'a', path: '/' }).oldName).toMatchObject({
      name: 'a',
    })
  })
})

describe('an explanation by a running gateway', () => {
  it('shows endpoints as they stand, the target with its shares, and the times and limits of the route', async () => {
    await using stuck = await startStuck('orders')
    const dead = await deadAddress()
    const view = routingView()
    const endpoints = [{ url: stuck.url, zone: 'a', weight: 3 }, dead]
    await using gateway = startRouting(
      {
        view,
        services: { orders: { balance: 'round-robin', endpoints }, beta: { endpoints: [dead] } },
        routes: [
          { match: { path: '/orders' }, to: 'orders', timeouts: { totalMs: 4_321 }, limits: { attempts: 5 } },
          {
            match: { path: '/split' },
            to: {
              split: [
                { to: 'orders', weight: 3 },
                { to: 'beta', weight: 1 },
              ],
            },
          },
        ],
      },
      { timeouts: { idleMs: 1_234 } },
    )
    // Four turns meet the dead one once; all of them end at the other.
    const answers = Array.from({ length: 4 }, () => gateway.ask('http://gateway/orders'))
    await expect.poll(() => stuck.waiting.length).toBe(4)
    const { timeouts, limits, target, serviceStates } = view.explain({ host: 'gateway', path: '/orders/7' })
    expect(timeouts).toMatchObject({ totalMs: 4_321, idleMs: 1_234 })
    expect(limits).toMatchObject({ attempts: 5 })
    expect(target).toEqual({ kind: 'service', service: 'orders' })
    expect(serviceStates).toMatchObject([
      {
        name: 'orders',
        endpoints: [
          { url: stuck.url, zone: 'a', weight: 3, currentWeight: 3, inFlight: 4, ejectedForMs: 0 },
          { url: dead, zone: undefined, weight: 1, inFlight: 0 },
        ],
      },
    ])
    const [alive, gone] = serviceStates[0]?.endpoints ?? []
    expect(alive?.knownForMs).toBeGreaterThan(0)
    expect(gone?.ejectedForMs).toBeGreaterThan(0)
    stuck.release()
    await Promise.all(answers)

    const split = view.explain({ host: 'gateway', path: '/split' })
    expect(split.target).toMatchObject({
      kind: 'split',
      parts: [
        { service: 'orders', share: 0.75 },
        { service: 'beta', share: 0.25 },
      ],
    })
    expect(split.serviceStates.map(({ name }) => name)).toEqual(['orders', 'beta'])
    expect(view.explain({ host: 'gateway', path: '/none' })).toMatchObject({
      route: undefined,
      target: undefined,
      timeouts: undefined,
      serviceStates: [],
    })
  })

  it('follows reloads, but not one that fails, and ends with the gateway', async () => {
    const view = routingView()
    const plugin = (id: string) =>
      routing({
        view,
        services: { orders: { endpoints: ['http://127.0.0.1:1'] } },
        routes: [{ id, match: {}, to: 'orders' }],
      })
    const broken = definePlugin({
      name: 'z-broken',
      version: '1.0.0',
      api: '1.0',
      fault: 'observer',
      setup() {
        throw new Error('no')
      },
    })
    const shown = () => view.explain({ host: 'x', path: '/' }).route?.id
    expect(shown).toThrow('No gateway runs')
    const gateway = createGateway([plugin('one')], { logger: false })
    expect(shown()).toBe('one')
    await gateway.reload([plugin('two')], { logger: false })
    expect(shown()).toBe('two')
    await expect(gateway.reload([plugin('three'), broken()], { logger: false })).rejects.toThrow('no')
    await expect.poll(shown).toBe('two')
    await gateway.close()
    expect(shown).toThrow('No gateway runs')
  })
})
