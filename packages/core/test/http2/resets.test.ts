/** Whoever gives up is heard on the other side, and nothing that was cut looks complete. */
import { request as httpRequest } from 'node:http'
import { constants } from 'node:http2'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createTestGateway, type TestGateway, until } from '../../src/testing.ts'
import {
  DATA,
  END_HEADERS,
  END_STREAM,
  get,
  HEADERS,
  post,
  RawPeer,
  RST_STREAM,
  rawHttp2Upstream,
} from './frames.ts'
import { bodyOf, Http2Client, type Http2Upstream, http2Upstream } from './peers.ts'

const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR, NGHTTP2_PROTOCOL_ERROR } = constants
const { NGHTTP2_REFUSED_STREAM, NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_HTTP_1_1_REQUIRED } = constants

const via = (upstream: { url: string }): Promise<TestGateway> =>
  createTestGateway([], { upstream: { url: upstream.url, protocol: 'http2' } })

/** How an HTTP/1.1 client sees a response. */
function seenByHttp1(port: number, path = '/'): Promise<{ status: number; complete: boolean }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port, host: '127.0.0.1', path, agent: false }, (response) => {
      response.on('error', () => {})
      response.on('close', () => resolve({ status: response.statusCode ?? 0, complete: response.complete }))
      response.resume()
    })
    request.on('error', reject)
    request.end()
  })
}

describe('an upstream that resets before its answer', () => {
  test.each([
    ['NO_ERROR', NGHTTP2_NO_ERROR, 502, 'GW_UPSTREAM_RESET'],
    ['CANCEL', NGHTTP2_CANCEL, 502, 'GW_UPSTREAM_RESET'],
    ['INTERNAL_ERROR', NGHTTP2_INTERNAL_ERROR, 502, 'GW_UPSTREAM_RESET'],
    ['PROTOCOL_ERROR', NGHTTP2_PROTOCOL_ERROR, 502, 'GW_UPSTREAM_BAD_RESPONSE'],
    ['HTTP_1_1_REQUIRED', NGHTTP2_HTTP_1_1_REQUIRED, 502, 'GW_UPSTREAM_BAD_RESPONSE'],
    ['ENHANCE_YOUR_CALM', NGHTTP2_ENHANCE_YOUR_CALM, 502, 'GW_UPSTREAM_HEADERS_TOO_LARGE'],
    ['REFUSED_STREAM, twice', NGHTTP2_REFUSED_STREAM, 503, 'GW_UPSTREAM_BUSY'],
  ])('%s', async (_name, code, status, expected) => {
    await using upstream = await http2Upstream((stream) => stream.close(code))
    await using gateway = await via(upstream)
    using client = new Http2Client(gateway.url)
    const outcome = await client.send('/')
    expect([outcome.status, outcome.json().code]).toEqual([status, expected])
    expect(gateway.exchanges[0]?.error?.source).toBe('upstream')
    expect(upstream.requests).toHaveLength(code === NGHTTP2_REFUSED_STREAM ? 2 : 1)
  })

  test('with REFUSED_STREAM once is asked again, also for a POST whose body nobody has read', async () => {
    let refused = 0
    await using upstream = await rawHttp2Upstream(({ type, stream }, peer) => {
      if (type !== HEADERS) return
      if (refused++ === 0) peer.reset(stream, NGHTTP2_REFUSED_STREAM)
      else peer.headers(stream, [':status', '200'])
    })
    await using gateway = await via(upstream)
    using client = new Http2Client(gateway.url)
    expect((await client.send('/')).status).toBe(200)
    refused = 0
    const outcome = await client.send(
      '/',
      {},
      { open: true, onStream: (stream) => stream.once('response', () => stream.end()) },
    )
    expect(outcome.status).toBe(200)
    expect(gateway.exchanges.map(({ attempt }) => attempt?.number)).toEqual([1, 1])
  })

  test('with REFUSED_STREAM after the body was read is not asked again', async () => {
    await using upstream = await http2Upstream((stream) => {
      stream.once('data', () => stream.close(NGHTTP2_REFUSED_STREAM))
    })
    await using gateway = await via(upstream)
    using client = new Http2Client(gateway.url)
    const outcome = await client.send('/', {}, { body: 'x', open: true })
    expect([outcome.status, outcome.json().code]).toEqual([503, 'GW_UPSTREAM_BUSY'])
    expect(upstream.requests).toHaveLength(1)
  })

  test('by cutting the connection', async () => {
    await using upstream = await http2Upstream(() => upstream.cut())
    await using gateway = await via(upstream)
    using client = new Http2Client(gateway.url)
    const outcome = await client.send('/')
    expect([outcome.status, outcome.json().code]).toEqual([502, 'GW_UPSTREAM_RESET'])
  })

  test('with a GOAWAY that tells of an error', async () => {
    await using upstream = await rawHttp2Upstream(({ type }, peer) => {
      if (type === HEADERS) peer.goaway(0, NGHTTP2_PROTOCOL_ERROR)
    })
    await using gateway = await via(upstream)
    using client = new Http2Client(gateway.url)
    const outcome = await client.send('/')
    expect([outcome.status, outcome.json().code]).toEqual([502, 'GW_UPSTREAM_RESET'])
  })
})

