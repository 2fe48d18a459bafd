/** The figures that the plugin gives a gateway: over reloads, with attributes of the configuration alone. */
import { createUpstream } from '@postern/core/testing'
import { expect, it } from 'vitest'
import { type RoutingOptions, routing } from '../src/index.ts'
import { figures } from './_support/figures.ts'
import { HandDiscovery } from './_support/hand-discovery.ts'
import { deadAddress, startRouting, startService } from './_support/services.ts'

it('requests and retries are told by route, what the budget refused by service, and they go on over a reload', async () => {
  await using upstream = await createUpstream({ kind: 'answer', status: 503, body: 'busy' })
  const options: RoutingOptions = {
    services: {
      orders: { ejectMs: 0, endpoints: [upstream.url], retryBudget: { ratio: 0, minPerSecond: 0.2 } },
    },
    routes: [
      { id: 'a', match: { path: '/a' }, to: 'orders', retry: { backoffMs: 1, maxBackoffMs: 1 } },
      { id: 'b', match: { path: '/b' }, to: 'orders' },
    ],
  }
  await using started = startRouting(options)
  const { gateway } = started
  for (const path of ['a', 'a', 'b']) await started.ask(`http://orders/${path}`)
  const expected = {
    requests: ['route=a 2', 'route=b 1'],
    retries: ['route=a 2', 'route=b 0'],
    hedges: ['route=a 0', 'route=b 0'],
    mirrors: [],
    'retry_budget.refused': ['service=orders 1'],
    'retry_budget.left': ['service=orders 0'],
  }
  const told = () => Object.fromEntries(Object.keys(expected).map((name) => [name, figures(gateway, name)]))
  expect(told()).toEqual(expected)
  await gateway.reload([routing(options)], { logger: false })
  expect(told()).toEqual(expected)
})

it('mirrors are told by outcome', async () => {
  await using orders = await startService('orders')
  await using shadow = await startService('shadow')
  await using started = startRouting({
    services: { orders: { endpoints: [orders.url] }, shadow: { endpoints: [shadow.url] } },
    routes: [{ id: 'r', match: {}, to: 'orders', mirror: { to: 'shadow', bodyBytes: 3 } }],
  })
  await started.ask('http://orders/')
  await started.ask('http://orders/', { method: 'POST', body: 'long' })
  const told = (answered: number) => [
    `route=r outcome=answered ${answered}`,
    'route=r outcome=failed 0',
    'route=r outcome=full 0',
    'route=r outcome=body 1',
  ]
  await expect.poll(() => figures(started.gateway, 'mirrors')).toEqual(told(1))
})

it('a copy that has nowhere to go has failed, and was not sent', async () => {
  await using orders = await startService('orders')
  await using started = startRouting({
    services: { orders: { endpoints: [orders.url] }, shadow: { discovery: new HandDiscovery() } },
    routes: [{ id: 'r', match: {}, to: 'orders', mirror: { to: 'shadow' } }],
  })
  await started.ask('http://orders/')
  await expect.poll(() => figures(started.gateway, 'mirrors')).toContain('route=r outcome=failed 1')
})

it('breakers are told by route or service, with a point for each state', async () => {
  const dead = await deadAddress()
  const breaker = { consecutiveFailures: 1, openMs: 60_000 }
  await using started = startRouting({
    services: { orders: { endpoints: [dead], breaker } },
    routes: [{ id: 'r', match: {}, to: 'orders', breaker }],
  })
  expect(figures(started.gateway, 'breaker.state')).toContain('route=r state=closed 1')
  for (let i = 0; i < 3; i++) await started.ask('http://orders/')
  expect(figures(started.gateway, 'breaker.state')).toEqual([
    'route=r state=closed 0',
    'route=r state=open 1',
    'route=r state=half-open 0',
    'service=orders state=closed 0',
    'service=orders state=open 1',
    'service=orders state=half-open 0',
  ])
  expect(figures(started.gateway, 'breaker.trips')).toEqual(['route=r 1', 'service=orders 1'])
  expect(figures(started.gateway, 'breaker.refused')).toEqual(['route=r 2', 'service=orders 0'])
})

