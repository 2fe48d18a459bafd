/** Requests that a plugin sends by itself. */
import { createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { expect, test, vi } from 'vitest'
import {
  createGateway,
  definePlugin,
  type Endpoint,
  isGatewayError,
  type PluginHost,
  type PluginRequest,
} from '../../src/index.ts'
import { createTestGateway, createUpstream, until } from '../../src/testing.ts'

const ASK: PluginRequest = { method: 'GET', path: '/a?b=1', timeoutMs: 5_000, maxBodyBytes: 10_000 }

/** A plugin that hands its host out, and counts what it is told. */
function asker() {
  const hosts: PluginHost[] = []
  const hooked = vi.fn()
  const plugin = definePlugin({
    name: 'asker',
    version: '1.0.0',
    api: '1.0',
    fault: 'observer',
    setup(host) {
      hosts.push(host)
      host.hooks.onRequest.tap(hooked)
      host.hooks.onFinish.tap(hooked)
      host.hooks.onRoute.tap(({ hooks }) => hooks.onAttemptEnd.tap(hooked))
    },
  })
  return { plugin, hosts, hooked }
}

/** A gateway with the plugin, in front of an upstream of its own that is asked. */
async function start(plan: Parameters<typeof createUpstream>[0], path = '') {
  const { plugin, hosts, hooked } = asker()
  const upstream = await createUpstream(plan)
  const gateway = createGateway([plugin()], { logger: false })
  const [host] = hosts
  if (!host) throw new Error('Set up')
  const endpoint = host.endpoint(`${upstream.url}${path}`)
  const close = async (): Promise<void> => {
    await gateway.close({ graceMs: 0 })
    await upstream.close()
  }
  return { plugin, host, hosts, hooked, gateway, upstream, endpoint, [Symbol.asyncDispose]: close }
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'an answer',
    (error: unknown) => (isGatewayError(error) ? error.code : String(error)),
  )

test('it is an exchange of nobody: no hook, nothing in flight, nothing of this hop among its headers', async () => {
  let seen: Endpoint | undefined
  const inFlight: number[] = []
  await using at = await start(() => {
    inFlight.push(seen?.inFlight ?? -1)
    return { kind: 'echo' }
  }, '/base')
  seen = at.endpoint
  const body = Buffer.from('hello')
  const request = { ...ASK, method: 'POST', headers: ['x-probe', 'yes'], body }
  const response = await at.host.request(at.endpoint, request)
  expect(response).toMatchObject({ status: 200, truncated: false })
  expect(Buffer.from(response.body).toString()).toContain('hello')
  const [received] = at.upstream.requests
  expect(received).toMatchObject({ method: 'POST', url: '/base/a?b=1' })
  expect(Object.keys(received?.headers ?? {}).sort()).toEqual([
    'connection',
    'content-length',
    'host',
    'x-probe',
  ])
  expect(inFlight).toEqual([0])
  expect(at.hooked).not.toHaveBeenCalled()
  expect(at.gateway.stats().inFlight).toBe(0)
})

test('it takes the connections of the traffic', async () => {
  const { plugin, hosts } = asker()
  await using at = await createTestGateway([plugin()], {}, { kind: 'answer', body: 'x' })
  await (await at.fetch('/')).text()
  const endpoint = hosts[0]?.endpoint(at.upstream.url) as Endpoint
  await until(() => at.exchanges.length === 1, 'the exchange to be over')
  expect((await hosts[0]?.request(endpoint, ASK))?.status).toBe(200)
  expect(at.upstream.opened).toBe(1)
})

test('over HTTP/2', async () => {
  const server = createHttp2Server((request, response) => response.end(`${request.headers['x-probe']}`))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { plugin, hosts } = asker()
  const gateway = createGateway([plugin()], { logger: false })
  const endpoint = hosts[0]?.endpoint(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {
    protocol: 'http2',
  }) as Endpoint
  const response = await hosts[0]?.request(endpoint, { ...ASK, headers: ['x-probe', 'yes'] })
  expect(Buffer.from(response?.body ?? '').toString()).toBe('yes')
  await gateway.close()
  server.close()
})

test('any status is an answer, and the body is kept up to its bound', async () => {
  await using at = await start({ kind: 'answer', status: 503, body: 'x'.repeat(100_000) })
  const cut = await at.host.request(at.endpoint, { ...ASK, maxBodyBytes: 7 })
  expect({ ...cut, body: Buffer.from(cut.body).toString() }).toMatchObject({
    status: 503,
    body: 'xxxxxxx',
    truncated: true,
  })
  const whole = await at.host.request(at.endpoint, { ...ASK, maxBodyBytes: 100_000 })
  expect([whole.body.length, whole.truncated]).toEqual([100_000, false])
  await until(
    async () => (await at.upstream.connections()) === 1,
    'the connection of the cut answer to close',
  )
})

test.each([
  ['says nothing', { kind: 'silent' }, 'GW_UPSTREAM_HEADERS_TIMEOUT'],
  ['stalls in its body', { kind: 'stall-in-body', bytes: 9 }, 'GW_UPSTREAM_IDLE_TIMEOUT'],
] as const)('it ends in time when the upstream %s, and its connection with it', async (_, plan, code) => {
  await using at = await start(plan)
  const answer = codeOf(at.host.request(at.endpoint, { ...ASK, timeoutMs: 500 }))
  expect(await answer).toBe(code)
  await until(async () => (await at.upstream.connections()) === 0, 'the connection to close')
})

test('failures have the codes of the traffic', async () => {
  await using at = await start({ kind: 'reset-before-head' })
  expect(await codeOf(at.host.request(at.endpoint, ASK))).toBe('GW_UPSTREAM_RESET')
  const badHeader = { ...ASK, headers: ['bad name', 'x'] }
  expect(await codeOf(at.host.request(at.endpoint, badHeader))).toBe('GW_GATEWAY_INTERNAL')
  await at.upstream.close()
  expect(await codeOf(at.host.request(at.endpoint, ASK))).toBe('GW_UPSTREAM_CONNECT_REFUSED')
})

test.each(['close', 'reload'] as const)('a %s cuts those that run, and none starts after it', async (how) => {
  await using at = await start({ kind: 'silent' })
  const running = [1, 2, 3].map(() => codeOf(at.host.request(at.endpoint, ASK)))
  await until(() => at.upstream.requests.length === 3, 'the requests to arrive')
  if (how === 'close') await at.gateway.close()
  else await at.gateway.reload([at.plugin()], { logger: false })
  expect(await Promise.all(running)).toEqual(Array(3).fill('GW_GATEWAY_CLOSING'))
  expect(await codeOf(at.host.request(at.endpoint, ASK))).toBe('GW_GATEWAY_CLOSING')
  await until(async () => (await at.upstream.connections()) === 0, 'the connections to close')
})

test('one that is sent in set-up is sent when all is set up; of a set-up that fails, never', async () => {
  await using upstream = await createUpstream()
  const sent: Promise<string>[] = []
  const plugin = definePlugin({
    name: 'early',
    version: '1.0.0',
    api: '1.0',
    fault: 'observer',
    setup({ endpoint, request }) {
      sent.push(codeOf(request(endpoint(upstream.url), ASK)))
    },
  })
  const broken = definePlugin({
    name: 'broken',
    version: '1.0.0',
    api: '1.0',
    fault: 'observer',
    setup() {
      throw new Error('broken')
    },
  })
  const gateway = createGateway([plugin()], { logger: false })
  expect(await sent[0]).toBe('an answer')
  await gateway.close()
  expect(() => createGateway([plugin(), broken()], { logger: false })).toThrow('broken')
  expect(await sent[1]).toBe('GW_GATEWAY_CLOSING')
  expect(upstream.requests.length).toBe(1)
})
