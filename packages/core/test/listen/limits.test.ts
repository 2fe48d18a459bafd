import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createGateway } from '../../src/index.ts'
import { createTestGateway, type TestGateway } from '../../src/testing.ts'
import { RawClient } from './raw-client.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await createTestGateway([], {
    limits: { requestTargetBytes: 100, requestHeaderCount: 20, requestHeaderBytes: 2_000 },
  })
})
afterAll(() => gateway.close())

const get = (target: string, lines: readonly string[] = []): string =>
  ['GET ', target, ' HTTP/1.1\r\nHost: a\r\n', ...lines.map((line) => `${line}\r\n`), '\r\n'].join('')
const lines = (count: number, value = ''): string[] =>
  Array.from({ length: count }, (_, i) => `X-${i}: ${value}`)

describe('a request at its limits passes', () => {
  test.each([
    ['a target of 100 bytes', get(`/${'a'.repeat(99)}`)],
    ['20 header lines', get('/', lines(19))],
    [
      '2000 bytes of names and values',
      get('/', [`X-Large: ${'a'.repeat(2_000 - 'Host'.length - 'a'.length - 'X-Large'.length)}`]),
    ],
  ])('%s', async (_what, bytes) => {
    using client = await RawClient.open(gateway.port)
    expect((await client.exchange(bytes)).status).toBe(200)
  })
})

describe('a request above its limits is refused, and the connection goes on', () => {
  test.each([
    ['a target of 101 bytes', get(`/${'a'.repeat(100)}`), 414, 'GW_REQ_TARGET_TOO_LONG'],
    ['a query counts', get(`/?${'a'.repeat(99)}`), 414, 'GW_REQ_TARGET_TOO_LONG'],
    ['21 header lines', get('/', lines(20)), 431, 'GW_REQ_HEADERS_TOO_LARGE'],
    ['3000 header lines', get('/', lines(3_000)), 431, 'GW_REQ_HEADERS_TOO_LARGE'],
    ['2001 bytes in one line', get('/', [`X-Large: ${'a'.repeat(1_989)}`]), 431, 'GW_REQ_HEADERS_TOO_LARGE'],
    ['2001 bytes in many lines', get('/', lines(15, 'a'.repeat(140))), 431, 'GW_REQ_HEADERS_TOO_LARGE'],
  ])('%s', async (_what, bytes, status, code) => {
    using client = await RawClient.open(gateway.port)
    const response = await client.exchange(bytes)
    expect([response.status, JSON.parse(response.body)]).toMatchObject([status, { code }])
    expect((await client.exchange(get('/'))).status).toBe(200)
  })
})

test.each([
  ['one line', get('/', [`X-Large: ${'a'.repeat(100_000)}`])],
  ['many lines', get('/', lines(1_000, 'a'.repeat(100)))],
  ['a line that never ends', `GET / HTTP/1.1\r\nHost: a\r\nX-Large: ${'a'.repeat(200_000)}`],
])('a head above what the parser takes is refused with 431 as well: %s', async (_what, bytes) => {
  using client = await RawClient.open(gateway.port)
  client.send(bytes)
  const response = await client.response()
  expect([response.status, JSON.parse(response.body)]).toMatchObject([
    431,
    { code: 'GW_REQ_HEADERS_TOO_LARGE' },
  ])
  await client.closed()
})

describe('a head that does not arrive in time', () => {
  /** A gateway whose server is told, as its own check would, that the time of a connection is over. */
  async function late(bytes: string): Promise<{ client: RawClient; end: () => Promise<void> }> {
    const own = createGateway([], { upstream: gateway.upstream.url, logger: false })
    const { server, port } = await own.listen({ port: 0 })
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve))
    const client = await RawClient.open(port)
    client.send(bytes)
    await expireHead(server, await accepted)
    return { client, end: () => own.close() }
  }

  async function expireHead(server: Server, socket: Socket): Promise<void> {
    server.emit(
      'clientError',
      Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }),
      socket,
    )
  }

  test.each(['', 'GET / HT', 'GET / HTTP/1.1\r\nHost: a\r\n'])(
    'is answered with 408 after %j',
    async (bytes) => {
      const { client, end } = await late(bytes)
      const response = await client.response()
      expect([response.status, JSON.parse(response.body)]).toMatchObject([408, { code: 'GW_REQ_TIMEOUT' }])
      await client.closed()
      await end()
    },
  )
})

test('a refused request costs the upstream nothing', () => {
  expect(gateway.upstream.requests.every(({ url }) => url.length <= 100)).toBe(true)
})
