/** Connections come and go; requests do not notice. */
import { constants } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createTestGateway, type TestGateway, until } from '../../src/testing.ts'
import { plugin } from '../support.ts'
import {
  END_HEADERS,
  END_STREAM,
  GOAWAY,
  get,
  HEADERS,
  PING,
  RawPeer,
  rawHttp2Upstream,
  SETTINGS,
} from './frames.ts'
import { Http2Client, type Http2Upstream, http2Upstream } from './peers.ts'

const { NGHTTP2_REFUSED_STREAM } = constants

const via = (upstream: { url: string }, more = {}): Promise<TestGateway> =>
  createTestGateway([], { upstream: { url: upstream.url, protocol: 'http2' }, ...more })

describe('a gateway that closes', () => {
  test('finishes what runs, and says which streams it does not serve any more', async () => {
    let finish: () => void = () => {}
    await using upstream = await http2Upstream((stream) => {
      stream.resume()
      stream.respond({ ':status': 200 })
      stream.write('begin ')
      finish = () => stream.end('end')
    })
    await using gateway = await via(upstream)
    using client = await RawPeer.open(gateway.port)
    client.headers(1, get('/long'))
    await until(() => client.body(1) === 'begin ', 'the response to begin')
    const closed = gateway.gateway.close({ graceMs: 5_000 })
    client.headers(3, get('/late'))
    await until(() => client.goaways.length === 1, 'the GOAWAY')
    expect(client.goaways[0]).toEqual({ last: 1, code: 0 })
    finish()
    await client.over(1)
    expect(client.body(1)).toBe('begin end')
    await until(() => client.closed, 'the connection to end')
    await closed
    expect(upstream.requests).toHaveLength(1)
  })

  test('in front of another gateway loses none of its requests', async () => {
    let count = 0
    const upstream = await http2Upstream((stream) => {
      stream.resume()
      setImmediate(() => {
        if (stream.destroyed) return
        count++
        stream.respond({ ':status': 200 })
        stream.end()
      })
    })
    let inner = await via(upstream)
    const { port } = inner
    await using outer = await via(inner)
    using client = new Http2Client(outer.url)
    const seen: (string | undefined)[] = []
    let running = true
    const workers = Array.from({ length: 8 }, async () => {
      while (running) {
        const outcome = await client.send('/')
        seen.push(outcome.status === 200 ? 'answered' : outcome.json().code)
      }
    })
    await until(() => seen.length > 50, 'load')
    const leaving = inner.gateway
    const closed = leaving.close({ graceMs: 5_000 })
    const next = await via(upstream)
    await next.gateway.listen({ port })
    inner = next
    await closed
    const before = seen.length
    await until(() => seen.length > before + 50, 'load on its successor')
    running = false
    await Promise.all(workers)
    // Between two listeners on one port there may be none: refused connections were never sent.
    expect(seen.filter((one) => one !== 'answered' && one !== 'GW_UPSTREAM_CONNECT_REFUSED')).toEqual([])
    expect(count).toBe(seen.filter((one) => one === 'answered').length)
    await inner.close()
    await upstream.close()
  })

  test('lets a slow client have all of its answer', async () => {
    await using gateway = await createTestGateway(
      [],
      {},
      { kind: 'answer', body: Buffer.alloc(500_000, 'x') },
    )
    using client = await RawPeer.open(gateway.port)
    client.headers(1, get('/'))
    await until(() => client.frames.length > 3, 'the answer to begin')
    client.socket.pause()
    await gateway.finished(1)
    const closed = gateway.gateway.close({ graceMs: 5_000 })
    await new Promise((resolve) => setTimeout(resolve, 150))
    client.socket.resume()
    await client.over(1)
    expect(client.body(1)).toHaveLength(500_000)
    await closed
  })

  test('cuts after graceMs what does not end, visibly, and leaves no socket on either side', async () => {
    await using upstream = await http2Upstream((stream) => {
      stream.resume()
      stream.respond({ ':status': 200 })
      stream.write('begin')
    })
    await using gateway = await via(upstream)
    using client = new Http2Client(gateway.url)
    const sent = client.send('/')
    await until(() => upstream.requests.length > 0, 'the request')
    await gateway.gateway.close({ graceMs: 50 })
    expect((await sent).complete).toBe(false)
    await until(() => upstream.sessions.size === 0 && client.session.destroyed, 'connections to end')
    expect(gateway.exchanges[0]?.error?.code).toBe('GW_GATEWAY_CLOSING')
  })
})