it('endpoints are counted by state, and told one by one, with ejections', async () => {
  await using orders = await startService('orders')
  const dead = await deadAddress()
  await using started = startRouting({
    services: {
      orders: {
        endpoints: [orders.url, dead, { url: 'http://127.0.0.1:9', weight: 0 }],
        balance: 'round-robin',
        ejectMs: 60_000,
        health: { panicThreshold: 0 },
      },
      here: { inProcess: true },
    },
    routes: [{ match: {}, to: 'orders' }],
  })
  for (let i = 0; i < 4; i++) await started.ask('http://orders/')
  expect(figures(started.gateway, 'service.endpoints').slice(0, 5)).toEqual([
    'service=orders state=healthy 1',
    'service=orders state=ejected 1',
    'service=orders state=probing 0',
    'service=orders state=unhealthy 0',
    'service=orders state=draining 1',
  ])
  expect(figures(started.gateway, 'endpoint.healthy')).toEqual([
    `service=orders endpoint=${orders.url} 1`,
    `service=orders endpoint=${dead} 0`,
    'service=orders endpoint=http://127.0.0.1:9 0',
  ])
  expect(figures(started.gateway, 'ejections')).toEqual(['service=orders 1', 'service=here 0'])
  expect(figures(started.gateway, 'service.ready')).toEqual(['service=orders 1', 'service=here 1'])
  expect(figures(started.gateway, 'service.panic')).toEqual(['service=orders 0', 'service=here 0'])
})

it('health checks are counted by outcome', async () => {
  await using orders = await startService('orders')
  const active = { path: '/health', intervalMs: 10 }
  await using started = startRouting({
    services: {
      orders: { endpoints: [orders.url], health: { active } },
      gone: { endpoints: [await deadAddress()], health: { active } },
    },
    routes: [{ match: {}, to: 'orders' }],
  })
  const count = (at: number) => Number(figures(started.gateway, 'health.checks')[at]?.split(' ').at(-1) ?? 0)
  await expect.poll(() => [count(0) > 1, count(1), count(2), count(3) > 1]).toEqual([true, 0, 0, true])
})

it('endpoints of one name are told apart by their addresses', async () => {
  const discovery = new HandDiscovery()
  await using started = startRouting({
    services: { orders: { discovery } },
    routes: [{ match: {}, to: 'orders' }],
  })
  const url = 'http://orders.internal'
  discovery.say(
    { url, address: '10.0.0.1' },
    { url, address: '10.0.0.2' },
    { url, address: '10.0.0.2', socketPath: '/a.sock' },
    { url, address: '10.0.0.2', socketPath: '/b.sock' },
  )
  expect(figures(started.gateway, 'endpoint.healthy')).toEqual([
    `service=orders endpoint=${url} network.peer.address=10.0.0.1 1`,
    `service=orders endpoint=${url} network.peer.address=10.0.0.2 1`,
  ])
})

it('a source of endpoints is told with its age and its failures, over a change of the source too', async () => {
  const discovery = new HandDiscovery()
  const options = (source: HandDiscovery): RoutingOptions => ({
    services: { orders: { discovery: source } },
    routes: [{ match: {}, to: 'orders' }],
  })
  await using started = startRouting(options(discovery))
  const { gateway } = started
  expect(figures(gateway, 'discovery.age')).toEqual([])
  discovery.fail('nobody answers')
  expect(figures(gateway, 'discovery.failing')).toEqual(['service=orders 1'])
  discovery.say('http://127.0.0.1:1')
  expect(figures(gateway, 'discovery.failing')).toEqual(['service=orders 0'])
  expect(figures(gateway, 'discovery.age')[0]).toMatch(/^service=orders 0\.0/)
  await gateway.reload([routing(options(new HandDiscovery()))], { logger: false })
  expect(figures(gateway, 'discovery.failures')).toEqual(['service=orders 1'])
})

it('uses of old names are counted before and after their end', async () => {
  await using orders = await startService('orders')
  const options: RoutingOptions = {
    services: {
      orders: {
        endpoints: [orders.url],
        aliases: ['order-svc', { name: 'old', until: '2020-01-01' }],
      },
    },
    routes: [{ id: 'r', match: { host: 'orders' }, to: 'order-svc' }],
  }
  await using started = startRouting(options)
  for (const host of ['order-svc', 'order-svc', 'old', 'orders']) await started.ask(`http://${host}/`)
  const told = [
    'name=order-svc place=order-svc service=orders overdue=false 2',
    'name=order-svc place=order-svc service=orders overdue=true 0',
    'name=old place=old service=orders overdue=false 0',
    'name=old place=old service=orders overdue=true 1',
  ]
  await expect.poll(() => figures(started.gateway, 'name.uses')).toEqual(told)
  await started.gateway.reload([routing(options)], { logger: false })
  expect(figures(started.gateway, 'name.uses')).toEqual(told)
})
