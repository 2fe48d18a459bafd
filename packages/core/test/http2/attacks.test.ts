/** What a hostile client may send (RFC 9113, and attacks known by name) harms nobody else and holds nothing. */
import { constants } from 'node:http2'
import { describe, expect, test } from 'vitest'
import { createTestGateway, type TestGateway, until } from '../../src/testing.ts'
import {
  CONTINUATION,
  DATA,
  END_HEADERS,
  END_STREAM,
  encodeFrame,
  get,
  HEADERS,
  headerBlock,
  PING,
  post,
  RawPeer,
  RST_STREAM,
  SETTINGS,
  uint32,
  WINDOW_UPDATE,
} from './frames.ts'

const { NGHTTP2_PROTOCOL_ERROR, NGHTTP2_REFUSED_STREAM, NGHTTP2_CANCEL } = constants

/** Others are served, and nothing runs any more. */
async function expectUnharmed(gateway: TestGateway): Promise<void> {
  using other = await RawPeer.open(gateway.port)
  other.headers(1, get('/other'))
  await other.over(1)
  expect(other.body(1)).toContain('"url":"/other"')
  await until(() => gateway.gateway.stats().inFlight === 0, 'nothing to run')
}

describe('too much', () => {
  test('streams at once: those above the limit are refused, the others go on', async () => {
    await using gateway = await createTestGateway([], {}, { kind: 'silent' })
    using client = await RawPeer.open(gateway.port)
    // Who has not yet acknowledged the limit may not know it.
    client.answers = false
    for (let id = 1; id <= 2 * 130; id += 2) client.headers(id, get('/'))
    await until(() => client.frames.filter(({ type }) => type === RST_STREAM).length >= 2, 'refusals')
    expect([client.resetCode(257), client.resetCode(259)]).toEqual([
      NGHTTP2_REFUSED_STREAM,
      NGHTTP2_REFUSED_STREAM,
    ])
    expect(client.resetCode(255)).toBeUndefined()
    expect(gateway.gateway.stats().inFlight).toBe(128)
  })

  test('streams at once by somebody who knows the limit: the connection ends, and with it all of its exchanges', async () => {
    await using gateway = await createTestGateway([], {}, { kind: 'silent' })
    using client = await RawPeer.open(gateway.port)
    await until(() => client.of(0, SETTINGS).length > 1, 'settings')
    for (let id = 1; id <= 2 * 130; id += 2) client.headers(id, get('/'))
    await until(() => client.closed, 'the connection to end')
    expect(client.goaways[0]?.code).toBe(NGHTTP2_PROTOCOL_ERROR)
    await until(() => gateway.gateway.stats().inFlight === 0, 'nothing to run')
  })

  test('resets (CVE-2023-44487): the connection ends, others are served, no exchange is left', async () => {
    await using gateway = await createTestGateway([])
    using client = await RawPeer.open(gateway.port)
    for (let batch = 0; batch < 100 && !client.closed; batch++) {
      const frames: Buffer[] = []
      for (let i = 0; i < 100; i++) {
        const id = 1 + 2 * (batch * 100 + i)
        frames.push(encodeFrame(HEADERS, END_HEADERS | END_STREAM, id, headerBlock(get('/'))))
        frames.push(encodeFrame(RST_STREAM, 0, id, uint32(NGHTTP2_CANCEL)))
      }
      client.socket.write(Buffer.concat(frames))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await until(() => client.closed, 'the connection to end')
    await expectUnharmed(gateway)
    expect(gateway.gateway.stats().exchanges).toBeLessThan(5_000)
  })

  test('CONTINUATION frames (CVE-2024-27316): the connection ends', async () => {
    await using gateway = await createTestGateway([])
    using client = await RawPeer.open(gateway.port)
    client.frame(HEADERS, END_STREAM, 1, headerBlock(get('/')))
    const filler = headerBlock(['x-filler', 'x'.repeat(8_000)])
    for (let i = 0; i < 5_000 && !client.closed; i++) {
      client.frame(CONTINUATION, 0, 1, filler)
      if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await until(() => client.closed, 'the connection to end')
    await expectUnharmed(gateway)
  })

  test('empty frames, PING and SETTINGS (CVE-2019-9512, -9515, -9518) from a client that reads nothing', async () => {
    await using gateway = await createTestGateway([])
    for (const flood of [
      encodeFrame(PING, 0, 0, Buffer.alloc(8)),
      encodeFrame(SETTINGS, 0, 0, Buffer.alloc(0)),
      encodeFrame(DATA, 0, 1, Buffer.alloc(0)),
    ]) {
      using client = await RawPeer.open(gateway.port)
      client.headers(1, post('/'), END_HEADERS)
      client.socket.pause()
      const many = Buffer.concat(Array.from({ length: 2_000 }, () => flood))
      for (let i = 0; i < 20; i++) client.socket.write(many)
      await new Promise((resolve) => client.socket.write('', resolve))
      using other = await RawPeer.open(gateway.port)
      other.headers(1, get('/other'))
      await other.over(1)
      expect(other.body(1)).toContain('"url":"/other"')
    }
    await expectUnharmed(gateway)
  })

  test('headers: 431 above the limits of the gateway, a reset or an end above those of the parser', async () => {
    await using gateway = await createTestGateway([])
    using client = await RawPeer.open(gateway.port)
    client.headers(1, get('/', 'x-long', 'x'.repeat(15_000), 'x-longer', 'x'.repeat(2_000)))
    await client.over(1)
    expect(client.body(1)).toContain('GW_REQ_HEADERS_TOO_LARGE')
    client.headers(3, get('/', ...Array.from({ length: 129 }, (_, i) => [`x-${i}`, '1']).flat()))
    await client.over(3)
    expect(client.body(3)).toContain('GW_REQ_HEADERS_TOO_LARGE')
    client.headers(5, get(`/${'a'.repeat(9_000)}`))
    await client.over(5)
    expect(client.body(5)).toContain('GW_REQ_TARGET_TOO_LONG')

    client.headers(
      7,
      get('/', ...Array.from({ length: 10 }, (_, i) => [`x-${i}`, 'x'.repeat(10_000)]).flat()),
    )
    await client.over(7)
    expect(client.of(7, HEADERS)).toHaveLength(0)
    expect(gateway.upstream.requests).toHaveLength(0)
    await expectUnharmed(gateway)
  })

  test('window: an overflow ends stream or connection', async () => {
    await using gateway = await createTestGateway([], {}, { kind: 'silent' })
    using client = await RawPeer.open(gateway.port)
    client.headers(1, get('/'))
    client.frame(WINDOW_UPDATE, 0, 1, uint32(0x7fffffff))
    client.frame(WINDOW_UPDATE, 0, 1, uint32(0x7fffffff))
    await client.over(1)
    await until(() => gateway.gateway.stats().inFlight === 0, 'nothing to run')
  })
})

describe('a head that is not valid', () => {
  const BAD: [string, string[]][] = [
    ['without a method', [':scheme', 'http', ':authority', 'a', ':path', '/']],
    ['without a path', [':method', 'GET', ':scheme', 'http', ':authority', 'a']],
    ['without a scheme', [':method', 'GET', ':authority', 'a', ':path', '/']],
    ['with an empty path', [':method', 'GET', ':scheme', 'http', ':authority', 'a', ':path', '']],
    ['with a path that is a URL', get('http://b/')],
    ['with a path without a slash', get('x')],
    ['with a path that is *', get('*')],
    ['with a space in the path', get('/a b')],
    ['with a line end in the path', get('/ HTTP/1.1\r\nHost: b\r\n\r\nGET /smuggled')],
    ['with two methods', get('/', ':method', 'POST')],
    ['with two paths', get('/', ':path', '/b')],
    ['with two authorities', get('/', ':authority', 'b')],
    ['with an unknown pseudo-header', get('/', ':admin', '1')],
    ['with :status', get('/', ':status', '200')],
    ['with :protocol (extended CONNECT)', get('/', ':protocol', 'websocket')],
    [
      'with a pseudo-header behind a header',
      [':method', 'GET', ':scheme', 'http', ':authority', 'a', 'x-a', '1', ':path', '/'],
    ],
    [
      'with a line end in the method',
      [':method', 'GET / HTTP/1.1\r\nx: y', ':scheme', 'http', ':authority', 'a', ':path', '/'],
    ],
    ['with a space in the method', [':method', 'GET /x', ':scheme', 'http', ':authority', 'a', ':path', '/']],
    ['with another host than :authority', get('/', 'host', 'b')],
    ['with two hosts', get('/', 'host', 'a', 'host', 'a')],
    [
      'with a user in the authority',
      [':method', 'GET', ':scheme', 'http', ':authority', 'u@a', ':path', '/'],
    ],
    [
      'with a path in the authority',
      [':method', 'GET', ':scheme', 'http', ':authority', 'a/b', ':path', '/'],
    ],
    ['without any host', [':method', 'GET', ':scheme', 'http', ':path', '/']],
    ['with an uppercase name', get('/', 'X-Upper', '1')],
    ['with connection', get('/', 'connection', 'close')],
    ['with keep-alive', get('/', 'keep-alive', 'timeout=1')],
    ['with proxy-connection', get('/', 'proxy-connection', 'close')],
    ['with upgrade', get('/', 'upgrade', 'websocket')],
    ['with transfer-encoding', get('/', 'transfer-encoding', 'chunked')],
    ['with te: gzip', get('/', 'te', 'gzip')],
    ['with a content-length that is no number', post('/', 'content-length', '5x')],
    ['with a signed content-length', post('/', 'content-length', '+5')],
    ['with two content-lengths', post('/', 'content-length', '5', 'content-length', '6')],
    ['with CONNECT', [':method', 'CONNECT', ':authority', 'a:443']],
    [
      'with extended CONNECT',
      [':method', 'CONNECT', ':protocol', 'websocket', ':scheme', 'http', ':authority', 'a', ':path', '/'],
    ],
    ['with TRACE', [':method', 'TRACE', ':scheme', 'http', ':authority', 'a', ':path', '/']],
  ]

  test.each(BAD)('%s, reaches no upstream, and is answered with 4xx or a reset', async (_name, head) => {
    await using gateway = await createTestGateway([])
    using client = await RawPeer.open(gateway.port)
    client.headers(1, head)
    await client.over(1)
    const refused = /"status":4\d\d/.test(client.body(1))
    expect(refused || client.closed || client.resetCode(1) === NGHTTP2_PROTOCOL_ERROR).toBe(true)
    expect(gateway.upstream.requests).toHaveLength(0)
    await until(() => gateway.gateway.stats().inFlight === 0, 'nothing to run')
  })
})

test.each([
  ['a space in a name', get('/', 'x a', '1')],
  ['a colon in a name', get('/', 'x:a', '1')],
  ['a line end in a name', get('/', 'x\r\ny', '1')],
  ['an empty name', get('/', '', '1')],
  ['a line end in a value', get('/', 'x-a', '1\r\nx-b: 2')],
  ['a line feed in a value', get('/', 'x-a', '1\nx-b: 2')],
  ['a NUL in a value', get('/', 'x-a', '1\0x-b')],
])('a field with %s is left out, as nghttp2 does', async (_name, head) => {
  await using gateway = await createTestGateway([])
  using client = await RawPeer.open(gateway.port)
  client.headers(1, head)
  await client.over(1)
  const seen = gateway.upstream.requests
  expect(seen).toHaveLength(1)
  expect(
    seen[0]?.rawHeaders.filter((name) => name.startsWith('x-') && !name.startsWith('x-forwarded-')),
  ).toEqual([])
  expect(seen[0]?.rawHeaders).not.toContain('')
})

describe('smuggling towards HTTP/1.1', () => {
  const INNER = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n'

  test('with a length that is too short for the body (H2.CL) goes nowhere', async () => {
    await using gateway = await createTestGateway([])
    using client = await RawPeer.open(gateway.port)
    client.headers(1, post('/', 'content-length', '0'), END_HEADERS)
    client.data(1, INNER, END_STREAM)
    await client.over(1)
    await expectUnharmed(gateway)
    expect(gateway.upstream.requests.map(({ url }) => url)).not.toContain('/smuggled')
  })

  test('with chunks in the body (H2.TE) stays a body', async () => {
    await using gateway = await createTestGateway([])
    using client = await RawPeer.open(gateway.port)
    client.headers(1, post('/'), END_HEADERS)
    client.data(1, `0\r\n\r\n${INNER}`, END_STREAM)
    await client.over(1)
    expect(gateway.upstream.requests.map(({ url }) => url)).toEqual(['/'])
    expect(gateway.upstream.requests[0]?.body().toString()).toBe(`0\r\n\r\n${INNER}`)
  })

  test('in trailers goes nowhere', async () => {
    await using gateway = await createTestGateway([])
    using client = await RawPeer.open(gateway.port)
    client.headers(1, post('/'), END_HEADERS)
    client.data(1, 'x')
    client.headers(1, ['content-length', '0', 'x-a', `1\r\n\r\n${INNER}`])
    await client.over(1)
    await expectUnharmed(gateway)
    expect(gateway.upstream.requests.map(({ url }) => url)).not.toContain('/smuggled')
  })

  test('by a body on GET and HEAD stays a body', async () => {
    await using gateway = await createTestGateway([])
    using client = await RawPeer.open(gateway.port)
    client.headers(1, get('/a'), END_HEADERS)
    client.data(1, INNER, END_STREAM)
    await client.over(1)
    client.headers(3, get('/b'))
    await client.over(3)
    expect(gateway.upstream.requests.map(({ url }) => url)).toEqual(['/a', '/b'])
  })
})

describe('what is allowed though odd', () => {
  test('host beside an equal :authority, or in its place; te: trailers', async () => {
    await using gateway = await createTestGateway([])
    using client = await RawPeer.open(gateway.port)
    client.headers(1, get('/1', 'host', 'A', 'te', 'trailers'))
    client.headers(3, [':method', 'GET', ':scheme', 'http', ':path', '/3', 'host', 'a'])
    await client.over(1)
    await client.over(3)
    expect(
      gateway.upstream.requests.map(({ url, headers }) => [url, headers['x-forwarded-host'], headers['te']]),
    ).toEqual([
      ['/1', 'a', undefined],
      ['/3', 'a', undefined],
    ])
  })

  test('frames of unknown types, padding and priorities', async () => {
    await using gateway = await createTestGateway([])
    using client = await RawPeer.open(gateway.port)
    client.frame(0xee, 0, 0, Buffer.from('x'))
    client.frame(2, 0, 1, Buffer.from([0, 0, 0, 0, 16]))
    client.frame(
      HEADERS,
      END_HEADERS | END_STREAM | 8,
      1,
      Buffer.concat([Buffer.from([4]), headerBlock(get('/')), Buffer.alloc(4)]),
    )
    await client.over(1)
    expect(client.body(1)).toContain('"url":"/"')
  })
})

test('whatever claims where a request comes from is replaced, as over HTTP/1.1', async () => {
  await using gateway = await createTestGateway([])
  using client = await RawPeer.open(gateway.port)
  client.headers(
    1,
    get('/', 'x-forwarded-for', '6.6.6.6', 'forwarded', 'for=6.6.6.6', 'x_forwarded_for', '6.6.6.6'),
  )
  await client.over(1)
  const seen = gateway.upstream.requests[0]
  expect(JSON.stringify(seen?.rawHeaders)).not.toContain('6.6.6.6')
  expect(seen?.headers['x-forwarded-for']).toBe('127.0.0.1')
})