describe('an upstream that goes away', () => {
  /** Answers at once; `restart` says goodbye to all connections, as a server that is replaced does. */
  const quick = (port = 0): Promise<Http2Upstream> =>
    http2Upstream(
      (stream) => {
        stream.resume()
        setImmediate(() => {
          if (stream.destroyed) return
          stream.respond({ ':status': 200 })
          stream.end('ok')
        })
      },
      { port },
    )

  test('with GOAWAY, again and again under load, loses no request', async () => {
    await using upstream = await quick()
    await using gateway = await via(upstream)
    using client = new Http2Client(gateway.url)
    let statuses: number[] = []
    let running = true
    const workers = Array.from({ length: 16 }, async () => {
      while (running) statuses.push((await client.send('/')).status)
    })
    for (let i = 0; i < 20; i++) {
      // Counted from the last GOAWAY: who is refused by two connections in turn is told so, and is not lost.
      const before = statuses.length
      await until(() => statuses.length >= before + 20, 'load', 30_000)
      for (const session of upstream.sessions) session.close()
    }
    running = false
    await Promise.all(workers)
    expect(statuses.filter((status) => status !== 200)).toEqual([])
    expect(upstream.opened).toBeGreaterThan(10)
    statuses = []
  })

  test('and comes back on the same port is used again at once', async () => {
    const first = await quick()
    await using gateway = await via(first)
    using client = new Http2Client(gateway.url)
    expect((await client.send('/')).status).toBe(200)
    await first.close()
    expect((await client.send('/')).json().code).toBe('GW_UPSTREAM_CONNECT_REFUSED')
    await using _second = await quick(Number(new URL(first.url).port))
    expect((await client.send('/')).status).toBe(200)
  })

  test('with GOAWAY refuses streams above the last: they are sent again, those below are finished', async () => {
    let connection = 0
    await using upstream = await rawHttp2Upstream(({ type, stream }, peer) => {
      if (type !== HEADERS) return
      if (connection === 0 && stream === 1) return
      if (connection === 0 && stream === 3) {
        connection++
        peer.goaway(1)
        peer.headers(1, [':status', '201'])
        return
      }
      peer.headers(stream, [':status', '202'])
    })
    await using gateway = await via(upstream)
    using client = new Http2Client(gateway.url)
    const [first, second] = await Promise.all([client.send('/1'), client.send('/2')])
    expect([first.status, second.status]).toEqual([201, 202])
    expect(upstream.peers).toHaveLength(2)
    expect(gateway.exchanges.map(({ attempt }) => attempt?.number)).toEqual([1, 1])
  })

  test('that says goodbye but never ends the connection is left for another one', async () => {
    await using upstream = await rawHttp2Upstream(({ type, stream }, peer) => {
      if (type !== HEADERS) return
      peer.headers(stream, [':status', '200'])
      peer.goaway(stream)
    })
    await using gateway = await via(upstream)
    using client = new Http2Client(gateway.url)
    for (let i = 0; i < 5; i++) expect((await client.send('/')).status).toBe(200)
    expect(upstream.peers).toHaveLength(5)
    await until(() => upstream.peers.every(({ closed }) => closed), 'the gateway to end them')
  })

  test('by a cut of the connection: the next request finds another one', async () => {
    await using upstream = await quick()
    await using gateway = await via(upstream)
    using client = new Http2Client(gateway.url)
    for (let i = 0; i < 3; i++) {
      expect((await client.send('/')).status).toBe(200)
      upstream.cut()
      await until(() => upstream.sessions.size === 0, 'the cut')
    }
    expect((await client.send('/')).status).toBe(200)
  })

  test('by freezing: after one request that got no answer, others use a new connection, and the frozen one is ended', async () => {
    let frozen = false
    const pings: RawPeer[] = []
    await using upstream = await rawHttp2Upstream(({ type, stream, flags }, peer) => {
      if (type === PING && (flags & 1) === 0) pings.push(peer)
      if (type !== HEADERS) return
      if (upstream.peers.length === 1 && frozen) return
      peer.headers(stream, [':status', '200'])
    })
    await using gateway = await via(upstream, { timeouts: { headersMs: 100 } })
    using client = new Http2Client(gateway.url)
    expect((await client.send('/')).status).toBe(200)
    frozen = true
    for (const peer of upstream.peers) peer.answers = false
    expect((await client.send('/')).json().code).toBe('GW_UPSTREAM_HEADERS_TIMEOUT')
    expect((await client.send('/')).status).toBe(200)
    expect(upstream.peers).toHaveLength(2)
    expect(pings).toEqual([upstream.peers[0]])
  })
})

