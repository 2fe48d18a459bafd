/** A head that node:http's parser refuses makes no request; it is an exchange all the same, so that logs and figures have it. */
import { expect, test } from 'vitest'
import type { Exchange } from '../../src/index.ts'
import { createTestGateway } from '../../src/testing.ts'
import { plugin } from '../support.ts'
import { RawClient } from './raw-client.ts'

const SECRET = 'dG9rZW4tb2Ytc29tZWJvZHk'

test.each<[string, string, number, string, string]>([
  ['no HTTP at all', `${SECRET}\r\n\r\n`, 400, 'GW_REQ_MALFORMED', ''],
  [
    'a bad header line',
    `GET /${SECRET} HTTP/1.1\r\nhost: a\r\nauthorization ${SECRET}\r\n\r\n`,
    400,
    'GW_REQ_MALFORMED',
    '',
  ],
  [
    'a head above what the parser takes',
    `GET / HTTP/1.1\r\nhost: a\r\nx: ${SECRET.repeat(4_000)}\r\n\r\n`,
    431,
    'GW_REQ_HEADERS_TOO_LARGE',
    '',
  ],
  [
    'CONNECT',
    `CONNECT ${SECRET}:443 HTTP/1.1\r\nhost: ${SECRET}:443\r\n\r\n`,
    405,
    'GW_REQ_METHOD_REFUSED',
    'CONNECT',
  ],
])('is finished once, and shows nothing of its bytes: %s', async (_what, bytes, status, code, method) => {
  const seen: string[] = []
  const finished: Exchange[] = []
  const watcher = plugin(
    'watcher',
    ({ hooks }) => {
      hooks.onRequest.tap(() => void seen.push('onRequest'))
      hooks.onFinish.tap((exchange) => void finished.push(exchange))
    },
    { fault: 'observer' },
  )
  await using gateway = await createTestGateway([watcher])
  using client = await RawClient.open(gateway.port)
  client.send(bytes)
  const response = await client.response()
  await client.closed()
  await gateway.finished(1)

  expect(seen).toEqual([])
  expect(finished).toHaveLength(1)
  const [exchange] = finished as [Exchange]
  expect(exchange).toMatchObject({
    seat: 'hop',
    httpVersion: '',
    method,
    path: '',
    authority: '',
    status,
    clientAddress: '127.0.0.1',
    caller: '127.0.0.1',
    aborted: false,
    responseBytes: response.body.length,
  })
  expect(exchange.requestHeaders).toEqual([])
  expect(exchange.error?.code).toBe(code)
  expect(response.status).toBe(status)
  expect(response.header('connection')).toBe('close')
  expect(JSON.parse(response.body)).toMatchObject({ code, status, exchangeId: exchange.id })
  expect(gateway.gateway.stats()).toMatchObject({ inFlight: 0 })

  // The parser's error carries the packet that it could not read.
  const told = JSON.stringify([gateway.logs, inspected(exchange.error)])
  expect(told).toContain(code)
  expect(told).not.toContain(SECRET)
})

test('comes from whom a trusted PROXY header names', async () => {
  await using gateway = await createTestGateway([])
  const { port } = await gateway.gateway.listen({ host: '127.0.0.1', proxyProtocol: { from: ['127.0.0.1'] } })
  using client = await RawClient.open(port)
  client.send('PROXY TCP4 192.0.2.7 127.0.0.1 1000 80\r\nno request\r\n\r\n')
  expect((await client.response()).status).toBe(400)
  await gateway.finished(1)
  expect(gateway.exchanges[0]).toMatchObject({ clientAddress: '192.0.2.7', status: 400 })
})

test('that is part of the answer to another request is none of its own', async () => {
  await using gateway = await createTestGateway([], {}, { kind: 'stall-in-body', bytes: 3 })
  using client = await RawClient.open(gateway.port)
  client.send('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  await expect.poll(() => client.received, { timeout: 20_000 }).toContain('200 OK')
  client.send('no request\r\n\r\n')
  await client.closed()
  await gateway.finished(1)
  expect(gateway.exchanges).toHaveLength(1)
})

test('but a request whose body cannot be read is the one that it was: the answer has its id', async () => {
  await using gateway = await createTestGateway([], {}, { kind: 'silent' })
  using client = await RawClient.open(gateway.port)
  client.send('POST /upload HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\nno chunk\r\n')
  const { status, body } = await client.response()
  expect(status).toBe(400)
  await gateway.finished(1)
  const [exchange] = gateway.exchanges
  expect(JSON.parse(String(body))).toMatchObject({ code: 'GW_REQ_MALFORMED', exchangeId: exchange?.id })
  expect([exchange?.method, exchange?.path]).toEqual(['POST', '/upload'])
  expect(exchange?.error?.code).toMatch(/^GW_(CLIENT_ABORTED|REQ_BODY_ABORTED)$/)
  expect(gateway.exchanges).toHaveLength(1)
})

/** An error with all that hangs on it, whether it can be listed or not. */
function inspected(error: unknown): unknown {
  if (error instanceof Uint8Array) return Buffer.from(error).toString('latin1')
  if (!(error instanceof Error)) return error
  const own = Object.getOwnPropertyNames(error).filter((name) => name !== 'stack')
  return Object.fromEntries(own.map((name) => [name, inspected(Reflect.get(error, name))]))
}
