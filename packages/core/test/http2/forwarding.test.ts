/** What a message is stays what it is, whichever version of HTTP each side speaks. */
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createTestGateway, type TestGateway } from '../../src/testing.ts'
import { bodyOf, Http2Client, type Http2Upstream, http2Upstream, type OnStream } from './peers.ts'

const via = (upstream: Http2Upstream): Promise<TestGateway> =>
  createTestGateway([], { upstream: upstream.options })

/** An exchange over HTTP/1.1 with what node:http hides in `fetch`: trailers, raw headers, informational responses. */
interface Plain {
  status: number
  headers: IncomingMessage['headers']
  raw: string[]
  trailers: IncomingMessage['trailers']
  informed: { status: number; link: unknown }[]
  body: string
  complete: boolean
}

function plain(
  port: number,
  options: {
    method?: string
    path?: string
    headers?: string[]
    body?: string
    trailers?: [string, string][]
  } = {},
): Promise<Plain> {
  const { method = 'GET', path = '/', headers = [], body, trailers } = options
  return new Promise((resolve, reject) => {
    const informed: Plain['informed'] = []
    const request = httpRequest({
      port,
      host: '127.0.0.1',
      method,
      path,
      headers: ['host', 'a', ...headers],
      agent: false,
    })
    request.on('information', (info) =>
      informed.push({ status: info.statusCode, link: info.headers['link'] }),
    )
    request.on('error', reject)
    request.on('response', (response) => {
      let text = ''
      const done = (): void =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          raw: response.rawHeaders,
          trailers: response.trailers,
          informed,
          body: text,
          complete: response.complete,
        })
      response.on('error', () => {})
      response.on('data', (chunk) => {
        text += String(chunk)
      })
      response.on('close', done)
    })
    if (trailers) {
      request.write(body ?? '')
      request.addTrailers(trailers)
    } else if (body !== undefined) request.write(body)
    request.end()
  })
}

const echo: OnStream = async (stream, headers) => {
  const body = await bodyOf(stream)
  stream.respond({ ':status': 200, 'x-method': headers[':method'] ?? '' })
  stream.end(body)
}