describe('places on connections', () => {
  /** An upstream that takes so many streams on each connection and answers when told. */
  const holding = (waiting: (() => void)[], maxConcurrentStreams: number) =>
    http2Upstream(
      (stream) => {
        stream.resume()
        waiting.push(() => {
          stream.respond({ ':status': 200 })
          stream.end()
        })
      },
      { settings: { maxConcurrentStreams } },
    )

  test('are as many as the upstream allows; more connections are opened for more streams', async () => {
    const waiting: (() => void)[] = []
    await using upstream = await holding(waiting, 5)
    await using gateway = await via(upstream)
    using client = new Http2Client(gateway.url)
    const sent = Array.from({ length: 23 }, () => client.send('/'))
    await until(() => waiting.length === 23, 'all requests')
    expect(upstream.opened).toBe(5)
    for (const answer of waiting) answer()
    expect((await Promise.all(sent)).map(({ status }) => status)).toEqual(Array(23).fill(200))
  })

  test('are bounded: with one stream for each connection there are at most 64 connections, and the rest waits', async () => {
    const waiting: (() => void)[] = []
    await using upstream = await holding(waiting, 1)
    await using gateway = await via(upstream)
    using client = new Http2Client(gateway.url)
    const sent = Array.from({ length: 80 }, () => client.send('/'))
    await until(() => waiting.length === 64, 'as many as may run')
    expect(upstream.opened).toBe(64)
    let answered = 0
    while (answered < 80) {
      for (const answer of waiting.splice(0)) {
        answer()
        answered++
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect((await Promise.all(sent)).map(({ status }) => status)).toEqual(Array(80).fill(200))
    expect(upstream.opened).toBe(64)
  })

  test('may be none: nothing is opened in vain, and when there are some again they are used', async () => {
    await using upstream = await rawHttp2Upstream(
      ({ type, stream }, peer) => {
        if (type === HEADERS) peer.headers(stream, [':status', '200'])
      },
      [3, 0],
    )
    await using gateway = await via(upstream, { timeouts: { connectMs: 2_000 } })
    using client = new Http2Client(gateway.url)
    const sent = client.send('/')
    await until(() => upstream.peers[0]?.of(0, SETTINGS).length === 2, 'the connection')
    upstream.peers[0]?.settings([3, 10])
    expect((await sent).status).toBe(200)
    expect(upstream.peers).toHaveLength(1)
  })

  test('are given back whatever happens to a stream', async () => {
    await using upstream = await http2Upstream(
      (stream, headers) => {
        stream.resume()
        if (headers[':path'] === '/reset') stream.close(NGHTTP2_REFUSED_STREAM)
        else if (headers[':path'] === '/silent') return
        else {
          stream.respond({ ':status': 200 })
          stream.end()
        }
      },
      { settings: { maxConcurrentStreams: 2 } },
    )
    await using gateway = await via(upstream, { timeouts: { headersMs: 500 } })
    using client = new Http2Client(gateway.url)
    for (let i = 0; i < 10; i++) {
      expect((await client.send('/reset')).status).toBe(503)
      await client.send('/', {}, { onStream: (stream) => setImmediate(() => stream.close(8)) })
    }
    expect((await client.send('/silent')).status).toBe(504)
    const all = await Promise.all(Array.from({ length: 20 }, () => client.send('/')))
    expect(all.every(({ status }) => status === 200)).toBe(true)
    await until(() => gateway.gateway.stats().inFlight === 0, 'nothing to run')
  })
})

test('a reload disturbs no request; one that gives up an upstream ends its connections', async () => {
  await using upstream = await http2Upstream((stream) => {
    stream.resume()
    stream.respond({ ':status': 200 })
    stream.end()
  })
  await using gateway = await via(upstream)
  using client = new Http2Client(gateway.url)
  expect((await client.send('/')).status).toBe(200)
  await gateway.reload([plugin('other', () => {})], { upstream: upstream.options })
  expect((await client.send('/')).status).toBe(200)
  await gateway.reload([], { upstream: gateway.upstream.url })
  expect((await client.send('/')).status).toBe(200)
  await until(() => upstream.sessions.size === 0, 'the connection to end')
})

test('a connection that is only half begun holds nothing up', async () => {
  const gateway = await createTestGateway([])
  const sockets: Socket[] = []
  for (const bytes of [
    '',
    'PRI',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x10',
  ]) {
    const socket = connect(gateway.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(bytes)
    sockets.push(socket)
  }
  await new Promise((resolve) => setTimeout(resolve, 50))
  // None of them reads or ends its side.
  await gateway.close()
  for (const socket of sockets) socket.destroy()
  expect(sockets).toHaveLength(4)
})

test('bytes that are no HTTP/2 behind its preface end the connection', async () => {
  await using gateway = await createTestGateway([])
  const socket = connect(gateway.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.resume()
  socket.write('PRI * HTTP/1.1\r\nHost: a\r\n\r\n')
  await until(() => socket.closed, 'the connection to end')
  using client = await RawPeer.open(gateway.port)
  client.frame(GOAWAY, 0, 0, Buffer.alloc(3))
  await until(() => client.closed, 'the connection to end')
  using odd = await RawPeer.open(gateway.port)
  odd.frame(HEADERS, END_HEADERS | END_STREAM, 2, Buffer.from([0x82]))
  await until(() => odd.closed, 'the connection to end')
})
