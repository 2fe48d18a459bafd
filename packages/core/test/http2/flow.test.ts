/** Whoever is slow slows its own stream only, and nothing piles up in the gateway meanwhile. */
import { createServer } from 'node:http'
import type { ClientHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createTestGateway, type TestGateway, until } from '../../src/testing.ts'
import { DATA, END_STREAM, get, RawPeer, uint32, WINDOW_UPDATE } from './frames.ts'
import { Http2Client, http2Upstream, type OnStream } from './peers.ts'

const MB = 1_048_576
const CHUNK = Buffer.alloc(65_536, 'x')
const TOTAL = 60 * MB
/** Buffers of both sockets, both windows and all streams of the way, each of which may be full. */
const ON_THE_WAY = 24 * MB

const via = (upstream: { url: string }): Promise<TestGateway> =>
  createTestGateway([], { upstream: { url: upstream.url, protocol: 'http2' } })

/** Writes as much as the other side takes, and tells how much that was. */
function pour(
  stream: { write(chunk: Buffer): boolean; once(event: 'drain', then: () => void): unknown; end(): unknown },
  sent: { bytes: number },
): void {
  const more = (): void => {
    while (sent.bytes < TOTAL) {
      sent.bytes += CHUNK.length
      if (!stream.write(CHUNK)) {
        stream.once('drain', more)
        return
      }
    }
    stream.end()
  }
  more()
}

/** Waits until nothing has moved for a while. */
async function settled(read: () => number): Promise<void> {
  let before = -1
  let same = 0
  await until(() => {
    same = read() === before && before > 0 ? same + 1 : 0
    before = read()
    return same > 20
  }, 'the flow to stand still')
}

describe('a client that does not read', () => {
  const download =
    (sent: { bytes: number }): OnStream =>
    (stream, headers) => {
      // Unread, node:http2 may end the response with a reset alone, and such a response counts as cut.
      stream.resume()
      stream.respond({ ':status': 200 })
      if (headers[':path'] === '/big') pour(stream, sent)
      else stream.end('small')
    }

  test('h2 to h2 stops the upstream, others go on, and all arrives once it reads', async () => {
    const sent = { bytes: 0 }
    await using upstream = await http2Upstream(download(sent))
    await using gateway = await via(upstream)
    using client = new Http2Client(gateway.url)
    const stream = client.session.request({ ':path': '/big' })
    await settled(() => sent.bytes)
    expect(sent.bytes).toBeLessThan(ON_THE_WAY)
    // On the same connection, and on the same one upstream.
    for (let i = 0; i < 20; i++) expect((await client.send('/small')).body).toBe('small')
    expect(upstream.opened).toBe(1)
    let received = 0
    for await (const chunk of stream) received += (chunk as Buffer).length
    expect(received).toBe(TOTAL)
  })

  test('h1 to h2 stops the upstream', async () => {
    const sent = { bytes: 0 }
    await using upstream = await http2Upstream(download(sent))
    await using gateway = await via(upstream)
    const response = await gateway.fetch('/big')
    await settled(() => sent.bytes)
    expect(sent.bytes).toBeLessThan(ON_THE_WAY)
    let received = 0
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    for (let read = await reader.read(); !read.done; read = await reader.read()) received += read.value.length
    expect(received).toBe(TOTAL)
  })

  test('h2 to h1 stops the upstream', async () => {
    const sent = { bytes: 0 }
    await using gateway = await createTestGateway(
      [],
      {},
      { kind: 'custom', handle: (_request, response) => pour(response, sent) },
    )
    using client = new Http2Client(gateway.url)
    const stream = client.session.request({ ':path': '/' })
    await settled(() => sent.bytes)
    expect(sent.bytes).toBeLessThan(ON_THE_WAY)
    let received = 0
    for await (const chunk of stream) received += (chunk as Buffer).length
    expect(received).toBe(TOTAL)
  })

  test('reads slowly, still gets the END_STREAM of each response', async () => {
    await using gateway = await createTestGateway(
      [],
      {},
      {
        kind: 'custom',
        handle: (_request, response) => response.end(Buffer.alloc(3_000_000)),
      },
    )
    for (let i = 0; i < 20; i++) {
      using client = await RawPeer.open(gateway.port)
      client.settings([4, 262_144])
      let owed = 0
      client.onFrame = ({ type, payload }) => {
        if (type === DATA) owed += payload.length
      }
      const timer = setInterval(() => {
        if (owed > 100_000) client.frame(WINDOW_UPDATE, 0, 1, uint32(owed))
        if (owed > 100_000) owed = 0
      }, 1)
      client.headers(1, get('/'))
      await client.over(1)
      clearInterval(timer)
      expect(client.of(1, DATA).some(({ flags }) => flags === END_STREAM)).toBe(true)
    }
  })

  test('for longer than idleMs is cut off, and its upstream cancelled', async () => {
    const sent = { bytes: 0 }
    await using upstream = await http2Upstream(download(sent))
    await using gateway = await createTestGateway([], {
      upstream: upstream.options,
      timeouts: { idleMs: 300 },
    })
    using client = new Http2Client(gateway.url)
    const stream = client.session.request({ ':path': '/big' })
    stream.on('error', () => {})
    await gateway.finished(1)
    expect(gateway.exchanges[0]?.error?.code).toBe('GW_CLIENT_STALLED')
    await until(() => upstream.requests[0]?.stream.closed === true, 'the upstream to be cancelled')
  })

  test('for longer than idleMs does not hold the end of its response', async () => {
    await using upstream = await http2Upstream((stream) => {
      stream.respond({ ':status': 200 })
      stream.end(Buffer.alloc(300_000, 'x'))
    })
    await using gateway = await createTestGateway([], {
      upstream: upstream.options,
      timeouts: { idleMs: 200 },
    })
    using client = new Http2Client(gateway.url)
    const stream = client.session.request({ ':path': '/big' })
    stream.on('error', () => {})
    await new Promise((resolve) => stream.once('response', resolve))
    await until(() => stream.closed, 'the stream to be cut')
  })
})

