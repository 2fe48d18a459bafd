/** Every way in which an upstream fails, and what the client gets. */
import { createServer } from 'node:http'
import { createServer as createTcp, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { GatewayOptions } from '../../src/index.ts'
import { createTestGateway, createUpstream, type UpstreamBehaviour } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

async function failure(options: GatewayOptions, behaviour?: UpstreamBehaviour, bytes = GET) {
  await using gateway = await createTestGateway([], options, behaviour)
  using client = await RawClient.open(gateway.port)
  const response = await client.exchange(bytes)
  await gateway.finished(1)
  const exchange = gateway.exchanges[0]
  expect(exchange?.attempt?.error).toBe(exchange?.error)
  return { status: response.status, code: (JSON.parse(response.body) as { code: string }).code, exchange }
}

describe('before the head', () => {
  test.each<[string, UpstreamBehaviour, GatewayOptions, number, string]>([
    ['resets', { kind: 'reset-before-head' }, {}, 502, 'GW_UPSTREAM_RESET'],
    ['sends garbage', { kind: 'garbage' }, {}, 502, 'GW_UPSTREAM_BAD_RESPONSE'],
    [
      'sends huge headers',
      { kind: 'huge-headers', bytes: 200_000 },
      {},
      502,
      'GW_UPSTREAM_HEADERS_TOO_LARGE',
    ],
    [
      'never answers',
      { kind: 'silent' },
      { timeouts: { headersMs: 100 } },
      504,
      'GW_UPSTREAM_HEADERS_TIMEOUT',
    ],
    [
      'never answers within the total',
      { kind: 'silent' },
      { timeouts: { totalMs: 100 } },
      504,
      'GW_UPSTREAM_TOTAL_TIMEOUT',
    ],
  ])('an upstream that %s', async (_what, behaviour, options, status, code) => {
    expect(await failure(options, behaviour)).toMatchObject({ status, code })
  })

  test.each([
    ['refuses', 'http://127.0.0.1:1', 502, 'GW_UPSTREAM_CONNECT_REFUSED'],
    ['has no address', 'http://no-such-host.invalid', 502, 'GW_UPSTREAM_DNS'],
  ])('an upstream that %s', async (_what, upstream, status, code) => {
    expect(await failure({ upstream })).toMatchObject({ status, code })
  })

  test('an upstream that closes without a word', async () => {
    await using upstream = await createUpstream({ kind: 'bytes', bytes: '', end: 'close' })
    expect(await failure({ upstream: upstream.url })).toMatchObject({
      status: 502,
      code: 'GW_UPSTREAM_RESET',
    })
  })

  test('an upstream that closes in the middle of its head', async () => {
    await using upstream = await createUpstream({
      kind: 'bytes',
      bytes: 'HTTP/1.1 200 OK\r\nX-A: 1',
      end: 'close',
    })
    expect(await failure({ upstream: upstream.url })).toMatchObject({ status: 502 })
  })

  test('an upstream that does not accept: the connect time ends it', async () => {
    // A TLS client waits for a server's hello that never comes: the connection is not open before it has.
    const sockets: Socket[] = []
    const deaf = createTcp((socket) => sockets.push(socket))
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve))
    const { port } = deaf.address() as { port: number }
    const result = await failure({ upstream: `https://127.0.0.1:${port}`, timeouts: { connectMs: 100 } })
    expect(result).toMatchObject({ status: 504, code: 'GW_UPSTREAM_CONNECT_TIMEOUT' })
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => deaf.close(resolve))
  })

  test('an https upstream that speaks plain http', async () => {
    const plain = createServer((_request, response) => response.end())
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
    const { port } = plain.address() as { port: number }
    expect(await failure({ upstream: `https://127.0.0.1:${port}` })).toMatchObject({
      status: 502,
      code: 'GW_UPSTREAM_TLS',
    })
    await new Promise((resolve) => plain.close(resolve))
  })
})

