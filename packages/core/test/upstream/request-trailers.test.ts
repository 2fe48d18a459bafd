/** Trailers of a request end at a gateway whose upstream speaks HTTP/1.1 (RFC 9110 section 6.5.1 allows it): undici sends none. */
import { expect, test } from 'vitest'
import { createTestGateway } from '../../src/testing.ts'
import { END_HEADERS, post, RawPeer } from '../http2/frames.ts'
import { RawClient } from '../listen/raw-client.ts'

const BODY = 'the whole body'

test('of a client of HTTP/1.1 are dropped: body and answer are whole, and the connection goes on', async () => {
  await using gateway = await createTestGateway([])
  using client = await RawClient.open(gateway.port)
  const head = 'POST / HTTP/1.1\r\nhost: a\r\ntrailer: x-sum\r\ntransfer-encoding: chunked\r\n\r\n'
  for (let i = 0; i < 2; i++) {
    const response = await client.exchange(
      `${head}${BODY.length.toString(16)}\r\n${BODY}\r\n0\r\nx-sum: 1\r\n\r\n`,
    )
    expect(response.status).toBe(200)
    expectDropped(gateway.upstream.requests[i])
  }
})

test('of a client of HTTP/2 are dropped as well', async () => {
  await using gateway = await createTestGateway([])
  using client = await RawPeer.open(gateway.port)
  client.headers(1, post('/'), END_HEADERS)
  client.data(1, BODY)
  client.headers(1, ['x-sum', '1'])
  await client.over(1)
  expect(client.resetCode(1)).toBeUndefined()
  expectDropped(gateway.upstream.requests[0])
})

function expectDropped(request: { body(): Buffer; readonly headers: object } | undefined): void {
  expect(request?.body().toString()).toBe(BODY)
  expect(request?.headers).not.toHaveProperty('x-sum')
  expect(request?.headers).not.toHaveProperty('trailer')
}
