/** What docs/forwarding.md says of each limit and time: the status, the code, and whether the client's connection goes on. */
import { expect, test } from 'vitest'
import type { GatewayOptions } from '../../src/index.ts'
import { createTestGateway, type UpstreamBehaviour } from '../../src/testing.ts'
import { RawClient } from './raw-client.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const post = (announced: number, sent: number): string =>
  `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${announced}\r\n\r\n${'x'.repeat(sent)}`

interface Row {
  readonly what: string
  readonly request: string
  readonly options: GatewayOptions
  readonly behaviour?: UpstreamBehaviour
  readonly status: number
  readonly code: string
  readonly kept: boolean
}

const rows: readonly Row[] = [
  {
    what: 'a long target',
    request: `GET /${'a'.repeat(50)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    options: { limits: { requestTargetBytes: 20 } },
    status: 414,
    code: 'GW_REQ_TARGET_TOO_LONG',
    kept: true,
  },
  {
    what: 'large headers',
    request: `GET / HTTP/1.1\r\nHost: a\r\nX-Large: ${'a'.repeat(300)}\r\n\r\n`,
    options: { limits: { requestHeaderBytes: 300 } },
    status: 431,
    code: 'GW_REQ_HEADERS_TOO_LARGE',
    kept: true,
  },
  {
    what: 'headers above what the parser takes',
    request: `GET / HTTP/1.1\r\nHost: a\r\nX-Large: ${'a'.repeat(100_000)}\r\n\r\n`,
    options: {},
    status: 431,
    code: 'GW_REQ_HEADERS_TOO_LARGE',
    kept: false,
  },
  {
    what: 'a body that is a little too long',
    request: post(20, 20),
    options: { limits: { requestBodyBytes: 10 } },
    status: 413,
    code: 'GW_REQ_BODY_TOO_LARGE',
    kept: true,
  },
  {
    what: 'a body that is far too long',
    request: post(1_000_000, 100),
    options: { limits: { requestBodyBytes: 10 } },
    status: 413,
    code: 'GW_REQ_BODY_TOO_LARGE',
    kept: false,
  },
  {
    what: 'a client that stops sending',
    request: post(20, 5),
    options: { timeouts: { idleMs: 100 } },
    status: 408,
    code: 'GW_REQ_BODY_TIMEOUT',
    kept: false,
  },
  {
    what: 'an upstream that never answers',
    request: GET,
    options: { timeouts: { headersMs: 100 } },
    behaviour: { kind: 'silent' },
    status: 504,
    code: 'GW_UPSTREAM_HEADERS_TIMEOUT',
    kept: true,
  },
  {
    what: 'an exchange that takes too long',
    request: GET,
    options: { timeouts: { totalMs: 100 } },
    behaviour: { kind: 'silent' },
    status: 504,
    code: 'GW_UPSTREAM_TOTAL_TIMEOUT',
    kept: true,
  },
  {
    what: 'an upstream that resets',
    request: GET,
    options: {},
    behaviour: { kind: 'reset-before-head' },
    status: 502,
    code: 'GW_UPSTREAM_RESET',
    kept: true,
  },
  {
    what: 'an answer that is not HTTP',
    request: GET,
    options: {},
    behaviour: { kind: 'garbage' },
    status: 502,
    code: 'GW_UPSTREAM_BAD_RESPONSE',
    kept: true,
  },
]

test.each(rows)('$what: $status, connection kept: $kept', async (row) => {
  await using gateway = await createTestGateway([], row.options, row.behaviour)
  using client = await RawClient.open(gateway.port)
  const refused = await client.exchange(row.request)
  expect([refused.status, JSON.parse(refused.body)]).toMatchObject([row.status, { code: row.code }])
  gateway.upstream.behave({ kind: 'echo' })
  if (row.kept) expect((await client.exchange(GET)).status).toBe(200)
  else await client.closed()
})

test('an endpoint at its bound: 503 with retry-after, connection kept', async () => {
  await using gateway = await createTestGateway(
    [],
    { limits: { concurrencyPerEndpoint: 1, queuedPerEndpoint: 0 } },
    { kind: 'silent' },
  )
  using holder = await RawClient.open(gateway.port)
  using client = await RawClient.open(gateway.port)
  holder.send(GET)
  await expect.poll(() => gateway.upstream.requests.length).toBe(1)
  const busy = await client.exchange(GET)
  expect([busy.status, busy.header('retry-after'), JSON.parse(busy.body)]).toMatchObject([
    503,
    '1',
    { code: 'GW_UPSTREAM_BUSY' },
  ])
  holder.destroy()
  await gateway.finished(2)
  gateway.upstream.behave({ kind: 'echo' })
  expect((await client.exchange(GET)).status).toBe(200)
})

test('nobody listens: 502, connection kept', async () => {
  await using gateway = await createTestGateway([], { upstream: 'http://127.0.0.1:1' })
  using client = await RawClient.open(gateway.port)
  for (let round = 0; round < 2; round++) {
    const response = await client.exchange(GET)
    expect([response.status, JSON.parse(response.body)]).toMatchObject([
      502,
      { code: 'GW_UPSTREAM_CONNECT_REFUSED' },
    ])
  }
})
