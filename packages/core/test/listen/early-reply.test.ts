/** An answer that comes while the upload still runs: the client gets it, and the connection ends without a reset under it. */
import { describe, expect, test } from 'vitest'
import { definePlugin, type GatewayOptions, type PluginInstance } from '../../src/index.ts'
import { createTestGateway, createUpstream, type UpstreamBehaviour, until } from '../../src/testing.ts'
import { RawClient } from './raw-client.ts'

const MEGABYTE = Buffer.alloc(1_048_576, 'x')
const UPLOAD_MEGABYTES = 50

const guard = definePlugin({
  name: 'refuses-all',
  version: '1.0.0',
  api: '1.0',
  fault: 'guard',
  setup(gateway) {
    gateway.hooks.onRoute.tap(({ hooks }) => {
      hooks.preForward.tap((exchange) =>
        exchange.method === 'POST' ? { status: 401, body: 'no' } : undefined,
      )
    })
  },
})

const framings = {
  announced: { head: `Content-Length: ${UPLOAD_MEGABYTES * MEGABYTE.length}`, open: '', close: '', end: '' },
  chunked: { head: 'Transfer-Encoding: chunked', open: '100000\r\n', close: '\r\n', end: '0\r\n\r\n' },
}

/** Writes everything before it reads anything, as simple clients do. */
async function upload(port: number, framing: keyof typeof framings) {
  using client = await RawClient.open(port)
  client.socket.pause()
  const { head, open, close, end } = framings[framing]
  client.send(`POST /upload HTTP/1.1\r\nHost: a\r\n${head}\r\n\r\n`)
  for (let i = 0; i < UPLOAD_MEGABYTES; i++) {
    client.send(open)
    client.send(MEGABYTE)
    client.send(close)
  }
  client.send(end)
  await client.flushed()
  client.socket.resume()
  const response = await client.response()
  await client.closed()
  return { response, reset: client.reset }
}

describe.each(['announced', 'chunked'] as const)(
  'an upload of 50 MB, %s, is answered before it is read:',
  (framing) => {
    test.each<[string, number, readonly PluginInstance[], GatewayOptions, UpstreamBehaviour | undefined]>([
      ['by a guard', 401, [guard()], {}, undefined],
      ['by a limit', 413, [], { limits: { requestBodyBytes: 1_000_000 } }, undefined],
      ['by the upstream', 403, [], {}, { kind: 'early-reply', status: 403 }],
      ['by an upstream that resets', 502, [], {}, { kind: 'reset-before-head' }],
    ])('%s', async (_who, status, plugins, options, behaviour) => {
      await using gateway = await createTestGateway(plugins, options, behaviour)
      const { response, reset } = await upload(gateway.port, framing)
      expect(response.status).toBe(status)
      expect(response.header('connection')).toBe('close')
      expect(reset).toBe(false)
      gateway.upstream.behave({ kind: 'echo' })
      expect((await gateway.fetch('/')).status).toBe(200)
      await gateway.finished(2)
    })
  },
)

test('an early answer of unknown length is complete without waiting for the upload', async () => {
  await using upstream = await createUpstream({
    kind: 'bytes',
    bytes: 'HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nearly\r\n0\r\n\r\n',
  })
  await using gateway = await createTestGateway([], { upstream: upstream.url })
  using client = await RawClient.open(gateway.port)
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nabc')
  const response = await client.response()
  expect([response.status, response.body]).toEqual([403, 'early'])
  await client.closed()
})

test.each([
  ['chunked', 'Transfer-Encoding: chunked\r\n\r\n5\r\nearly\r\n0\r\n\r\n', 'HTTP/1.1'],
  ['that ends with its connection', 'Connection: close\r\n\r\nearly', 'HTTP/1.0'],
])(
  'an early answer, %s, ends at once, and the upload is read a while longer',
  async (_how, rest, version) => {
    await using upstream = await createUpstream({
      kind: 'bytes',
      bytes: `HTTP/1.1 403 No\r\n${rest}`,
      end: version === 'HTTP/1.0' ? 'close' : 'keep',
    })
    await using gateway = await createTestGateway([], { upstream: upstream.url })
    using client = await RawClient.open(gateway.port)
    client.socket.allowHalfOpen = true
    client.send(`POST / ${version}\r\nHost: a\r\nContent-Length: 500000000\r\n\r\nabc`)
    await until(() => client.ended, 'the end of the answer')
    expect(client.received).toMatch(/^HTTP\/1\.1 403 No\r\n[\s\S]*early/)
    if (version === 'HTTP/1.1') expect(client.received).toMatch(/\r\n0\r\n\r\n$/)
    // More than sockets hold: somebody reads it, and nothing is reset.
    for (let i = 0; i < 16; i++) client.send(MEGABYTE)
    await client.flushed()
    expect([client.reset, client.socket.destroyed]).toEqual([false, false])
  },
)

test('a request behind an upload that was answered early is not done: its answer would not be read', async () => {
  await using gateway = await createTestGateway([guard()])
  using client = await RawClient.open(gateway.port)
  client.socket.allowHalfOpen = true
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${MEGABYTE.length}\r\n\r\n`)
  expect((await client.response()).status).toBe(401)
  await until(() => client.ended, 'the end')
  client.send(MEGABYTE)
  client.socket.end('GET /behind HTTP/1.1\r\nHost: a\r\n\r\n')
  await client.closed()
  expect([client.reset, client.received]).toEqual([false, ''])
  expect(gateway.upstream.requests).toEqual([])
  expect(gateway.exchanges).toHaveLength(1)
})

test('a client that never stops sending is cut, not read for ever', async () => {
  await using gateway = await createTestGateway([guard()])
  using client = await RawClient.open(gateway.port)
  client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n')
  const timer = setInterval(() => client.send('1\r\nx\r\n'), 5)
  expect((await client.response()).status).toBe(401)
  await client.closed()
  clearInterval(timer)
})