describe('an upstream that is no HTTP/2', () => {
  test('but HTTP/1.1: the answer says so', async () => {
    const upstream = createServer((socket) => {
      socket.on('error', () => {})
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
    })
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
    const { port } = upstream.address() as AddressInfo
    await using wrong = await createTestGateway([], {
      upstream: { url: `http://127.0.0.1:${port}`, protocol: 'http2' },
    })
    using client = new Http2Client(wrong.url)
    const outcome = await client.send('/')
    expect([outcome.status, outcome.json().code]).toEqual([502, 'GW_UPSTREAM_BAD_RESPONSE'])
    upstream.close()
  })

  test('but nobody: the answer says so', async () => {
    const upstream = await http2Upstream(() => {})
    await upstream.close()
    await using gateway = await via(upstream)
    using client = new Http2Client(gateway.url)
    const outcome = await client.send('/')
    expect([outcome.status, outcome.json().code]).toEqual([502, 'GW_UPSTREAM_CONNECT_REFUSED'])
  })

  test('but silent: the connection is given up in time', async () => {
    await using upstream = await rawHttp2Upstream(() => {})
    const silent = createServer()
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as AddressInfo
    await using gateway = await createTestGateway([], {
      upstream: { url: `http://127.0.0.1:${port}`, protocol: 'http2' },
      timeouts: { connectMs: 60 },
    })
    using client = new Http2Client(gateway.url)
    const outcome = await client.send('/')
    expect([outcome.status, outcome.json().code]).toEqual([504, 'GW_UPSTREAM_CONNECT_TIMEOUT'])
    silent.close()
    expect(upstream.peers).toHaveLength(0)
  })
})

describe('a response that is cut', () => {
  const HEADS = {
    'with a length': [':status', '200', 'content-length', '100'],
    'without a length': [':status', '200'],
  }
  const CODES = [NGHTTP2_NO_ERROR, NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, NGHTTP2_REFUSED_STREAM]

  for (const [name, head] of Object.entries(HEADS)) {
    test.each(CODES)(
      `${name}, by a reset with code %i, is cut for clients of both versions`,
      async (code) => {
        await using upstream = await rawHttp2Upstream(({ type, stream }, peer) => {
          if (type !== HEADERS) return
          peer.headers(stream, head, END_HEADERS)
          peer.data(stream, 'half')
          peer.reset(stream, code)
        })
        await using gateway = await via(upstream)
        using client = new Http2Client(gateway.url)
        const outcome = await client.send('/')
        expect([outcome.status, outcome.complete]).toEqual([200, false])
        expect(outcome.rstCode).toBe(NGHTTP2_INTERNAL_ERROR)
        expect(await seenByHttp1(gateway.port)).toEqual({ status: 200, complete: false })
        await gateway.finished(2)
        expect(gateway.exchanges.map(({ error }) => error?.code)).toEqual([
          'GW_UPSTREAM_BODY_CUT',
          'GW_UPSTREAM_BODY_CUT',
        ])
      },
    )
  }

  test('by a handler in Node that destroys it', async () => {
    await using upstream = await http2Upstream((stream) => {
      stream.respond({ ':status': 200 })
      stream.write('half', () => stream.destroy())
    })
    await using gateway = await via(upstream)
    using client = new Http2Client(gateway.url)
    expect((await client.send('/')).complete).toBe(false)
    expect((await seenByHttp1(gateway.port)).complete).toBe(false)
  })

  test('by the end of the connection', async () => {
    await using upstream = await rawHttp2Upstream(({ type, stream }, peer) => {
      if (type !== HEADERS) return
      peer.headers(stream, [':status', '200'], END_HEADERS)
      peer.data(stream, 'half')
      peer.socket.end()
    })
    await using gateway = await via(upstream)
    using client = new Http2Client(gateway.url)
    expect((await client.send('/')).complete).toBe(false)
    expect((await seenByHttp1(gateway.port)).complete).toBe(false)
  })

  test('by ending before its length', async () => {
    await using upstream = await rawHttp2Upstream(({ type, stream }, peer) => {
      if (type !== HEADERS) return
      peer.headers(stream, [':status', '200', 'content-length', '100'], END_HEADERS)
      peer.data(stream, 'half', END_STREAM)
    })
    await using gateway = await via(upstream)
    using client = new Http2Client(gateway.url)
    expect((await client.send('/')).complete).toBe(false)
    expect((await seenByHttp1(gateway.port)).complete).toBe(false)
  })

  test('over HTTP/1.1 is a reset for a client of HTTP/2', async () => {
    await using gateway = await createTestGateway([], {}, { kind: 'reset-in-body', length: 1_000, bytes: 10 })
    using client = new Http2Client(gateway.url)
    const outcome = await client.send('/')
    expect([outcome.status, outcome.complete, outcome.rstCode]).toEqual([200, false, NGHTTP2_INTERNAL_ERROR])
  })
})

