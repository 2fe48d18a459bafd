/** A handshake that is refused is answered like any other request, and its connection closed. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { defineErrors, GatewayError, type GatewayOptions, type PluginInstance } from '../../src/index.ts'
import { createTestGateway, type UpstreamBehaviour, until } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'
import { plugin } from '../support.ts'
import { handshake, openWebSocket } from './peers.ts'

const errors = { source: 'client', stage: 'hooks', retryable: false, text: 'No.' } as const
defineErrors({
  GW_TEST_UNAUTHORIZED: { status: 401, ...errors },
  GW_TEST_FORBIDDEN: { status: 403, ...errors },
})

const guard = (check: () => GatewayError | undefined): PluginInstance =>
  plugin('guard', ({ hooks }) => hooks.onRoute.tap((route) => route.hooks.preForward.tap(check)), {
    fault: 'guard',
  })
const refusing = (code: 'GW_TEST_UNAUTHORIZED' | 'GW_TEST_FORBIDDEN'): PluginInstance =>
  guard(() => new GatewayError(code))
const breaking = (): never => {
  throw new Error('broken')
}

/** What a WebSocket client of `ws` is told when it is refused. */
async function refusalOf(url: string) {
  const socket = new WebSocket(url.replace(/^http/, 'ws'))
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
  let body = ''
  for await (const chunk of response) body += String(chunk)
  socket.on('error', () => {})
  socket.terminate()
  return { status: response.statusCode, body, headers: response.headers }
}

async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

interface Refusal {
  readonly plugins?: readonly PluginInstance[]
  readonly options?: GatewayOptions
  readonly behaviour?: UpstreamBehaviour
}

const silent: UpstreamBehaviour = { kind: 'silent' }

test.each<[string, number, string, Refusal]>([
  ['by a guard', 401, 'GW_TEST_UNAUTHORIZED', { plugins: [refusing('GW_TEST_UNAUTHORIZED')] }],
  ['by another', 403, 'GW_TEST_FORBIDDEN', { plugins: [refusing('GW_TEST_FORBIDDEN')] }],
  ['by a guard that breaks', 503, 'GW_GUARD_THREW', { plugins: [guard(breaking)] }],
  ['without a route', 404, 'GW_ROUTE_NOT_FOUND', { options: { upstream: undefined } }],
  [
    'by a plugin that cannot choose',
    500,
    'GW_PLUGIN_THREW',
    {
      plugins: [
        plugin('picky', ({ hooks }) => hooks.onRoute.tap((route) => route.hooks.pickEndpoint.tap(breaking))),
      ],
    },
  ],
  ['by an upstream that resets', 502, 'GW_UPSTREAM_RESET', { behaviour: { kind: 'reset-before-head' } }],
  ['by an upstream without HTTP', 502, 'GW_UPSTREAM_BAD_RESPONSE', { behaviour: { kind: 'garbage' } }],
  [
    'by an upstream that is silent',
    504,
    'GW_UPSTREAM_HEADERS_TIMEOUT',
    { options: { timeouts: { headersMs: 50 } }, behaviour: silent },
  ],
  [
    'by a deadline',
    504,
    'GW_UPSTREAM_TOTAL_TIMEOUT',
    { options: { timeouts: { totalMs: 50 } }, behaviour: silent },
  ],
])('%s: %i %s', async (_who, status, code, { plugins = [], options, behaviour }) => {
  await using gateway = await createTestGateway(plugins, options, behaviour)
  await expectRefusals(gateway.url, gateway.port, status, code)
  await gateway.finished(2)
  expect(gateway.exchanges.at(-1)).toMatchObject({ status, error: { code } })
})

test('by a port that refuses: 502', async () => {
  await using gateway = await createTestGateway([], { upstream: `http://127.0.0.1:${await closedPort()}` })
  await expectRefusals(gateway.url, gateway.port, 502, 'GW_UPSTREAM_CONNECT_REFUSED')
})

test('above the concurrency of the endpoint: 503', async () => {
  const limits = { concurrencyPerEndpoint: 1 }
  await using gateway = await createTestGateway([], { limits, timeouts: { queueMs: 0 } }, silent)
  void gateway.fetch('/').catch(() => {})
  await until(() => gateway.upstream.requests.length === 1, 'the first')
  await expectRefusals(gateway.url, gateway.port, 503, 'GW_UPSTREAM_BUSY')
})

async function expectRefusals(url: string, port: number, status: number, code: string): Promise<void> {
  const refused = await refusalOf(url)
  expect([refused.status, JSON.parse(refused.body)]).toMatchObject([status, { status, code }])
  expect(refused.headers).toMatchObject({ 'content-type': 'application/problem+json', connection: 'close' })
  using client = await RawClient.open(port)
  const response = await client.exchange(handshake())
  expect([response.status, JSON.parse(response.body)]).toMatchObject([status, { code }])
  expect(response.header('connection')).toBe('close')
  await client.closed()
  expect(client.reset).toBe(false)
}

test.each([
  ['two hosts', 400, handshake('Host: b\r\n')],
  ['a path that is two', 400, handshake('', '/%2e%2e/x')],
  ['too large a head', 431, handshake(`X: ${'x'.repeat(400)}\r\n`)],
  ['too long a target', 414, handshake('', `/${'x'.repeat(60)}`)],
  ['an expectation that nobody knows', 417, handshake('Expect: 200-ok\r\n')],
])('for its head: %s, %i', async (_what, status, bytes) => {
  await using gateway = await createTestGateway([], {
    limits: { requestHeaderBytes: 400, requestTargetBytes: 50 },
  })
  using client = await RawClient.open(gateway.port)
  expect((await client.exchange(bytes)).status).toBe(status)
  await client.closed()
  expect(gateway.upstream.requests).toEqual([])
})

test('a refused client that neither closes nor stops sending is not kept', async () => {
  await using gateway = await createTestGateway([refusing('GW_TEST_FORBIDDEN')])
  using client = await RawClient.open(gateway.port)
  client.socket.allowHalfOpen = true
  expect((await client.exchange(handshake())).status).toBe(403)
  await until(() => client.ended, 'the end of the answer')
  const busy = setInterval(() => client.send('x'.repeat(1_000)), 5)
  await client.closed()
  clearInterval(busy)
})

describe('the place on the endpoint comes back', () => {
  test.each(['close', 'terminate'] as const)('whoever leaves, with %s', async (leave) => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    await using gateway = await createTestGateway([], {
      upstream: `http://127.0.0.1:${port}`,
      limits: { concurrencyPerEndpoint: 1 },
      timeouts: { queueMs: 0 },
    })
    const over = (): Promise<void> =>
      until(() => gateway.gateway.stats().inFlight === 0, 'the exchange to end')
    const first = await openWebSocket(gateway.url)
    expect((await refusalOf(gateway.url)).status).toBe(503)
    first[leave]()
    await over()
    const second = await openWebSocket(gateway.url)
    for (const theirs of server.clients) theirs[leave]()
    await once(second, 'close')
    await over()
    const third = await openWebSocket(gateway.url)
    third.terminate()
    await new Promise((resolve) => server.close(resolve))
  })
})
