/** Heads, trailers and bodies of upstreams, as they reach the client. */
import { describe, expect, test } from 'vitest'
import { definePlugin, setHeader } from '../../src/index.ts'
import { createTestGateway, createUpstream, until } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'

/** What a client gets when the upstream writes these bytes; `rest` is what stands on the wire behind the body. */
async function answered(bytes: string, request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n') {
  await using upstream = await createUpstream({ kind: 'bytes', bytes })
  await using gateway = await createTestGateway([], { upstream: upstream.url })
  using client = await RawClient.open(gateway.port)
  let wire = ''
  client.socket.on('data', (chunk: Buffer) => {
    wire += chunk.toString('latin1')
  })
  const response = await client.exchange(request)
  await gateway.finished(1)
  return { response, wire }
}

describe('trailers', () => {
  const chunked = 'HTTP/1.1 200 OK\r\nTrailer: x-sum\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n'

  test('follow the last chunk', async () => {
    const { response, wire } = await answered(`${chunked}X-Sum: 42\r\nx-bytes: \xe4\r\n\r\n`)
    expect([response.header('trailer'), response.body]).toEqual(['x-sum', 'abc'])
    expect(wire.slice(wire.indexOf('\r\n0\r\n') + 5)).toBe('X-Sum: 42\r\nx-bytes: \xe4\r\n\r\n')
  })

  test('that would change the message are dropped', async () => {
    const { wire } = await answered(
      `${chunked}Transfer-Encoding: gzip\r\nConnection: x\r\nSet-Cookie: a=1\r\nHost: evil\r\nKeep-Alive: 1\r\nX-Sum: 42\r\n\r\n`,
    )
    expect(wire.slice(wire.indexOf('\r\n0\r\n') + 5)).toBe('X-Sum: 42\r\n\r\n')
  })

  test.each([
    ['a length', 'HTTP/1.1 200 OK\r\nTrailer: x-sum\r\nContent-Length: 3\r\n\r\nabc', undefined],
    [
      'HEAD',
      'HTTP/1.1 200 OK\r\nTrailer: x-sum\r\nTransfer-Encoding: chunked\r\n\r\n',
      'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n',
    ],
    ['204', 'HTTP/1.1 204 Gone\r\nTrailer: x-sum\r\n\r\n', undefined],
    ['304', 'HTTP/1.1 304 Same\r\nTrailer: x-sum\r\n\r\n', undefined],
    ['HTTP/1.0', `${chunked}X-Sum: 42\r\n\r\n`, 'GET / HTTP/1.0\r\n\r\n'],
  ])('cannot be announced with %s, and nothing fails', async (_what, bytes, request) => {
    const { response } = await answered(bytes, request)
    expect(response.status).toBeLessThan(400)
    expect(response.header('trailer')).toBeUndefined()
  })
})

test.each([
  ['chunks', 'Transfer-Encoding: chunked'],
  ['a length', 'Content-Length: 5'],
  ['an end of the connection', 'Connection: close'],
])('a head reaches the client before its body begins: %s', async (_what, framing) => {
  const bytes = `HTTP/1.1 200 OK\r\n${framing}\r\nX-Early: 1\r\n\r\n`
  await using gateway = await createTestGateway([], {}, { kind: 'bytes', bytes })
  using client = await RawClient.open(gateway.port)
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await until(() => client.received.endsWith('\r\n\r\n'), 'the head')
  expect(client.received).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  expect(client.received).toContain('X-Early: 1\r\n')
})

describe('framing of the upstream', () => {
  test.each([
    [
      'both lengths',
      'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    ],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd'],
    ['a length that is no number', 'HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\nabc'],
    ['a bare LF', 'HTTP/1.1 200 OK\nContent-Length: 3\n\nabc'],
    ['a folded header', 'HTTP/1.1 200 OK\r\nX-A: 1\r\n 2\r\nContent-Length: 3\r\n\r\nabc'],
    ['a NUL in a header', 'HTTP/1.1 200 OK\r\nX-A: \0\r\nContent-Length: 3\r\n\r\nabc'],
    ['a name with a blank', 'HTTP/1.1 200 OK\r\nX A: 1\r\nContent-Length: 3\r\n\r\nabc'],
    ['no status', 'HTTP/1.1 OK\r\n\r\n'],
    [
      'an upgrade that nobody asked for',
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
    ],
  ])('%s is refused with 502', async (_what, bytes) => {
    const { response } = await answered(bytes)
    expect(response.status).toBe(502)
  })

  test('informational responses are not taken for the answer', async () => {
    const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n'
    const { response } = await answered(`${hints}HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc`)
    expect([response.status, response.body]).toEqual([200, 'abc'])
  })

  test.each([200, 299, 404, 418, 511, 599, 600, 999])('status %d passes', async (status) => {
    const { response } = await answered(`HTTP/1.1 ${status} Any\r\nContent-Length: 3\r\n\r\nabc`)
    expect([response.status, response.reason, response.body]).toEqual([status, 'Any', 'abc'])
  })

  test('bytes behind the body never become the next answer', async () => {
    const smuggled = 'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled'
    await using upstream = await createUpstream({
      kind: 'bytes',
      bytes: `HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc${smuggled}`,
    })
    await using gateway = await createTestGateway([], { upstream: upstream.url })
    using client = await RawClient.open(gateway.port)
    for (let i = 0; i < 3; i++)
      expect((await client.exchange('GET / HTTP/1.1\r\nHost: a\r\n\r\n')).body).toBe('abc')
  })
})

test('a head that a plugin made unwritable is a plugin’s fault: 500, and the next request works', async () => {
  const plugin = definePlugin({
    name: 'breaks-heads',
    version: '1.0.0',
    api: '1.0',
    fault: 'transform',
    setup(gateway) {
      gateway.hooks.onRoute.tap(({ hooks }) => {
        hooks.mapResponse.tap((exchange) => {
          if (exchange.path.startsWith('/broken') && exchange.status < 400)
            setHeader(exchange.responseHeaders, 'x-a', 'a\r\nx-b: b')
        })
      })
    },
  })
  await using gateway = await createTestGateway(
    [plugin()],
    {},
    {
      kind: 'custom',
      handle: (request, response) => response.writeHead(request.url === '/broken-204' ? 204 : 200).end(),
    },
  )
  using client = await RawClient.open(gateway.port)
  // Of a 204, node:http would have settled on a response without a body.
  for (const path of ['/broken-204', '/broken']) {
    const broken = await client.exchange(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
    expect([broken.status, broken.reason]).toEqual([500, 'Internal Server Error'])
    expect(broken.header('x-b')).toBeUndefined()
    expect(JSON.parse(broken.body)).toMatchObject({ status: 500 })
  }
  expect((await client.exchange('GET / HTTP/1.1\r\nHost: a\r\n\r\n')).status).toBe(200)
})