describe('a request that is cut', () => {
  test.each([NGHTTP2_NO_ERROR, NGHTTP2_CANCEL])(
    'by a reset with code %i does not look complete upstream',
    async (code) => {
      await using h2 = await http2Upstream((stream) => stream.resume())
      await using fromH2 = await via(h2)
      await using fromH1 = await createTestGateway([])
      for (const gateway of [fromH2, fromH1]) {
        using client = await RawPeer.open(gateway.port)
        client.headers(1, post('/'), END_HEADERS)
        client.data(1, 'half')
        await until(() => h2.requests.length + fromH1.upstream.requests.length > 0, 'the request')
        await until(() => gateway !== fromH1 || fromH1.upstream.requests[0]?.body().length === 4, 'its body')
        client.reset(1, code)
        await gateway.finished(1)
        expect(gateway.exchanges[0]?.error?.source).toBe('client')
      }
      await until(() => h2.requests[0]?.stream.closed === true, 'the reset upstream')
      expect(h2.requests[0]?.stream.rstCode).toBe(NGHTTP2_CANCEL)
      await until(() => fromH1.upstream.requests[0]?.aborted() === true, 'the cut upstream')
    },
  )

  test('shorter or longer than its length reaches no upstream as complete', async () => {
    let complete = 0
    await using upstream = await http2Upstream(async (stream) => {
      stream.on('aborted', () => {})
      await bodyOf(stream)
      complete++
    })
    await using gateway = await via(upstream)
    for (const body of ['abc', 'abcdefgh']) {
      using client = await RawPeer.open(gateway.port)
      client.headers(1, post('/', 'content-length', '5'), END_HEADERS)
      client.data(1, body, END_STREAM)
      await client.over(1)
      // For too much, node:http2 ends the connection.
      expect(client.closed || client.resetCode(1) === NGHTTP2_PROTOCOL_ERROR).toBe(true)
      expect(client.of(1, HEADERS)).toHaveLength(0)
    }
    expect(complete).toBe(0)
  })

  test('with a length and no body is refused', async () => {
    await using gateway = await createTestGateway([])
    using client = await RawPeer.open(gateway.port)
    client.headers(1, post('/', 'content-length', '5'))
    await client.over(1)
    expect(client.resetCode(1)).toBe(NGHTTP2_PROTOCOL_ERROR)
    expect(gateway.upstream.requests).toHaveLength(0)
  })
})

