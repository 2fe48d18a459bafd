/** How a host behind the middleware answers: every way to write a head passes mapResponse once. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { type RouteHooks, removeHeader, setHeader } from '../../src/index.ts'
import { until } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'
import { createHost } from './callee-host.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

/** Adds, removes and changes; sees each head once. */
function mapping(seen: string[][] = []): (hooks: RouteHooks) => void {
  return (hooks) =>
    hooks.mapResponse.tap((exchange) => {
      seen.push([String(exchange.status), ...exchange.responseHeaders])
      setHeader(exchange.responseHeaders, 'x-added', 'yes')
      removeHeader(exchange.responseHeaders, 'x-secret')
      if (exchange.status === 202) exchange.status = 203
    })
}

async function answered(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  request = GET,
) {
  const seen: string[][] = []
  await using host = await createHost(handler, mapping(seen))
  using client = await RawClient.open(host.port)
  const response = await client.exchange(request)
  await until(() => host.exchanges.length === 1, 'the exchange to end')
  expect(seen.length).toBe(1)
  return { response, seen: seen[0] ?? [], exchange: host.exchanges[0] }
}

/** What people write that the types of node:http do not know. */
type Untyped = { writeHead(...args: readonly unknown[]): ServerResponse }

describe('mapResponse changes the head of', () => {
  test.each<[string, (response: ServerResponse) => void]>([
    ['setHeader and end', (r) => r.setHeader('X-Secret', '1').setHeader('X-Own', '1').end('ok')],
    [
      'setHeader and writeHead',
      (r) => r.setHeader('X-Secret', '1').writeHead(200, { 'X-Own': '1' }).end('ok'),
    ],
    ['writeHead with an object', (r) => r.writeHead(200, { 'X-Secret': '1', 'X-Own': '1' }).end('ok')],
    [
      'writeHead with a reason and an object',
      (r) => r.writeHead(200, 'OK', { 'X-Secret': '1', 'X-Own': 1 }).end('ok'),
    ],
    ['writeHead with a flat array', (r) => r.writeHead(200, ['X-Secret', '1', 'X-Own', '1']).end('ok')],
    [
      'writeHead with a reason and an array',
      (r) => r.writeHead(200, 'OK', ['X-Secret', '1', 'X-Own', '1']).end('ok'),
    ],
    ['writeHead with numbers in an array', (r) => r.writeHead(200, ['X-Secret', 1, 'X-Own', 1]).end('ok')],
    [
      'writeHead with no reason and an object',
      (r) => (r as unknown as Untyped).writeHead(200, undefined, { 'X-Secret': '1', 'X-Own': '1' }).end('ok'),
    ],
    [
      'writeHead with pairs',
      (r) =>
        (r as unknown as Untyped).writeHead(200, Object.entries({ 'X-Secret': '1', 'X-Own': '1' })).end('ok'),
    ],
    [
      'writeHead over setHeader',
      (r) => r.setHeader('x-own', '0').writeHead(200, { 'X-Own': '1', 'X-Secret': '1' }).end('ok'),
    ],
    [
      'an implicit head by write',
      (r) => {
        r.setHeader('X-Secret', '1').setHeader('X-Own', '1').write('o')
        r.end('k')
      },
    ],
    [
      'flushHeaders',
      (r) => {
        r.setHeader('X-Secret', '1').setHeader('X-Own', '1').flushHeaders()
        r.end('ok')
      },
    ],
    [
      'setHeaders',
      (r) =>
        r
          .setHeaders(
            new Map([
              ['X-Secret', '1'],
              ['X-Own', '1'],
            ]),
          )
          .end('ok'),
    ],
    ['appendHeader', (r) => r.appendHeader('X-Secret', '1').appendHeader('X-Own', '1').end('ok')],
  ])('%s', async (_what, write) => {
    const { response, seen } = await answered((_request, r) => write(r))
    expect([response.status, response.body]).toEqual([200, 'ok'])
    expect(response.header('x-added')).toBe('yes')
    expect(response.header('x-secret')).toBeUndefined()
    expect(response.header('x-own')).toBe('1')
    expect(seen.map((text) => text.toLowerCase())).toContain('x-secret')
  })
})

test('case and order of set headers are kept', async () => {
  const { response } = await answered((_request, r) =>
    r.setHeader('X-bB', '1').setHeader('A-Cc', '2').end('ok'),
  )
  expect(response.headers.slice(0, 4)).toEqual(['X-bB', '1', 'A-Cc', '2'])
})

