/**
 * Why the gateway says goodbye in one step: node:http2 does send the notice of RFC 9113 section 6.8, a GOAWAY with the highest
 * stream id, but nghttp2 below it then ignores every new stream, those included that the notice says are welcome. A client
 * would wait for an answer that never comes, where a GOAWAY with the true last stream tells it to ask elsewhere at once.
 * Once this test fails, the notice can be sent.
 */
import { createServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { until } from '../../src/testing.ts'
import { get, HEADERS, PING, RawPeer } from './frames.ts'

const HIGHEST_STREAM = 2 ** 31 - 1

test('node:http2 answers no stream that comes after a GOAWAY with the highest id', async () => {
  const paths: unknown[] = []
  const server = createServer()
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    paths.push(headers[':path'])
    // Left open: a session that said GOAWAY and has no stream ends at once.
    stream.respond({ ':status': 200 })
    stream.session?.goaway(0, HIGHEST_STREAM)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    using client = await RawPeer.open((server.address() as AddressInfo).port)
    client.headers(1, get('/before'))
    await until(() => client.goaways.length === 1, 'the GOAWAY', 30_000)
    expect(client.goaways[0]).toEqual({ last: HIGHEST_STREAM, code: 0 })

    client.headers(3, get('/welcome'))
    // Its answer comes after whatever the stream before it had brought about.
    client.frame(PING, 0, 0, Buffer.alloc(8))
    await until(() => client.frames.some(({ type, flags }) => type === PING && flags === 1), 'pong', 30_000)
    expect(client.of(1, HEADERS)).toHaveLength(1)
    expect(client.of(3)).toEqual([])
    expect(paths).toEqual(['/before'])
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
})
