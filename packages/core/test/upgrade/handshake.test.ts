/** The handshake is a request like any other until its 101: guards and hooks see it, and its upstream may not switch. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { setHeader } from '../../src/index.ts'
import { createTestGateway, until } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'
import { plugin } from '../support.ts'
import { createRawPeer, createWebSocketUpstream, handshake, openWebSocket, SWITCHED } from './peers.ts'

describe('an upstream that does not switch', () => {
  test.each<[number, Record<string, string>, string]>([
    [200, { 'content-type': 'text/plain' }, 'plain'],
    [204, {}, ''],
    [302, { location: 'https://elsewhere.example/' }, ''],
    [403, { 'x-why': 'because', 'set-cookie': 'a=1' }, 'x'.repeat(20_000_000)],
    [426, { upgrade: 'websocket' }, 'upgrade'],
  ])('has its answer passed on: %i', async (status, headers, body) => {
    await using gateway = await createTestGateway([], {}, { kind: 'answer', status, headers, body })
    using client = await RawClient.open(gateway.port)
    const response = await client.exchange(handshake())
    expect([response.status, response.body]).toEqual([status, body])
    for (const [name, value] of Object.entries(headers)) {
      if (name !== 'upgrade') expect(response.header(name)).toBe(value)
    }
    expect(response.header('connection')).toBe('close')
    await client.closed()
    expect(gateway.exchanges[0]).toMatchObject({ status, error: null, responseBytes: body.length })
    // Its connection is as good as before.
    await gateway.fetch('/', { redirect: 'manual' })
    expect(await gateway.upstream.connections()).toBe(1)
  })

  test('has a body of unknown length passed on to its end, after informational responses', async () => {
    await using gateway = await createTestGateway(
      [],
      {},
      {
        kind: 'custom',
        handle: (_request, response) => {
          response.writeEarlyHints({ link: '</a.css>; rel=preload' })
          response.writeHead(403)
          response.write('one ')
          setImmediate(() => response.end('two'))
        },
      },
    )
    using client = await RawClient.open(gateway.port)
    client.send(handshake())
    await client.closed()
    expect(client.received).toMatch(
      /^HTTP\/1\.1 103 Early Hints\r\n[\s\S]*HTTP\/1\.1 403 Forbidden\r\n[\s\S]*one [\s\S]*two/,
    )
  })

  test('and cuts its body is not mistaken for one that ended', async () => {
    await using gateway = await createTestGateway([], {}, { kind: 'reset-in-body', length: 1_000, bytes: 10 })
    using client = await RawClient.open(gateway.port)
    client.send(handshake())
    await client.closed()
    expect(client.received).toContain('x'.repeat(10))
    expect(gateway.exchanges[0]?.error?.code).toBe('GW_UPSTREAM_BODY_CUT')
  })
})

describe('a 101 that does not fit is a 502:', () => {
  test.each([
    ['to another protocol', 'Connection: Upgrade\r\nUpgrade: h2c\r\n'],
    ['to several', 'Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n'],
    ['to none', 'Connection: Upgrade\r\n'],
    ['without Connection', 'Upgrade: websocket\r\n'],
    ['with neither', ''],
  ])('%s', async (_what, lines) => {
    await using peer = await createRawPeer(({ socket }) =>
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\n${lines}\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi`,
      ),
    )
    await using gateway = await createTestGateway([], { upstream: peer.url })
    using client = await RawClient.open(gateway.port)
    const response = await client.exchange(handshake())
    expect([response.status, JSON.parse(response.body)]).toMatchObject([
      502,
      { code: 'GW_UPSTREAM_BAD_RESPONSE' },
    ])
    await client.closed()
    await until(
      () => peer.connections[0]?.socket.destroyed === true || peer.connections[0]?.ended === true,
      'its end',
    )
  })

  test.each(['Connection: Upgrade\r\nUpgrade: websocket\r\n', 'Connection: Upgrade\r\n', ''])(
    'to a request that asked for none, with %j',
    async (lines) => {
      await using peer = await createRawPeer(({ socket }) =>
        socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines}\r\n`),
      )
      await using gateway = await createTestGateway([], { upstream: peer.url })
      expect((await gateway.fetch('/')).status).toBe(502)
    },
  )
})

describe('what the two sides agree on', () => {
  test('passes: subprotocol, cookies, headers of the application', async () => {
    await using upstream = await createWebSocketUpstream({
      handleProtocols: (offered) => (offered.has('chat.v2') ? 'chat.v2' : false),
    })
    await using gateway = await createTestGateway([], { upstream: upstream.url })
    const socket = await openWebSocket(`${gateway.url}/room?id=7`, ['chat.v1', 'chat.v2'], {
      headers: { cookie: 'sid=1', 'x-app': 'yes' },
      origin: 'https://app.example',
    })
    expect(socket.protocol).toBe('chat.v2')
    expect(upstream.requests[0]).toMatchObject({
      url: '/room?id=7',
      headers: {
        cookie: 'sid=1',
        'x-app': 'yes',
        origin: 'https://app.example',
        connection: 'upgrade',
        upgrade: 'websocket',
        'sec-websocket-protocol': 'chat.v1,chat.v2',
        'x-forwarded-for': '127.0.0.1',
      },
    })
    expect(upstream.requests[0]?.headers.via).toMatch(/^1\.1 postern-/)
    socket.terminate()
  })

  test('is seen and changed by hooks on both heads', async () => {
    await using upstream = await createWebSocketUpstream()
    let asked = ''
    const hooks = plugin(
      'hooks',
      (host) => {
        host.hooks.onRoute.tap((route) => {
          route.hooks.mapUpstreamRequest.tap((exchange) => {
            setHeader(exchange.upstreamRequestHeaders, 'x-user', 'alice')
            exchange.upstreamPath = '/inside'
          })
          route.hooks.mapResponse.tap((exchange) => {
            asked = exchange.upgrade
            exchange.responseHeaders.push('set-cookie', `seen=${exchange.status}`, 'set-cookie', 'b=2')
          })
        })
      },
      { owns: ['x-user'] },
    )
    await using gateway = await createTestGateway([hooks], {
      upstream: upstream.url,
      requestIdHeader: 'x-request-id',
    })
    const socket = new WebSocket(gateway.url.replace('http', 'ws'), { headers: { 'x-user': 'mallory' } })
    const [response] = (await once(socket, 'upgrade')) as [IncomingMessage]
    expect(response.headers['set-cookie']).toEqual(['seen=101', 'b=2'])
    expect(upstream.requests[0]).toMatchObject({ url: '/inside', headers: { 'x-user': 'alice' } })
    expect(response.headers['x-request-id']).toBe(upstream.requests[0]?.headers['x-request-id'])
    expect(asked).toBe('websocket')
    socket.terminate()
  })

  test('is not sent where a hook made it unsendable: the client gets a 500, the upstream an end', async () => {
    await using peer = await createRawPeer()
    const broken = plugin('broken', (host) => {
      host.hooks.onRoute.tap((route) => {
        route.hooks.mapResponse.tap((exchange) => {
          if (exchange.status === 101) exchange.responseHeaders.push('x-broken', 'a\r\nb')
        })
      })
    })
    await using gateway = await createTestGateway([broken], { upstream: peer.url })
    using client = await RawClient.open(gateway.port)
    expect((await client.exchange(handshake())).status).toBe(500)
    await client.closed()
    await until(() => peer.connections[0]?.ended === true, 'the upstream to see the end')
  })

  test('has nothing of one hop in it', async () => {
    await using peer = await createRawPeer(({ socket }) =>
      socket.write(
        SWITCHED.replace('\r\n\r\n', '\r\nKeep-Alive: 5\r\nContent-Length: 5\r\nX-App: 1\r\n\r\n'),
      ),
    )
    await using gateway = await createTestGateway([], { upstream: peer.url })
    using client = await RawClient.open(gateway.port)
    client.send(handshake())
    await until(() => client.received.endsWith('\r\n\r\n'), 'the 101')
    expect(client.received).toBe(
      'HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\nX-App: 1\r\n\r\n',
    )
    expect(peer.connections[0]?.received).not.toMatch(/keep-alive/i)
  })
})

test('a guard is asked before the upstream hears of it', async () => {
  await using upstream = await createWebSocketUpstream()
  let decide: (verdict: undefined) => void = () => {}
  const slow = plugin(
    'slow',
    ({ hooks }) => {
      hooks.onRoute.tap((route) =>
        route.hooks.preForward.tap(
          () =>
            new Promise<undefined>((resolve) => {
              decide = resolve
            }),
        ),
      )
    },
    { fault: 'guard' },
  )
  await using gateway = await createTestGateway([slow], { upstream: upstream.url })
  const opened = openWebSocket(gateway.url)
  await until(() => gateway.gateway.stats().inFlight === 1, 'the guard to be asked')
  expect(upstream.requests).toEqual([])
  decide(undefined)
  const socket = await opened
  expect(upstream.requests).toHaveLength(1)
  socket.terminate()
})

describe('a client that goes away before the 101', () => {
  test.each(['cleanly', 'with a reset'])('%s ends the attempt', async (how) => {
    await using peer = await createRawPeer(() => {})
    await using gateway = await createTestGateway([], { upstream: peer.url })
    using client = await RawClient.open(gateway.port)
    client.send(handshake())
    await until(() => peer.connections[0]?.received.includes('\r\n\r\n') === true, 'the handshake')
    if (how === 'cleanly') client.socket.end('early')
    else client.socket.resetAndDestroy()
    await gateway.finished(1)
    expect(gateway.exchanges[0]).toMatchObject({
      aborted: true,
      status: 499,
      error: { code: 'GW_CLIENT_ABORTED' },
    })
    await until(
      () => peer.connections[0]?.ended === true || peer.connections[0]?.reset === true,
      'the upstream to see it',
    )
  })
})
