/** What a host behind the middleware reads of a request. */
import { createServer, type IncomingMessage } from 'node:http'
import express from 'express'
import { describe, expect, test } from 'vitest'
import {
  appendHeader,
  createGateway,
  type GatewayOptions,
  type RouteHooks,
  removeHeader,
  setHeader,
} from '../../src/index.ts'
import { until } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'
import { onFreePort } from '../support.ts'
import { createHost } from './callee-host.ts'

interface Seen {
  readonly url: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly distinct: IncomingMessage['headersDistinct']
  readonly raw: readonly string[]
  readonly body: string
}

async function seenBy(
  bytes: string,
  tap?: (hooks: RouteHooks) => void,
  options?: GatewayOptions & { readonly owns?: readonly string[] },
) {
  let seen: Seen | undefined
  await using host = await createHost(
    (request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { url, headers, headersDistinct: distinct, rawHeaders: raw } = request
        seen = { url, headers, distinct, raw, body: Buffer.concat(chunks).toString() }
        response.end('ok')
      })
    },
    tap,
    options,
  )
  using client = await RawClient.open(host.port)
  const response = await client.exchange(bytes)
  await until(() => host.exchanges.length === 1, 'the exchange to end')
  return { seen, response, exchange: host.exchanges[0] }
}

const get = (lines: readonly string[] = [], target = '/'): string =>
  [`GET ${target} HTTP/1.1`, 'Host: a', ...lines, '', ''].join('\r\n')

test('a request that no plugin changes arrives as node:http would give it', async () => {
  const lines = [
    'Cookie: a=1',
    'Cookie: b=2',
    'X-A: 1',
    'x-a: 2',
    'Content-Type: text/plain',
    'Content-Type: text/html',
  ]
  const { seen } = await seenBy(get([...lines, 'Connection: keep-alive']))
  expect(seen?.headers).toEqual({
    host: 'a',
    cookie: 'a=1; b=2',
    'x-a': '1, 2',
    'content-type': 'text/plain',
    connection: 'keep-alive',
  })
  expect(seen?.raw.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase())).not.toContain('via')
})

test('bodies reach the host untouched, and the host may read them late', async () => {
  const { seen } = await seenBy(
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  )
  expect(seen?.body).toBe('abc')
  expect(seen?.headers['transfer-encoding']).toBe('chunked')
})

describe('a target in absolute form', () => {
  test('reaches the host with its path as the guards saw it, in absolute form as without a gateway', async () => {
    const { seen, exchange } = await seenBy(get([], 'http://a/x/%61?q'))
    expect([seen?.url, exchange?.path]).toEqual(['http://a/x/a?q', '/x/a'])
  })

  // Express keeps the host part that it saw first, and cuts as much from what is written back.
  test.each([
    ['behind the gateway', '/api/public1/admin'],
    ['around the gateway', '/api/publicx/admin'],
  ])('is routed by Express as the guards saw it: a router mounted %s', async (place, path) => {
    const gateway = createGateway([], { logger: false })
    const app = express()
    if (place === 'around the gateway') app.use('/api', gateway.middleware())
    else app.use(gateway.middleware())
    app.use('/api', (request, response) => void response.send(request.path))
    await using server = await onFreePort(createServer(app))
    using client = await RawClient.open(server.port)
    const response = await client.exchange(get([], `http://a${path}`))
    expect(response.body).toBe(path.slice('/api'.length))
    await gateway.close()
  })
})

describe('what plugins change is what the host reads, in every form', () => {
  test('a header that is set', async () => {
    const { seen } = await seenBy(
      get(['X-User: root', 'X_User: root']),
      (hooks) =>
        hooks.mapUpstreamRequest.tap((exchange) =>
          setHeader(exchange.upstreamRequestHeaders, 'x-user', 'alice'),
        ),
      { owns: ['x-user'] },
    )
    expect(seen?.headers['x-user']).toBe('alice')
    expect(seen?.distinct['x-user']).toEqual(['alice'])
    expect(seen?.raw.join('\n')).not.toContain('root')
  })

  test('a header that is removed', async () => {
    const { seen } = await seenBy(get(['Authorization: Bearer x']), (hooks) =>
      hooks.mapUpstreamRequest.tap((exchange) =>
        removeHeader(exchange.upstreamRequestHeaders, 'authorization'),
      ),
    )
    expect(seen?.headers).not.toHaveProperty('authorization')
    expect(seen?.distinct).not.toHaveProperty('authorization')
    expect(seen?.raw.join('\n')).not.toMatch(/authorization/i)
  })

  test('a header with several lines', async () => {
    const { seen } = await seenBy(get(['X-A: 1', 'Cookie: a=1']), (hooks) =>
      hooks.mapUpstreamRequest.tap((exchange) => {
        appendHeader(exchange.upstreamRequestHeaders, 'x-a', '2')
        appendHeader(exchange.upstreamRequestHeaders, 'x-b', '3')
        appendHeader(exchange.upstreamRequestHeaders, 'x-b', '4')
        appendHeader(exchange.upstreamRequestHeaders, 'cookie', 'b=2')
      }),
    )
    expect(seen?.headers).toMatchObject({ 'x-a': '1, 2', 'x-b': '3, 4', cookie: 'a=1; b=2' })
    expect(seen?.distinct['x-b']).toEqual(['3', '4'])
  })

  test('a path', async () => {
    const { seen } = await seenBy(get([], '/v1/orders?x=1'), (hooks) =>
      hooks.mapUpstreamRequest.tap((exchange) => {
        exchange.upstreamPath = exchange.path.replace('/v1', '')
      }),
    )
    expect(seen?.url).toBe('/orders?x=1')
  })
})

test.each<[string, string, GatewayOptions]>([
  ['/%61dmin', '/admin', {}],
  ['/public/../admin?x', '/admin?x', { paths: { dotSegments: 'resolve' } }],
  ['//a///b', '/a/b', { paths: { doubleSlash: 'merge' } }],
])('guards and the host see one path for %s', async (target, path, options) => {
  const { seen, exchange } = await seenBy(get([], target), undefined, options)
  expect(seen?.url).toBe(path)
  expect(`${exchange?.path}${exchange?.query}`).toBe(path)
})

test('headers that Connection names do not reach the host', async () => {
  const { seen } = await seenBy(get(['Connection: x-user', 'X-User: root']))
  expect(seen?.headers).not.toHaveProperty('x-user')
})

test('a name from the prototype is a name like any other', async () => {
  const { seen } = await seenBy(get(['__proto__: x', 'constructor: y', 'toString: z']))
  expect(Object.getPrototypeOf(seen?.headers)).not.toBe('x')
  expect(seen?.headers).toMatchObject({ constructor: 'y', tostring: 'z' })
})

test('a refused request never reaches the host', async () => {
  const { seen, response } = await seenBy(get([], '/a/../b'))
  expect([seen, response.status]).toEqual([undefined, 400])
})

test('a guard’s refusal of an upload answers, and the host is not asked', async () => {
  const { seen, response } = await seenBy(
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(100_000)}`,
    (hooks) => hooks.preForward.tap(async () => ({ status: 401, body: 'no' })),
  )
  expect([seen, response.status, response.body]).toEqual([undefined, 401, 'no'])
})