describe('a request', () => {
  test('of HTTP/1.1 arrives over HTTP/2 with its pseudo-headers, in lower case, without what concerned the connection', async () => {
    await using upstream = await http2Upstream(echo)
    await using gateway = await via(upstream)
    const headers = [
      'X-Mixed',
      'a',
      'x-mixed',
      'b',
      'Connection',
      'x-gone',
      'X-Gone',
      '1',
      'Keep-Alive',
      'timeout=1',
    ]
    const response = await plain(gateway.port, { method: 'POST', path: '/p?q=1', headers, body: 'hello' })
    expect([response.status, response.body]).toEqual([200, 'hello'])
    const raw = upstream.requests[0]?.raw ?? []
    const { host } = new URL(upstream.url)
    expect(raw.slice(0, 4)).toEqual([':method', 'POST', ':scheme', 'http'])
    expect(raw.slice(4, 8)).toEqual([':authority', host, ':path', '/p?q=1'])
    expect(raw.filter((_, i) => raw[i - (i % 2)] === 'x-mixed')).toEqual(['x-mixed', 'a', 'x-mixed', 'b'])
    expect(raw).not.toContain('x-gone')
    expect(raw).not.toContain('host')
    expect(raw.filter((name) => name === 'te' || name === 'connection' || name === 'keep-alive')).toEqual([
      'te',
    ])
  })

  test('of HTTP/2 arrives over HTTP/1.1 with cookies in one line and the host of the endpoint', async () => {
    await using gateway = await createTestGateway([])
    using client = new Http2Client(gateway.url)
    const outcome = await client.send('/p?q=1', { cookie: ['a=1', 'b=2', 'c=3'], 'x-twice': ['1', '2'] })
    expect(outcome.status).toBe(200)
    const seen = gateway.upstream.requests[0]
    expect(seen?.headers.cookie).toBe('a=1; b=2; c=3')
    expect(seen?.headers.host).toBe(new URL(gateway.upstream.url).host)
    expect(seen?.headers['x-twice']).toBe('1, 2')
    expect(seen?.headers['x-forwarded-host']).toBe(new URL(gateway.url).host)
    expect(seen?.rawHeaders.filter((name) => name.startsWith(':'))).toEqual([])
    expect(seen?.headers.via).toMatch(/^2\.0 /)
  })

  test.each(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'POST', 'PUT', 'PATCH'])(
    '%s passes h2 to h2, without a body and with an empty one',
    async (method) => {
      await using upstream = await http2Upstream(echo)
      await using gateway = await via(upstream)
      using client = new Http2Client(gateway.url)
      const without = await client.send('/', { ':method': method })
      expect([without.status, without.headers['x-method'], without.complete]).toEqual([200, method, true])
      if (method === 'HEAD') return
      const empty = await client.send('/', { ':method': method }, { body: '' })
      expect([empty.status, empty.headers['x-method'], empty.body]).toEqual([200, method, ''])
    },
  )

  test('with a length keeps it, and one without has none', async () => {
    await using upstream = await http2Upstream(echo)
    await using gateway = await via(upstream)
    using client = new Http2Client(gateway.url)
    expect((await client.send('/', { 'content-length': '5' }, { body: 'hello' })).body).toBe('hello')
    expect((await client.send('/', {}, { body: 'hello' })).body).toBe('hello')
    expect(
      (await plain(gateway.port, { method: 'POST', headers: ['content-length', '5'], body: 'hello' })).body,
    ).toBe('hello')
    expect(upstream.requests.map(({ headers }) => headers['content-length'])).toEqual(['5', undefined, '5'])
  })

  test('of HTTP/2 without a length goes over HTTP/1.1 in chunks', async () => {
    await using gateway = await createTestGateway([])
    using client = new Http2Client(gateway.url)
    await client.send('/', {}, { body: 'hello' })
    const seen = gateway.upstream.requests[0]
    expect([seen?.headers['transfer-encoding'], seen?.body().toString()]).toEqual(['chunked', 'hello'])
  })

  test('for the server itself (OPTIONS *) is answered', async () => {
    await using gateway = await createTestGateway([])
    using client = new Http2Client(gateway.url)
    const outcome = await client.send('*', { ':method': 'OPTIONS' })
    expect([outcome.status, outcome.headers.allow?.includes('GET')]).toEqual([204, true])
  })

  test('that asks for a 100 gets it when the upstream wants the body', async () => {
    await using gateway = await createTestGateway([])
    using client = new Http2Client(gateway.url)
    const outcome = await client.send(
      '/',
      { expect: '100-continue' },
      { open: true, onStream: (stream) => stream.once('continue', () => stream.end('late')) },
    )
    expect([outcome.status, gateway.upstream.requests[0]?.body().toString()]).toEqual([200, 'late'])
  })

  test('with bytes above ASCII in a value passes both ways unchanged', async () => {
    await using upstream = await http2Upstream((stream, headers) => {
      stream.respond({ ':status': 200, 'x-back': headers['x-in'] ?? '' })
      stream.end()
    })
    await using gateway = await via(upstream)
    const response = await plain(gateway.port, { headers: ['x-in', 'caf\u00e9'] })
    expect(response.headers['x-back']).toBe('caf\u00e9')
  })
})

