/** Limits of a head that one route sets: stricter or more generous than the gateway's own. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestGateway, type TestGateway } from '../../src/testing.ts'
import { plugin } from '../support.ts'
import { RawClient } from './raw-client.ts'

const routes = plugin('@test/routes', (host) => {
  const strict = host.addRoute({
    id: 'strict',
    limits: { requestTargetBytes: 20, requestHeaderCount: 3, requestHeaderBytes: 300 },
  })
  const generous = host.addRoute({
    id: 'generous',
    limits: { requestTargetBytes: 2_000, requestHeaderCount: 30, requestHeaderBytes: 5_000 },
  })
  host.hooks.pickRoute.tap(({ path }) =>
    path.startsWith('/strict') ? strict : path.startsWith('/generous') ? generous : undefined,
  )
})

let gateway: TestGateway
beforeAll(async () => {
  gateway = await createTestGateway([routes], {
    limits: { requestTargetBytes: 200, requestHeaderCount: 10, requestHeaderBytes: 1_000 },
  })
})
afterAll(() => gateway.close())

const request = (target: string, lines = 0, bytes = 0): string =>
  `GET ${target} HTTP/1.1\r\nHost: a\r\n${bytes > 0 ? `X-Large: ${'a'.repeat(bytes)}\r\n` : ''}${'X: y\r\n'.repeat(lines)}\r\n`

test.each([
  ['the strict route takes its own', request('/strict', 2), 200],
  ['its target', request(`/strict?${'a'.repeat(13)}`), 414],
  ['its lines', request('/strict', 3), 431],
  ['its bytes', request('/strict', 0, 300), 431],
  ['the default route takes the gateway’s', request(`/?${'a'.repeat(190)}`, 9), 200],
  ['the gateway’s target', request(`/?${'a'.repeat(200)}`), 414],
  ['the gateway’s lines', request('/', 10), 431],
  ['the gateway’s bytes', request('/', 0, 1_000), 431],
  ['the generous route takes more', request(`/generous?${'a'.repeat(1_000)}`, 20, 3_000), 200],
  ['but not all', request(`/generous?${'a'.repeat(2_000)}`), 414],
  ['nor as many lines', request('/generous', 30), 431],
  ['nor as many bytes', request('/generous', 0, 5_000), 431],
])('%s', async (_what, bytes, status) => {
  using client = await RawClient.open(gateway.port)
  expect((await client.exchange(bytes)).status).toBe(status)
  expect((await client.exchange(request('/strict'))).status).toBe(200)
})