test.each<[string, (response: ServerResponse) => void]>([
  ['setHeader', (r) => r.setHeader('Set-Cookie', ['a=1', 'b=2']).end()],
  ['writeHead with an object', (r) => r.writeHead(200, { 'Set-Cookie': ['a=1', 'b=2'] }).end()],
  ['writeHead with a flat array', (r) => r.writeHead(200, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']).end()],
  ['writeHead with an array in an array', (r) => r.writeHead(200, ['Set-Cookie', ['a=1', 'b=2']]).end()],
])('cookies stay apart and in order: %s', async (_what, write) => {
  const { response } = await answered((_request, r) => write(r))
  const cookies = response.headers.filter(
    (_, i) => i % 2 === 1 && /^set-cookie$/i.test(response.headers[i - 1] ?? ''),
  )
  expect(cookies).toEqual(['a=1', 'b=2'])
})

test('status and reason pass, and mapResponse may change the status', async () => {
  const { response: fine } = await answered((_request, r) => r.writeHead(201, 'Fine by me').end())
  expect([fine.status, fine.reason]).toEqual([201, 'Fine by me'])
  const { response: changed, exchange } = await answered((_request, r) => {
    r.statusCode = 202
    r.end()
  })
  expect([changed.status, exchange?.status]).toEqual([203, 203])
})

test('a length that node:http finds out stays', async () => {
  expect((await answered((_request, r) => r.end('four'))).response.header('content-length')).toBe('4')
})

test.each([204, 304])('a host may answer %i', async (status) => {
  const { response } = await answered((_request, r) => r.writeHead(status).end())
  expect([response.status, response.body]).toEqual([status, ''])
})

test('HEAD has a head and no body', async () => {
  const { response } = await answered((_request, r) => r.end('body'), 'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n')
  expect([response.status, response.body]).toEqual([200, ''])
})

test('a host streams: what it writes arrives before it ends', async () => {
  let finish = (): void => {}
  await using host = await createHost((_request, response) => {
    response.write('first')
    finish = () => response.end('last')
  }, mapping())
  using client = await RawClient.open(host.port)
  client.send(GET)
  await until(() => client.received.includes('first'), 'the first piece')
  expect(host.exchanges).toEqual([])
  finish()
  expect((await client.response()).body).toBe('firstlast')
})

test('many requests share one connection', async () => {
  await using host = await createHost((request, response) => response.end(request.url), mapping())
  using client = await RawClient.open(host.port)
  for (let i = 0; i < 50; i++)
    expect((await client.exchange(`GET /${i} HTTP/1.1\r\nHost: a\r\n\r\n`)).body).toBe(`/${i}`)
})

test('a second writeHead fails in the host as it does without a gateway', async () => {
  let failed: unknown
  const { response } = await answered((_request, r) => {
    r.writeHead(200, { 'x-own': '1' })
    try {
      r.writeHead(500)
    } catch (error) {
      failed = error
    }
    r.end('ok')
  })
  expect([response.status, (failed as NodeJS.ErrnoException).code]).toEqual([200, 'ERR_HTTP_HEADERS_SENT'])
})

test('a client that leaves is noticed by the host and by the exchange', async () => {
  let gone = false
  await using host = await createHost((_request, response) => {
    response.write('first')
    void once(response, 'close').then(() => {
      gone = true
    })
  })
  using client = await RawClient.open(host.port)
  client.send(GET)
  await until(() => client.received.includes('first'), 'the first piece')
  client.socket.resetAndDestroy()
  await until(() => host.exchanges.length === 1, 'the exchange to end')
  expect([gone, host.exchanges[0]?.aborted]).toEqual([true, true])
})

describe("bytes of bodies that are the host's to read and write are counted", () => {
  test.each<[string, (response: ServerResponse) => void, number]>([
    ['one piece', (r) => r.end('four'), 4],
    [
      'several',
      (r) => {
        r.write('ab')
        r.write(Buffer.from('cd'))
        r.end('é')
      },
      6,
    ],
    ['an encoding', (r) => r.end('abcd', 'hex'), 2],
    ['none', (r) => r.end(), 0],
    ['none after a callback', (r) => r.end(() => {}), 0],
    ['a status without a body', (r) => r.writeHead(304).end('left out'), 0],
  ])('of a response: %s', async (_what, handler, bytes) => {
    const { exchange } = await answered((_request, response) => handler(response))
    expect(exchange).toMatchObject({ requestBytes: 0, responseBytes: bytes })
  })

  test('of a response to HEAD: none', async () => {
    const { exchange } = await answered(
      (_request, response) => response.end('left out'),
      GET.replace('GET', 'HEAD'),
    )
    expect(exchange?.responseBytes).toBe(0)
  })

  test('of an answer that the gateway gives in place of a host that threw, once', async () => {
    const { response, exchange } = await answered(() => {
      throw new Error('host')
    })
    expect(exchange?.responseBytes).toBe(response.body.length)
  })

  test.each([
    ['in one packet', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nfour', 4],
    [
      'in chunks',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n',
      3,
    ],
  ])('of a request %s, also where a guard was waited for', async (_what, request, bytes) => {
    const handler = (incoming: IncomingMessage, response: ServerResponse) =>
      void incoming.resume().on('end', () => response.end())
    expect((await answered(handler, request)).exchange?.requestBytes).toBe(bytes)
    await using host = await createHost(handler, (hooks) =>
      hooks.preForward.tap(() => new Promise((resolve) => setTimeout(resolve, 20))),
    )
    using client = await RawClient.open(host.port)
    await client.exchange(request)
    await until(() => host.exchanges.length === 1, 'the exchange to end')
    expect(host.exchanges[0]?.requestBytes).toBe(bytes)
  })
})