describe('a length where none may be (RFC 9110 section 8.6) is left out, since clients reset the stream for it', () => {
  test.each([
    ['204', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n', 204],
    [
      '103',
      'HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
      200,
    ],
  ])('%s', async (_what, bytes, status) => {
    await using gateway = await createTestGateway([], {}, { kind: 'bytes', bytes })
    using client = new Http2Client(gateway.url)
    const outcome = await client.send('/')
    expect([outcome.status, outcome.complete]).toEqual([status, true])
    expect((await plain(gateway.port)).informed.length).toBe(status === 200 ? 1 : 0)
  })
})

describe('a response', () => {
  test.each([600, 999])(
    'with status %i, which HTTP/2 has no word for, is a fault of the upstream',
    async (status) => {
      const bytes = `HTTP/1.1 ${status} X\r\nContent-Length: 3\r\n\r\nabc`
      await using gateway = await createTestGateway([], {}, { kind: 'bytes', bytes })
      using client = new Http2Client(gateway.url)
      const outcome = await client.send('/')
      expect([outcome.status, outcome.complete]).toEqual([502, true])
      expect(outcome.body).toContain('GW_UPSTREAM_BAD_RESPONSE')
    },
  )

  test.each([204, 205, 304])('%i has no body, from either upstream, to either client', async (status) => {
    await using h2 = await http2Upstream((stream) => {
      stream.respond({ ':status': status, 'x-kept': '1' })
      stream.end()
    })
    await using fromH2 = await via(h2)
    await using fromH1 = await createTestGateway(
      [],
      {},
      { kind: 'answer', status, headers: { 'x-kept': '1' } },
    )
    for (const gateway of [fromH2, fromH1]) {
      using client = new Http2Client(gateway.url)
      const outcome = await client.send('/')
      expect([outcome.status, outcome.headers['x-kept'], outcome.body, outcome.complete]).toEqual([
        status,
        '1',
        '',
        true,
      ])
      const response = await plain(gateway.port)
      expect([response.status, response.headers['x-kept'], response.body, response.complete]).toEqual([
        status,
        '1',
        '',
        true,
      ])
    }
  })

  test('205 with a body is passed on without it', async () => {
    await using gateway = await createTestGateway(
      [],
      {},
      { kind: 'answer', status: 205, body: 'hello', headers: { 'content-length': '5' } },
    )
    using client = new Http2Client(gateway.url)
    const outcome = await client.send('/')
    expect([outcome.status, outcome.body, outcome.complete, outcome.headers['content-length']]).toEqual([
      205,
      '',
      true,
      undefined,
    ])
  })

  test('to HEAD keeps the length that the body would have', async () => {
    await using h2 = await http2Upstream((stream) =>
      stream.respond({ ':status': 200, 'content-length': '1000' }, { endStream: true }),
    )
    await using fromH2 = await via(h2)
    await using fromH1 = await createTestGateway(
      [],
      {},
      { kind: 'answer', headers: { 'content-length': '1000' } },
    )
    for (const gateway of [fromH2, fromH1]) {
      using client = new Http2Client(gateway.url)
      const outcome = await client.send('/', { ':method': 'HEAD' })
      expect([outcome.status, outcome.headers['content-length'], outcome.complete]).toEqual([
        200,
        '1000',
        true,
      ])
      expect((await plain(gateway.port, { method: 'HEAD' })).headers['content-length']).toBe('1000')
    }
  })

  test('keeps each set-cookie, and has one date', async () => {
    await using h2 = await http2Upstream((stream) => {
      stream.respond({ ':status': 200, 'set-cookie': ['a=1', 'b=2'] })
      stream.end('x')
    })
    await using fromH2 = await via(h2)
    await using fromH1 = await createTestGateway(
      [],
      {},
      { kind: 'answer', headers: { 'Set-Cookie': ['a=1', 'b=2'] } },
    )
    for (const gateway of [fromH2, fromH1]) {
      using client = new Http2Client(gateway.url)
      const outcome = await client.send('/')
      expect(outcome.headers['set-cookie']).toEqual(['a=1', 'b=2'])
      expect(outcome.raw.filter((name) => name === 'date')).toHaveLength(1)
      const response = await plain(gateway.port)
      expect(response.headers['set-cookie']).toEqual(['a=1', 'b=2'])
      expect(response.raw.filter((name) => name.toLowerCase() === 'date')).toHaveLength(1)
    }
  })

  test('with an empty body, with and without a length, is complete', async () => {
    await using h2 = await http2Upstream((stream, headers) => {
      stream.respond({ ':status': 200, ...(headers[':path'] === '/length' ? { 'content-length': '0' } : {}) })
      stream.end()
    })
    await using gateway = await via(h2)
    using client = new Http2Client(gateway.url)
    for (const path of ['/', '/length']) {
      const outcome = await client.send(path)
      expect([outcome.status, outcome.body, outcome.complete]).toEqual([200, '', true])
      const response = await plain(gateway.port, { path })
      expect([response.status, response.body, response.complete]).toEqual([200, '', true])
    }
  })

  test('of HTTP/1.1 reaches a client of HTTP/2 without headers of its connection', async () => {
    await using gateway = await createTestGateway(
      [],
      {},
      {
        kind: 'custom',
        handle: (_request, response) => {
          response.writeHead(200, {
            connection: 'keep-alive, x-gone',
            'x-gone': '1',
            'keep-alive': 'timeout=5',
            'X-Case': '1',
          })
          response.end('x')
        },
      },
    )
    using client = new Http2Client(gateway.url)
    const outcome = await client.send('/')
    expect([outcome.status, outcome.body, outcome.headers['x-case']]).toEqual([200, 'x', '1'])
    for (const name of ['connection', 'keep-alive', 'transfer-encoding', 'x-gone'])
      expect(outcome.raw).not.toContain(name)
  })
})

describe('an informational response', () => {
  test('(103) of an HTTP/2 upstream reaches clients of both versions', async () => {
    await using upstream = await http2Upstream((stream) => {
      stream.additionalHeaders({ ':status': 103, link: '</a.css>; rel=preload' })
      stream.respond({ ':status': 200 })
      stream.end('x')
    })
    await using gateway = await via(upstream)
    using client = new Http2Client(gateway.url)
    const outcome = await client.send('/')
    expect(outcome.informed.map((head) => [head[':status'], head['link']])).toEqual([
      [103, '</a.css>; rel=preload'],
    ])
    expect((await plain(gateway.port)).informed).toEqual([{ status: 103, link: '</a.css>; rel=preload' }])
  })

  test('(103) of an HTTP/1.1 upstream reaches a client of HTTP/2', async () => {
    await using gateway = await createTestGateway(
      [],
      {},
      {
        kind: 'custom',
        handle: (_request, response) => {
          response.writeEarlyHints({ link: '</a.css>; rel=preload' }, () => response.end('x'))
        },
      },
    )
    using client = new Http2Client(gateway.url)
    const outcome = await client.send('/')
    expect(outcome.informed.map((head) => head[':status'])).toEqual([103])
    expect(outcome.body).toBe('x')
  })
})

/** As `JSON.parse` makes it: an own property even where an object literal would set the prototype. */
const trailerNamed = (name: string) => JSON.parse(`{"${name}":"1"}`) as Record<string, string>

describe('trailers', () => {
  const trailing: OnStream = async (stream, _headers, seen) => {
    await bodyOf(stream)
    stream.respond({ ':status': 200 }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '1', 'x-seen': seen.trailers.join() }))
    stream.end('body')
  }

  test('of a request reach an HTTP/2 upstream from clients of both versions, without what a trailer must not say', async () => {
    await using upstream = await http2Upstream(trailing)
    await using gateway = await via(upstream)
    using client = new Http2Client(gateway.url)
    const outcome = await client.send(
      '/',
      {},
      { body: 'x', trailers: { 'x-end': '1', 'X-Forwarded-For': '6.6.6.6' } },
    )
    expect([outcome.status, outcome.headers['x-seen'], outcome.trailers['x-seen']]).toEqual([
      200,
      undefined,
      'x-end,1',
    ])
    await plain(gateway.port, {
      method: 'POST',
      headers: ['transfer-encoding', 'chunked', 'trailer', 'x-end'],
      body: 'x',
      trailers: [
        ['X-End', '2'],
        ['Content-Encoding', 'gzip'],
        ['Forwarded', 'for=6.6.6.6'],
        // Guards looked for these in the head; servers that take trailers for headers would believe them.
        ['Authorization', 'Bearer forged'],
        ['Proxy-Authorization', 'Basic Zm9yZ2Vk'],
        ['Cookie', 'session=forged'],
        ['Client-Cert', ':AAAA:'],
        ['Client-Cert-Chain', ':AAAA:'],
      ],
    })
    expect(upstream.requests.map(({ trailers }) => trailers)).toEqual([
      ['x-end', '1'],
      ['x-end', '2'],
    ])
  })

  test.each(['__proto__', 'constructor', 'toString'])('named %s break nothing, either way', async (name) => {
    await using upstream = await http2Upstream(async (stream) => {
      await bodyOf(stream)
      stream.respond({ ':status': 200 }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers(trailerNamed(name.toLowerCase())))
      stream.end('body')
    })
    await using gateway = await via(upstream)
    using client = new Http2Client(gateway.url)
    const outcome = await client.send('/', {}, { body: 'x', trailers: trailerNamed(name) })
    expect([outcome.status, outcome.body, outcome.complete]).toEqual([200, 'body', true])
    expect(upstream.requests[0]?.trailers).toEqual([name.toLowerCase(), '1'])
  })

  test('of a response pass h2 to h2', async () => {
    await using upstream = await http2Upstream(trailing)
    await using gateway = await via(upstream)
    using client = new Http2Client(gateway.url)
    const outcome = await client.send('/')
    expect([outcome.body, outcome.trailers['x-sum'], outcome.complete]).toEqual(['body', '1', true])
  })

  test('of a response pass h2 to h1 in the chunked end', async () => {
    await using upstream = await http2Upstream(trailing)
    await using gateway = await via(upstream)
    const response = await plain(gateway.port)
    expect([response.body, response.trailers['x-sum']]).toEqual(['body', '1'])
  })

  test.each([true, false])(
    'of an HTTP/1.1 response reach a client of HTTP/2, announced: %s',
    async (announced) => {
      await using gateway = await createTestGateway(
        [],
        {},
        {
          kind: 'custom',
          handle: (request, response) => {
            request.resume()
            if (announced) response.setHeader('trailer', 'x-sum')
            response.write('body')
            response.addTrailers({ 'X-Sum': '1' })
            response.end()
          },
        },
      )
      using client = new Http2Client(gateway.url)
      const outcome = await client.send('/')
      expect([outcome.body, outcome.trailers['x-sum'], outcome.complete]).toEqual(['body', '1', true])
    },
  )

  test('with a length pass where they were announced', async () => {
    await using upstream = await http2Upstream((stream) => {
      stream.respond({ ':status': 200, 'content-length': '4', trailer: 'x-sum' }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': '1' }))
      stream.end('body')
    })
    await using gateway = await via(upstream)
    using client = new Http2Client(gateway.url)
    const outcome = await client.send('/')
    expect([outcome.body, outcome.trailers['x-sum'], outcome.complete]).toEqual(['body', '1', true])
  })
})

test('an upstream of HTTP/1.0 manners (closes at the end) is whole for a client of HTTP/2', async () => {
  const server = createServer((_request, response) => {
    response.useChunkedEncodingByDefault = false
    response.writeHead(200, { connection: 'close' })
    response.end('to the end')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await using gateway = await createTestGateway([], { upstream: url })
    using client = new Http2Client(gateway.url)
    const outcome = await client.send('/')
    expect([outcome.body, outcome.complete]).toEqual(['to the end', true])
  } finally {
    server.close()
  }
})
