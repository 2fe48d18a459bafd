/** A body of no bytes is complete, also when its end comes together with the head, before anybody reads it. */
import { expect, test } from 'vitest'
import { createTestGateway, type TestGateway } from '../../src/testing.ts'
import { plugin } from '../support.ts'
import { END_HEADERS, END_STREAM, get, post, RawPeer } from './frames.ts'
import { http2Upstream } from './peers.ts'

/** Sends a head and the end of its body in one packet, and waits for the answer. */
async function sendEmpty(gateway: TestGateway, head: readonly string[]): Promise<string> {
  using client = await RawPeer.open(gateway.port)
  client.socket.cork()
  client.headers(1, head, END_HEADERS)
  client.data(1, '', END_STREAM)
  client.socket.uncork()
  await client.over(1)
  return client.body(1)
}

test.each([
  ['POST', post('/empty')],
  ['POST with a length', post('/empty', 'content-length', '0')],
  ['GET', get('/empty')],
])('of a %s, towards HTTP/1.1', async (_what, head) => {
  await using gateway = await createTestGateway([])
  expect(await sendEmpty(gateway, head)).toContain('"url":"/empty"')
  expect(gateway.upstream.requests[0]?.body()).toHaveLength(0)
})

test('towards HTTP/2', async () => {
  await using upstream = await http2Upstream((stream) => {
    stream.on('end', () => {
      stream.respond({ ':status': 200 })
      stream.end('done')
    })
    stream.resume()
  })
  await using gateway = await createTestGateway([], { upstream: upstream.options })
  expect(await sendEmpty(gateway, post())).toBe('done')
})

/** Lets a turn pass before it looks at the body, or before the body is forwarded. */
const slowGuard = (look: boolean) =>
  plugin('slow-guard', ({ hooks }) => {
    hooks.onRoute.tap((route) => {
      route.hooks.preForward.tap(async (exchange) => {
        await new Promise((resolve) => setTimeout(resolve, 20))
        return look ? { status: 200, body: `${(await exchange.readBody(100))?.length} bytes` } : undefined
      })
    })
  })

test('behind a guard that takes its time', async () => {
  await using gateway = await createTestGateway([slowGuard(false)])
  expect(await sendEmpty(gateway, post('/guarded'))).toContain('"url":"/guarded"')
})

test('which a guard reads', async () => {
  await using gateway = await createTestGateway([slowGuard(true)])
  expect(await sendEmpty(gateway, post())).toBe('0 bytes')
})