describe('an upstream that does not read', () => {
  async function expectBounded(
    gateway: TestGateway,
    drain: () => void,
    received: () => number,
  ): Promise<void> {
    using client = new Http2Client(gateway.url)
    const sent = { bytes: 0 }
    let status = 0
    const stream: ClientHttp2Stream = client.session.request({ ':path': '/up', ':method': 'POST' })
    stream.on('response', (head) => {
      status = Number(head[':status'])
    })
    stream.resume()
    pour(stream, sent)
    await settled(() => sent.bytes)
    expect(sent.bytes).toBeLessThan(ON_THE_WAY)
    expect((await client.send('/small')).body).toBe('small')
    drain()
    await until(() => status === 200, 'the answer', 15_000)
    expect(received()).toBe(TOTAL)
  }

  test('h2 to h2 stops the client, and others on its connection go on', async () => {
    let count = 0
    let go: () => void = () => {}
    await using upstream = await http2Upstream((stream, headers) => {
      if (headers[':path'] === '/small') {
        stream.respond({ ':status': 200 })
        stream.end('small')
        return
      }
      go = () => {
        stream.on('data', (chunk: Buffer) => {
          count += chunk.length
        })
        stream.on('end', () => {
          stream.respond({ ':status': 200 })
          stream.end()
        })
      }
    })
    await using gateway = await via(upstream)
    await expectBounded(
      gateway,
      () => go(),
      () => count,
    )
  })

  test('h2 to h1 stops the client', async () => {
    let count = 0
    let go: () => void = () => {}
    const server = createServer((request, response) => {
      if (request.url === '/small') {
        response.end('small')
        return
      }
      go = () => {
        request.on('data', (chunk: Buffer) => {
          count += chunk.length
        })
        request.on('end', () => response.end())
      }
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      await using gateway = await createTestGateway([], { upstream: url })
      await expectBounded(
        gateway,
        () => go(),
        () => count,
      )
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })
})
