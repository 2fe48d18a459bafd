/** `gateway.upgradeHandler` in a server of the host's. */
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { expect, test } from 'vitest'
import { createTestGateway, type TestGateway, until } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'
import { onFreePort } from '../support.ts'
import { serverAuthority, serverCertificate } from '../tls/secure.ts'
import { closeOf, createWebSocketUpstream, handshake, nextMessage, openWebSocket } from './peers.ts'

const { cert, key } = serverCertificate()

async function host(server: Server, { gateway }: TestGateway) {
  server.on('request', gateway.handler)
  server.on('upgrade', gateway.upgradeHandler)
  return onFreePort(server)
}

test.each(['http', 'https'])('WebSocket works in a host’s %s server, beside requests', async (scheme) => {
  await using upstream = await createWebSocketUpstream()
  await using gateway = await createTestGateway([], { upstream: upstream.url })
  await using server = await host(
    scheme === 'https' ? createTlsServer({ key, cert }) : createServer(),
    gateway,
  )
  const url = `${scheme}://127.0.0.1:${server.port}`
  const socket = await openWebSocket(url, [], { ca: serverAuthority.cert })
  socket.send('hello')
  expect(String((await nextMessage(socket)).data)).toBe('hello')
  expect(gateway.gateway.stats().inFlight).toBe(1)
  socket.close(1000)
  expect(await closeOf(socket)).toEqual([1000, ''])
  await gateway.finished(1)
  expect(gateway.exchanges[0]).toMatchObject({ status: 101, scheme, error: null })
})

test('times of the host’s server for requests do not end a tunnel', async () => {
  await using upstream = await createWebSocketUpstream()
  await using gateway = await createTestGateway([], { upstream: upstream.url })
  const times = {
    keepAliveTimeout: 50,
    headersTimeout: 60,
    requestTimeout: 60,
    connectionsCheckingInterval: 20,
  }
  await using server = await host(createServer(times), gateway)
  using client = await RawClient.open(server.port)
  // As the second request of its connection, after which node:http has its timers set.
  expect((await client.exchange('GET / HTTP/1.1\r\nHost: a\r\n\r\n')).status).toBe(418)
  client.send(handshake())
  await until(() => client.received.includes('\r\n\r\n'), 'the 101')
  const start = performance.now()
  await until(() => performance.now() - start > 500, 'much more than any of them')
  expect([client.ended, client.reset]).toEqual([false, false])
  upstream.sockets[0]?.send('still here')
  await until(() => client.received.endsWith('still here'), 'the message')
})

test('a gateway that is closed refuses handshakes in a server that goes on', async () => {
  await using upstream = await createWebSocketUpstream()
  await using gateway = await createTestGateway([], { upstream: upstream.url })
  await using server = await host(createServer(), gateway)
  const socket = await openWebSocket(`http://127.0.0.1:${server.port}`)
  const closed = closeOf(socket)
  await gateway.gateway.close({ graceMs: 100 })
  expect(await closed).toEqual([1006, ''])
  using client = await RawClient.open(server.port)
  expect((await client.exchange(handshake())).status).toBe(503)
  await client.closed()
})

test('a client that resets while nothing is decided ends no process', async () => {
  await using gateway = await createTestGateway([], {}, { kind: 'silent' })
  await using server = await host(createServer(), gateway)
  for (const bytes of [handshake(), handshake().replace('websocket', 'foo'), `${handshake()}early`]) {
    const before = gateway.exchanges.length
    using client = await RawClient.open(server.port)
    client.send(bytes)
    await until(() => gateway.gateway.stats().inFlight === 1, 'the exchange')
    client.socket.resetAndDestroy()
    await gateway.finished(before + 1)
  }
})
