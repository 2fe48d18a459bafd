/** A field that stands for one value and comes twice never breaks the gateway, whatever this Node thinks of it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createTestGateway, createUpstream, until } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'
import { END_HEADERS, get, HEADERS, post, RawPeer, rawHttp2Upstream } from './frames.ts'
import { Http2Client, http2Upstream } from './peers.ts'

test('sent by a client towards an HTTP/2 upstream is passed on, or refused with 400 (Node 22)', async () => {
  await using upstream = await http2Upstream((stream) => {
    stream.resume()
    stream.respond({ ':status': 200 })
    stream.end()
  })
  await using gateway = await createTestGateway([], { upstream: upstream.options })
  const twice = ['user-agent', 'a', 'user-agent', 'b']
  using client = await RawPeer.open(gateway.port)
  client.headers(1, get('/', ...twice))
  await client.over(1)
  using plain = await RawClient.open(gateway.port)
  plain.send('GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: a\r\nUser-Agent: b\r\n\r\n')
  const { status } = await plain.response()
  expect([200, 400]).toContain(status)
  expect(gateway.exchanges.map(({ status: seen }) => seen)).toEqual([status, status])
  expect(upstream.requests).toHaveLength(status === 200 ? 2 : 0)
  if (status === 200)
    expect(upstream.requests[0]?.raw.filter((_, i, raw) => raw[i - 1] === 'user-agent')).toEqual(['a', 'b'])
  // The connection to the upstream is of use, and its place was given back.
  client.headers(3, get('/'))
  await client.over(3)
  await until(() => gateway.gateway.stats().inFlight === 0, 'nothing to run')
})

test('sent by an upstream towards an HTTP/2 client is passed on, or the first counts (Node 22)', async () => {
  await using h2 = await rawHttp2Upstream(({ type, stream }, peer) => {
    if (type === HEADERS)
      peer.headers(stream, [':status', '200', 'etag', '"a"', 'etag', '"b"', 'age', '1', 'age', '2'])
  })
  await using h1 = await createUpstream({
    kind: 'bytes',
    bytes: 'HTTP/1.1 200 OK\r\nETag: "a"\r\nETag: "b"\r\nAge: 1\r\nAge: 2\r\nContent-Length: 0\r\n\r\n',
  })
  for (const upstream of [{ url: h2.url, protocol: 'http2' as const }, { url: h1.url }]) {
    await using gateway = await createTestGateway([], { upstream })
    using client = new Http2Client(gateway.url)
    const outcome = await client.send('/')
    expect([outcome.status, outcome.complete]).toEqual([200, true])
    const etags = outcome.raw.filter((_, i) => outcome.raw[i - 1] === 'etag')
    expect([['"a"'], ['"a"', '"b"']]).toContainEqual(etags)
    using plain = await RawClient.open(gateway.port)
    plain.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    expect((await plain.response()).status).toBe(200)
  }
})

test('in trailers, either way, ends nothing but its own stream', async () => {
  await using upstream = await http2Upstream(async (stream) => {
    stream.resume()
    stream.on('end', () => {
      stream.respond({ ':status': 200 })
      stream.end()
    })
  })
  await using gateway = await createTestGateway([], { upstream: upstream.options })
  using client = await RawPeer.open(gateway.port)
  client.headers(1, post('/'), END_HEADERS)
  client.data(1, 'x')
  client.headers(1, ['etag', 'a', 'etag', 'b', 'x-fine', '1'])
  await client.over(1)
  expect(client.resetCode(1)).toBeUndefined()

  const server = createServer((_request, response) => {
    response.write('body')
    response.addTrailers([
      ['etag', 'a'],
      ['etag', 'b'],
    ])
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await using other = await createTestGateway([], { upstream: url })
    using reader = new Http2Client(other.url)
    const outcome = await reader.send('/')
    expect([outcome.status, outcome.body]).toEqual([200, 'body'])
    expect((await reader.send('/')).status).toBe(200)
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
