/** An upstream of HTTP/2 sends content where there is none (RFC 9110 section 6.4.1): whether it does is known at the end. */
import { describe, expect, test } from 'vitest'
import { createTestGateway, until } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'
import { END_HEADERS, END_STREAM, HEADERS, rawHttp2Upstream } from './frames.ts'

const upstreams = (status: string, body: string) =>
  rawHttp2Upstream(({ type, stream }, peer) => {
    if (type !== HEADERS) return
    peer.headers(stream, [':status', status, 'x-part', '1'], END_HEADERS)
    peer.data(stream, body, END_STREAM)
  })

describe.each([
  ['GET', '204'],
  ['GET', '304'],
  ['HEAD', '200'],
])('%s answered with %s', (method, status) => {
  const ask = `${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`

  test('and DATA is a 502', async () => {
    await using upstream = await upstreams(status, 'hello')
    await using gateway = await createTestGateway([], {
      upstream: { url: upstream.url, protocol: 'http2' },
    })
    using client = await RawClient.open(gateway.port)
    client.send(ask)
    await client.closed()
    expect(client.received).toMatch(/^HTTP\/1\.1 502 /)
    expect(client.received).not.toMatch(/hello|x-part/)
    expect(gateway.exchanges[0]?.error?.code).toBe('GW_UPSTREAM_BAD_RESPONSE')
    await until(() => gateway.gateway.stats().inFlight === 0, 'nothing to run')
  })

  test('and an empty DATA frame as its end passes', async () => {
    await using upstream = await upstreams(status, '')
    await using gateway = await createTestGateway([], {
      upstream: { url: upstream.url, protocol: 'http2' },
    })
    using client = await RawClient.open(gateway.port)
    client.send(ask)
    await client.closed()
    expect(client.received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*x-part: 1`))
  })
})