describe('a client that goes away', () => {
  async function expectCancelled(upstream: Http2Upstream): Promise<void> {
    await until(() => upstream.requests[0]?.stream.closed === true, 'the reset upstream')
    expect(upstream.requests[0]?.stream.rstCode).toBe(NGHTTP2_CANCEL)
  }

  test('before the head cancels the upstream, over both versions', async () => {
    await using upstream = await http2Upstream(() => {})
    await using gateway = await via(upstream)
    using client = new Http2Client(gateway.url)
    const sent = client.send(
      '/',
      {},
      {
        onStream: (stream) =>
          void until(() => upstream.requests.length > 0, 'a request').then(() =>
            stream.close(NGHTTP2_CANCEL),
          ),
      },
    )
    await sent
    await expectCancelled(upstream)
    await gateway.finished(1)
    expect(gateway.exchanges[0]?.error?.code).toBe('GW_CLIENT_ABORTED')

    await using silent = await createTestGateway([], {}, { kind: 'silent' })
    using other = new Http2Client(silent.url)
    void other.send('/')
    await until(() => silent.upstream.requests.length > 0, 'a request')
    other.session.destroy()
    await until(async () => (await silent.upstream.connections()) === 0, 'the upstream connection to close')
  })

  test('after the head cancels the upstream', async () => {
    await using upstream = await http2Upstream((stream) => {
      stream.respond({ ':status': 200 })
      stream.write('x')
    })
    await using gateway = await via(upstream)
    using client = new Http2Client(gateway.url)
    await client.send(
      '/',
      {},
      { onStream: (stream) => stream.on('data', () => setImmediate(() => stream.close(NGHTTP2_CANCEL))) },
    )
    await expectCancelled(upstream)
  })

  test('of HTTP/1.1 cancels the HTTP/2 upstream', async () => {
    await using upstream = await http2Upstream((stream) => {
      stream.respond({ ':status': 200 })
      stream.write('x')
    })
    await using gateway = await via(upstream)
    const request = httpRequest({ port: gateway.port, host: '127.0.0.1' }, (response) => {
      response.on('error', () => {})
      response.on('data', () => request.destroy())
    })
    request.on('error', () => {})
    request.end()
    await expectCancelled(upstream)
  })
})

describe('an early reply', () => {
  test('ends an upload h2 to h2, and the answer is whole', async () => {
    await using upstream = await http2Upstream((stream) => {
      stream.respond({ ':status': 413, 'content-length': '5' })
      stream.end('early')
    })
    await using gateway = await via(upstream)
    using client = new Http2Client(gateway.url)
    const outcome = await client.send('/', {}, { body: 'begin', open: true })
    expect([outcome.status, outcome.body, outcome.complete, outcome.rstCode]).toEqual([
      413,
      'early',
      true,
      NGHTTP2_NO_ERROR,
    ])
    await until(() => upstream.requests[0]?.stream.closed === true, 'the end upstream')
    // The connections are still of use.
    expect((await client.send('/')).status).toBe(413)
    expect(upstream.opened).toBe(1)
  })

  test('with trailers ends an upload, and they arrive', async () => {
    await using upstream = await http2Upstream((stream) => {
      stream.respond({ ':status': 200 }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '1' }))
      stream.end('early')
    })
    await using gateway = await via(upstream)
    using client = new Http2Client(gateway.url)
    const outcome = await client.send('/', {}, { body: 'begin', open: true })
    expect([outcome.body, outcome.complete, outcome.trailers['x-sum'], outcome.rstCode]).toEqual([
      'early',
      true,
      '1',
      NGHTTP2_NO_ERROR,
    ])
  })

  test('ends an upload h2 to h1, and the answer is whole', async () => {
    await using gateway = await createTestGateway([], {}, { kind: 'early-reply', status: 413 })
    using client = new Http2Client(gateway.url)
    const outcome = await client.send('/', {}, { body: 'begin', open: true })
    expect([outcome.status, outcome.body, outcome.complete]).toEqual([413, 'early', true])
  })

  test('of the gateway itself ends an upload', async () => {
    await using gateway = await createTestGateway([], { limits: { requestBodyBytes: 10 } })
    using client = new Http2Client(gateway.url)
    const announced = await client.send('/', { 'content-length': '100' }, { body: 'begin', open: true })
    expect([announced.status, announced.json().code, announced.rstCode]).toEqual([
      413,
      'GW_REQ_BODY_TOO_LARGE',
      NGHTTP2_NO_ERROR,
    ])
    const streamed = await client.send('/', {}, { body: 'x'.repeat(100), open: true })
    expect([streamed.status, streamed.json().code]).toEqual([413, 'GW_REQ_BODY_TOO_LARGE'])
    expect(gateway.gateway.stats().inFlight).toBe(0)
  })
})

test('frames of a stream that is over change nothing', async () => {
  await using upstream = await rawHttp2Upstream(({ type, stream }, peer) => {
    if (type !== HEADERS) return
    peer.headers(stream, [':status', '200'], END_HEADERS)
    peer.data(stream, 'whole', END_STREAM)
    peer.frame(RST_STREAM, 0, stream, Buffer.from([0, 0, 0, NGHTTP2_NO_ERROR]))
  })
  await using gateway = await via(upstream)
  using client = await RawPeer.open(gateway.port)
  client.headers(1, get('/'))
  await client.over(1)
  expect(client.body(1)).toBe('whole')
  client.frame(DATA, END_STREAM, 1, Buffer.from('late'))
  client.headers(3, get('/'))
  await client.over(3).catch(() => {})
  expect((await seenByHttp1(gateway.port)).complete).toBe(true)
})
