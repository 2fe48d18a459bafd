/** Figures of the gateway, and what plugins show of themselves. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createGateway, type Metric, type PluginHandle, type PluginHost } from '../../src/index.ts'
import { createTestGateway } from '../../src/testing.ts'
import { plugin } from '../support.ts'

afterEach(() => void vi.restoreAllMocks())

const named = (metrics: readonly Metric[], name: string): Metric => {
  const found = metrics.find((metric) => metric.name === name)
  if (!found) throw new Error(`There is no metric ${name}`)
  return found
}

const counter = (value: number): Metric => ({
  name: 'acme.things',
  kind: 'counter',
  unit: '{thing}',
  description: 'Things',
  points: [{ attributes: {}, value }],
})

const shows = (handle: PluginHandle, name = 'acme') => plugin(name, () => handle)

describe('the figures of a gateway', () => {
  test('tell exchanges, the own time, plugins and endpoints', async () => {
    const watcher = plugin('watcher', ({ hooks }: PluginHost) => hooks.onRequest.tap(() => {}))
    await using tested = await createTestGateway([watcher])
    await (await tested.fetch('/')).text()
    await vi.waitFor(() => expect(tested.gateway.stats().inFlight).toBe(0))
    const metrics = tested.gateway.metrics()
    expect(named(metrics, 'postern.exchanges').points).toEqual([{ attributes: {}, value: 1 }])
    expect(named(metrics, 'postern.exchanges.active').points).toEqual([{ attributes: {}, value: 0 }])
    const overhead = named(metrics, 'postern.gateway.overhead')
    if (overhead.kind !== 'histogram') throw new Error('The overhead is no histogram')
    expect(overhead.bounds[0]).toBe(0.000_05)
    expect(overhead.points[0]?.counts.reduce((sum, count) => sum + count)).toBe(1)
    expect(overhead.points[0]?.sum).toBeGreaterThan(0)
    expect(named(metrics, 'postern.plugin.calls').points[0]).toEqual({
      attributes: { 'postern.plugin': 'watcher', 'postern.hook': 'onRequest' },
      value: 1,
    })
    expect(named(metrics, 'postern.endpoint.connections').points.map(({ attributes }) => attributes)).toEqual(
      [
        { 'postern.service': '', 'postern.endpoint': tested.upstream.url, 'postern.state': 'used' },
        { 'postern.service': '', 'postern.endpoint': tested.upstream.url, 'postern.state': 'idle' },
      ],
    )
    expect(tested.gateway.stats().endpoints).toEqual([
      {
        service: '',
        origin: tested.upstream.url,
        address: '',
        inFlight: 0,
        waiting: 0,
        connected: 1,
        idle: 1,
      },
    ])
  })

  test('tell endpoints of one name apart by their addresses, and add up what cannot be told apart', async () => {
    const endpoints = plugin('endpoints', ({ endpoint }: PluginHost) => {
      const url = 'http://orders.internal'
      for (const address of ['10.0.0.1', '10.0.0.2']) endpoint(url, { service: 'orders', address })
      for (const socketPath of ['/a.sock', '/b.sock']) endpoint(url, { service: 'orders', socketPath })
    })
    await using gateway = closing(createGateway([endpoints], { logger: false }))
    const { points } = named(gateway.metrics(), 'postern.endpoint.attempts.active')
    const of = { 'postern.service': 'orders', 'postern.endpoint': 'http://orders.internal' }
    expect(points).toEqual([
      { attributes: { ...of, 'network.peer.address': '10.0.0.1' }, value: 0 },
      { attributes: { ...of, 'network.peer.address': '10.0.0.2' }, value: 0 },
      { attributes: of, value: 0 },
    ])
  })

  test('go on over a reload, that of a plugin included', async () => {
    const watcher = plugin('watcher', ({ hooks }: PluginHost) => hooks.onRequest.tap(() => {}))
    await using gateway = closing(createGateway([watcher], { upstream: 'http://127.0.0.1:1', logger: false }))
    await gateway.fetch('http://orders/')
    await gateway.reload([watcher], { upstream: 'http://127.0.0.1:1', logger: false })
    await gateway.fetch('http://orders/')
    const metrics = gateway.metrics()
    expect(named(metrics, 'postern.plugin.calls').points[0]).toMatchObject({ value: 2 })
    expect(named(metrics, 'postern.exchanges').points[0]).toMatchObject({ value: 2 })
    expect(named(metrics, 'postern.generation').points[0]).toMatchObject({ value: 2 })
  })

  test('hold those of plugins, and a plugin that fails to give them is left out', async () => {
    const broken = shows(
      {
        metrics: () => {
          throw new Error('broken')
        },
      },
      'broken',
    )
    await using gateway = closing(
      createGateway([broken, shows({ metrics: () => [counter(3)] })], { logger: false }),
    )
    expect(named(gateway.metrics(), 'acme.things').points[0]).toEqual({ attributes: {}, value: 3 })
  })

  test('are there for a plugin that exports them', async () => {
    let host: PluginHost | undefined
    const exporter = plugin('exporter', (given: PluginHost) => {
      host = given
    })
    await using gateway = closing(
      createGateway([exporter, shows({ metrics: () => [counter(4)] })], { logger: false }),
    )
    expect(host?.metrics().map(({ name }) => name)).toEqual(gateway.metrics().map(({ name }) => name))
  })
})

describe('views', () => {
  test('are those of the newest generation', async () => {
    const first = shows({ views: { things: { read: (query) => query.get('of') ?? 'all' } } })
    await using gateway = closing(createGateway([first], { logger: false }))
    expect(gateway.views().get('things')?.read(new URLSearchParams('of=mine'))).toBe('mine')
    await gateway.reload([shows({ views: { others: { read: () => 1 } } })], { logger: false })
    expect([...gateway.views().keys()]).toEqual(['others'])
  })

  test('with a name that two plugins give stop the start, and close what was set up', async () => {
    const close = vi.fn()
    const view = { things: { read: () => 1 } }
    expect(() =>
      createGateway([shows({ close, views: view }, 'one'), shows({ views: view }, 'two')], { logger: false }),
    ).toThrow('Plugin two has a view "things", which one has, too. Rename it')
    await vi.waitFor(() => expect(close).toHaveBeenCalledOnce())
  })

  test('with a name that cannot stand in a path stop the start', () => {
    expect(() => createGateway([shows({ views: { 'a/b': { read: () => 1 } } })], { logger: false })).toThrow(
      'Plugin acme has a view "a/b", which is not of lower-case letters, digits and "-". Rename it',
    )
  })
})

describe('routes', () => {
  test('tell how each plugin runs on them', async () => {
    const routes = plugin('routes', ({ addRoute }: PluginHost) => {
      addRoute({ id: 'orders', service: 'orders', plugins: { acme: { mode: 'shadow', percent: 10 } } })
      addRoute({ id: 'open', plugins: { acme: 'off' } })
    })
    await using gateway = closing(
      createGateway([routes, shows({})], { logger: false, timeouts: { totalMs: 1_000 } }),
    )
    const modes = gateway.routes().map(({ id, service, plugins }) => ({
      id,
      service,
      acme: plugins.find(({ name }) => name === 'acme'),
    }))
    expect(modes).toEqual([
      { id: 'default', service: '', acme: { name: 'acme', mode: 'enforce', percent: 100, except: {} } },
      { id: 'orders', service: 'orders', acme: { name: 'acme', mode: 'shadow', percent: 10, except: {} } },
      { id: 'open', service: '', acme: { name: 'acme', mode: 'off', percent: 100, except: {} } },
    ])
    expect(gateway.routes()[0]?.timeouts.totalMs).toBe(1_000)
  })
})

function closing<TGateway extends { close(): Promise<void> }>(gateway: TGateway): TGateway & AsyncDisposable {
  return Object.assign(gateway, { [Symbol.asyncDispose]: () => gateway.close() })
}
