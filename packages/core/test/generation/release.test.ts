/** Endpoints come and go while a generation lives. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { Generation } from '../../src/generation/generation.ts'
import { resolveSettings } from '../../src/generation/settings.ts'
import { createGateway, definePlugin, type Endpoint, type PluginHost } from '../../src/index.ts'
import { until } from '../../src/testing.ts'
import { PoolRegistry } from '../../src/upstream/pools.ts'

const noOwner = { onFinished: () => {}, metrics: () => [] }

const makeGeneration = (pools: PoolRegistry, before?: Generation): Generation =>
  new Generation(1, [], resolveSettings({ logger: false }), pools, noOwner, before)

test('a thousand changes leave no connections and no addresses', async () => {
  const pools = new PoolRegistry()
  const generation = makeGeneration(pools)
  for (let i = 0; i < 1_000; i++) {
    const endpoint = generation.endpoint('http://orders', { address: `10.0.${i >> 8}.${i & 255}` })
    endpoint.connections(1_000)
    expect(pools.size).toBeGreaterThan(0)
    generation.release(endpoint)
    generation.release(endpoint)
  }
  await until(() => pools.size === 0, 'the connections to close')
  expect(generation.knownSince.size).toBe(0)
  await generation.close()
})

test('an address that two services share is known until both let it go', async () => {
  const generation = makeGeneration(new PoolRegistry())
  const [a, b] = [generation.endpoint('http://10.0.0.1'), generation.endpoint('http://10.0.0.1')]
  generation.release(a)
  expect(generation.knownSince.size).toBe(1)
  generation.release(b)
  expect(generation.knownSince.size).toBe(0)
  await generation.close()
})

test('what runs keeps its connections, and who comes late is served and leaves nothing', async () => {
  const pools = new PoolRegistry()
  const generation = makeGeneration(pools)
  const endpoint = generation.endpoint('http://10.0.0.1')
  const first = endpoint.connections(1_000)
  const taker = { onPlace() {} }
  endpoint.places.take(taker, 1, 0)
  generation.release(endpoint)
  expect(endpoint.connections(1_000)).toBe(first)
  endpoint.places.release()
  await until(() => pools.size === 0, 'the connections to close')
  endpoint.places.take(taker, 1, 0)
  expect(endpoint.connections(1_000)).not.toBe(first)
  endpoint.places.release()
  await until(() => pools.size === 0, 'the connections to close again')
  await generation.close()
})

test('a response that runs on a released endpoint comes to its end, and its connection closes then', async () => {
  const running: ServerResponse[] = []
  const server = createServer((_request, response) => {
    response.write('a')
    running.push(response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  let host: PluginHost | undefined
  let current: Endpoint | undefined
  const lead = definePlugin({
    name: 'lead',
    version: '1.0.0',
    api: '1.0',
    fault: 'transform',
    setup(gateway) {
      host = gateway
      current = gateway.endpoint(url)
      const route = gateway.addRoute({ id: 'all' })
      gateway.hooks.pickRoute.tap(() => route)
      gateway.hooks.onRoute.tap(({ hooks }) => hooks.pickEndpoint.tap(() => current))
    },
  })
  const gateway = createGateway([lead()], { logger: false })
  const response = await gateway.fetch('http://any/')
  host?.release(current as Endpoint)
  running[0]?.end('b')
  expect(await response.text()).toBe('ab')
  const connections = () =>
    new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)))
  let open = 1
  await until(() => {
    void connections().then((count) => {
      open = count
    })
    return open === 0
  }, 'the connection to close')
  await gateway.close()
  server.close()
})