describe('in the body', () => {
  async function cut(behaviour: UpstreamBehaviour, options: GatewayOptions = {}) {
    await using gateway = await createTestGateway([], options, behaviour)
    using client = await RawClient.open(gateway.port)
    client.send(GET)
    await client.closed()
    await gateway.finished(1)
    return { wire: client.received, error: gateway.exchanges[0]?.error, status: gateway.exchanges[0]?.status }
  }

  test('a reset cuts the client, and what came before is not lost', async () => {
    const { wire, error, status } = await cut({ kind: 'reset-in-body', length: 10_000, bytes: 5_000 })
    expect(wire).toMatch(/^HTTP\/1\.1 200 [\s\S]*content-length: 10000\r\n[\s\S]*x{5000}$/)
    expect([error?.code, status]).toEqual(['GW_UPSTREAM_BODY_CUT', 200])
  })

  test('a body shorter than its length is cut', async () => {
    await using upstream = await createUpstream({
      kind: 'bytes',
      bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc',
      end: 'close',
    })
    const { wire, error } = await cut({ kind: 'echo' }, { upstream: upstream.url })
    expect(wire).toMatch(/\r\n\r\nabc$/)
    expect(error?.code).toBe('GW_UPSTREAM_BODY_CUT')
  })

  test('chunks that end without a last one are cut: no clean end reaches the client', async () => {
    await using upstream = await createUpstream({
      kind: 'bytes',
      bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
      end: 'close',
    })
    const { wire, error } = await cut({ kind: 'echo' }, { upstream: upstream.url })
    expect(wire).toMatch(/3\r\nabc\r\n$/)
    expect(error?.code).toBe('GW_UPSTREAM_BODY_CUT')
  })

  test('a chunk that is no chunk cuts', async () => {
    await using upstream = await createUpstream({
      kind: 'bytes',
      bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n',
    })
    const { wire, error } = await cut({ kind: 'echo' }, { upstream: upstream.url })
    expect(wire).not.toMatch(/0\r\n\r\n$/)
    expect(error?.code).toBe('GW_UPSTREAM_BAD_RESPONSE')
  })

  test('a body that ends with its connection is complete', async () => {
    await using upstream = await createUpstream({
      kind: 'bytes',
      bytes: 'HTTP/1.1 200 OK\r\n\r\nabc',
      end: 'close',
    })
    await using gateway = await createTestGateway([], { upstream: upstream.url })
    expect(await (await gateway.fetch('/')).text()).toBe('abc')
  })

  test('a stall is cut after the idle time', async () => {
    const { error, wire } = await cut({ kind: 'stall-in-body', bytes: 100 }, { timeouts: { idleMs: 150 } })
    expect(wire).toContain('x'.repeat(100))
    expect(error?.code).toBe('GW_UPSTREAM_IDLE_TIMEOUT')
  })

  test('the total time cuts a body that never ends', async () => {
    const { error } = await cut(
      { kind: 'trickle', chunks: 1_000, bytes: 10, everyMs: 5 },
      { timeouts: { totalMs: 200 } },
    )
    expect(error?.code).toBe('GW_UPSTREAM_TOTAL_TIMEOUT')
  })

  test('a trickle that takes much longer than the idle and header times passes', async () => {
    await using gateway = await createTestGateway(
      [],
      { timeouts: { idleMs: 400, headersMs: 400, connectMs: 400 } },
      { kind: 'trickle', chunks: 40, bytes: 3, everyMs: 30 },
    )
    expect((await (await gateway.fetch('/')).text()).length).toBe(120)
  })

  test('server-sent events arrive one by one, as they are sent', async () => {
    await using gateway = await createTestGateway(
      [],
      { timeouts: { idleMs: 1_000 } },
      {
        kind: 'custom',
        handle: (_request, response) => {
          response.writeHead(200, { 'content-type': 'text/event-stream' })
          response.write('data: 1\n\n')
        },
      },
    )
    const response = await gateway.fetch('/')
    const reader = response.body?.getReader()
    const first = await reader?.read()
    expect(Buffer.from(first?.value ?? []).toString()).toBe('data: 1\n\n')
    await reader?.cancel()
    await gateway.finished(1)
    expect(gateway.exchanges[0]?.error?.code).toBe('GW_CLIENT_ABORTED')
  })
})
