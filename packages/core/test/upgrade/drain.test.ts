/** A gateway that closes ends its tunnels spread over the grace time, in pauses, and leaves nothing behind. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createTestGateway, type TestGateway, until } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'
import { createRawPeer, createWebSocketUpstream, handshake, openRawTunnel, openWebSocket } from './peers.ts'

/** Closes a gateway and says when each of its WebSockets closed, as a share of the grace time. */
async function closing(
  gateway: TestGateway,
  sockets: readonly WebSocket[],
  graceMs: number,
): Promise<number[]> {
  const start = performance.now()
  const ends: number[] = []
  for (const socket of sockets) socket.on('close', () => ends.push((performance.now() - start) / graceMs))
  await gateway.gateway.close({ graceMs })
  await until(() => ends.length === sockets.length, 'all clients to see it')
  return ends
}

test('the ends are spread: no moment has most of them', async () => {
  await using upstream = await createWebSocketUpstream()
  await using gateway = await createTestGateway([], { upstream: upstream.url })
  const sockets = await Promise.all(Array.from({ length: 60 }, () => openWebSocket(gateway.url)))
  const ends = await closing(gateway, sockets, 2_000)
  for (const part of [0.25, 0.5, 0.75]) {
    const within = ends.filter((end) => end >= part - 0.25 && end < part)
    expect(within.length).toBeGreaterThan(0)
    expect(within.length).toBeLessThan(sockets.length * 0.75)
  }
  expect(gateway.exchanges).toHaveLength(60)
  for (const { status, error } of gateway.exchanges) expect([status, error]).toEqual([101, null])
  await until(async () => (await upstream.open()) === 0, 'the upstream to be left alone')
})

test('a second close waits for the same end, and nothing is left', async () => {
  await using upstream = await createWebSocketUpstream()
  await using gateway = await createTestGateway([], { upstream: upstream.url })
  const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
  const socket = await openWebSocket(gateway.url)
  const closed = gateway.gateway.close({ graceMs: 300 })
  expect(gateway.gateway.close({ graceMs: 60_000 })).toBe(closed)
  await closed
  await gateway.gateway.close()
  await until(() => socket.readyState === WebSocket.CLOSED, 'the client to see it')
  await until(async () => (await upstream.open()) === 0, 'the upstream connection to end')
  expect(gateway.gateway.stats().inFlight).toBe(0)
  await until(
    () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length <= before + 1,
    'every timer but this wait’s to be gone',
  )
})

test('what is under way is delivered: messages of both sides are whole and answered', async () => {
  await using upstream = await createWebSocketUpstream()
  await using gateway = await createTestGateway([], { upstream: upstream.url })
  const sockets = await Promise.all(Array.from({ length: 10 }, () => openWebSocket(gateway.url)))
  const big = Buffer.alloc(1_048_576, 'x')
  let received = 0
  for (const socket of sockets) {
    socket.on('message', (data: Buffer) => {
      expect(data.equals(big)).toBe(true)
      received++
    })
    for (let i = 0; i < 3; i++) socket.send(big)
  }
  await until(() => upstream.sockets.length === 10, 'the sockets')
  await closing(gateway, sockets, 3_000)
  expect(received).toBe(30)
})

describe('a tunnel that never pauses', () => {
  test('ends all the same, and gets what the upstream still says', async () => {
    await using peer = await createRawPeer()
    await using gateway = await createTestGateway([], { upstream: peer.url })
    using tunnel = await openRawTunnel(gateway.port, peer)
    const chatter = setInterval(() => tunnel.client.send('.'), 2)
    const answers = setInterval(() => {
      if (!tunnel.upstream.ended) tunnel.upstream.socket.write(':')
    }, 2)
    void until(() => tunnel.upstream.ended, 'the end of the client').then(() => {
      clearInterval(answers)
      tunnel.upstream.socket.end('last words')
    })
    tunnel.client.socket.on('end', () => {
      clearInterval(chatter)
      tunnel.client.socket.end()
    })
    await gateway.gateway.close({ graceMs: 1_500 })
    await until(() => tunnel.client.ended, 'the client to see it')
    expect(tunnel.client.received.endsWith('last words')).toBe(true)
    expect(gateway.exchanges[0]).toMatchObject({ status: 101, error: null })
  })

  test('and whose sides do not listen, is cut after the grace time', async () => {
    await using peer = await createRawPeer()
    await using gateway = await createTestGateway([], { upstream: peer.url })
    using tunnel = await openRawTunnel(gateway.port, peer)
    await gateway.gateway.close({ graceMs: 200 })
    expect(gateway.exchanges[0]).toMatchObject({ status: 101, error: { code: 'GW_GATEWAY_CLOSING' } })
    await until(() => tunnel.client.ended || tunnel.client.reset, 'the client to see it')
  })
})

test('a tunnel whose client has said everything is waited for', async () => {
  await using peer = await createRawPeer()
  await using gateway = await createTestGateway([], { upstream: peer.url })
  using tunnel = await openRawTunnel(gateway.port, peer)
  tunnel.client.socket.end('question')
  await until(() => tunnel.upstream.ended, 'the end')
  const closed = gateway.gateway.close({ graceMs: 5_000 })
  tunnel.upstream.socket.write('long ')
  await until(() => tunnel.client.received === 'long ', 'the first part')
  tunnel.upstream.socket.end('answer')
  await closed
  await until(() => tunnel.client.ended, 'the client to see it')
  expect(tunnel.client.received).toBe('long answer')
  expect(gateway.exchanges[0]?.error).toBeNull()
})

describe('while the gateway closes', () => {
  test('a handshake that was on its way gets its tunnel, and the tunnel its end', async () => {
    let answer = (): void => {}
    await using peer = await createRawPeer(({ socket }) => {
      answer = () => socket.write('HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhi')
      socket.on('end', () => socket.end())
    })
    await using gateway = await createTestGateway([], { upstream: peer.url })
    using client = await RawClient.open(gateway.port)
    client.send(handshake())
    await until(() => peer.connections[0]?.received.endsWith('\r\n\r\n') === true, 'the handshake')
    const closed = gateway.gateway.close({ graceMs: 1_000 })
    answer()
    await client.closed()
    expect(client.received).toMatch(/^HTTP\/1\.1 101 [\s\S]*\r\n\r\nhi$/)
    await closed
    expect(gateway.exchanges[0]).toMatchObject({ status: 101, error: null })
  })

  test('a new handshake is sent elsewhere at once', async () => {
    await using upstream = await createWebSocketUpstream()
    await using gateway = await createTestGateway([], { upstream: upstream.url })
    const host = createServer().on('upgrade', gateway.gateway.upgradeHandler)
    await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
    const { port } = host.address() as AddressInfo
    // Neither end of this one listens to the other: it takes the whole grace time.
    using tunnel = await RawClient.open(port)
    tunnel.send(handshake())
    await until(() => tunnel.received.includes('\r\n\r\n'), 'the tunnel')
    upstream.sockets[0]?.pause()
    const closed = gateway.gateway.close({ graceMs: 500 })
    using late = await RawClient.open(port)
    const response = await late.exchange(handshake())
    expect([response.status, response.header('retry-after')]).toEqual([503, '1'])
    expect(JSON.parse(response.body)).toMatchObject({ code: 'GW_GATEWAY_CLOSING' })
    expect(gateway.gateway.stats().inFlight).toBe(1)
    await closed
    await new Promise((resolve) => host.close(resolve))
    expect(upstream.requests).toHaveLength(1)
  })
})
