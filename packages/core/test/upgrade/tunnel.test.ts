/** A tunnel joins two connections: what one does, the other sees, and the gateway holds little of it. */
import { describe, expect, test } from 'vitest'
import { createTestGateway, until } from '../../src/testing.ts'
import { createRawPeer, openRawTunnel, SWITCHED } from './peers.ts'

const CHUNK = Buffer.alloc(1_048_576, 'x')
const TOTAL = 100 * CHUNK.length
/** Kernel and stream buffers of four sockets; 100 MB held in memory are far above. */
const BOUND = 50 * 1_048_576

test('bytes are counted on the exchange, the handshake and its answer are not', async () => {
  await using peer = await createRawPeer(({ socket }) => socket.write(`${SWITCHED}hello`))
  await using gateway = await createTestGateway([], { upstream: peer.url })
  using tunnel = await openRawTunnel(gateway.port, peer)
  tunnel.client.send('12345678')
  await until(() => tunnel.upstream.received === '12345678', 'the bytes')
  expect(gateway.gateway.stats()).toMatchObject({ inFlight: 1, exchanges: 0 })
  tunnel.client.socket.end()
  tunnel.upstream.socket.end()
  await gateway.finished(1)
  expect(gateway.exchanges[0]).toMatchObject({
    status: 101,
    requestBytes: 8,
    responseBytes: 5,
    error: null,
    aborted: false,
  })
  expect(gateway.gateway.stats()).toMatchObject({ inFlight: 0, exchanges: 1 })
})

describe('one side that has said everything still hears the other', () => {
  test('the client', async () => {
    await using peer = await createRawPeer()
    await using gateway = await createTestGateway([], { upstream: peer.url })
    using tunnel = await openRawTunnel(gateway.port, peer)
    tunnel.client.socket.end('question')
    await until(() => tunnel.upstream.ended, 'the end')
    expect(tunnel.upstream.received).toBe('question')
    tunnel.upstream.socket.write('long ')
    await until(() => tunnel.client.received === 'long ', 'the first part')
    tunnel.upstream.socket.end('answer')
    await until(() => tunnel.client.ended, 'the end')
    expect(tunnel.client.received).toBe('long answer')
    await gateway.finished(1)
    expect(gateway.exchanges[0]?.error).toBeNull()
  })

  test('the upstream', async () => {
    await using peer = await createRawPeer()
    await using gateway = await createTestGateway([], { upstream: peer.url })
    using tunnel = await openRawTunnel(gateway.port, peer)
    tunnel.upstream.socket.end('enough')
    await until(() => tunnel.client.ended, 'the end')
    expect(tunnel.client.received).toBe('enough')
    tunnel.client.send('but ')
    await until(() => tunnel.upstream.received === 'but ', 'the first part')
    tunnel.client.socket.end('still')
    await until(() => tunnel.upstream.ended, 'the end')
    expect(tunnel.upstream.received).toBe('but still')
    await gateway.finished(1)
    expect(gateway.exchanges[0]?.error).toBeNull()
  })
})

describe('one side that resets is no side that ended', () => {
  test('the client', async () => {
    await using peer = await createRawPeer()
    await using gateway = await createTestGateway([], { upstream: peer.url })
    using tunnel = await openRawTunnel(gateway.port, peer)
    tunnel.client.socket.resetAndDestroy()
    await until(() => tunnel.upstream.reset, 'the upstream to see a reset')
    await gateway.finished(1)
    expect(gateway.exchanges[0]).toMatchObject({ status: 101, error: { code: 'GW_CLIENT_ABORTED' } })
  })

  test('the upstream', async () => {
    await using peer = await createRawPeer()
    await using gateway = await createTestGateway([], { upstream: peer.url })
    using tunnel = await openRawTunnel(gateway.port, peer)
    tunnel.upstream.socket.resetAndDestroy()
    await until(() => tunnel.client.reset, 'the client to see a reset')
    await gateway.finished(1)
    expect(gateway.exchanges[0]).toMatchObject({ status: 101, error: { code: 'GW_UPSTREAM_BODY_CUT' } })
  })

  test('while both send all they can', async () => {
    await using peer = await createRawPeer()
    await using gateway = await createTestGateway([], { upstream: peer.url })
    for (const who of ['client', 'upstream'] as const) {
      const before = gateway.exchanges.length
      using tunnel = await openRawTunnel(gateway.port, peer)
      for (let i = 0; i < 20; i++) {
        tunnel.client.send(CHUNK)
        tunnel.upstream.socket.write(CHUNK)
      }
      await until(() => tunnel.client.received.length > 0 && tunnel.upstream.received.length > 0, 'traffic')
      tunnel[who].socket.resetAndDestroy()
      await until(() => tunnel.client.socket.destroyed && tunnel.upstream.socket.destroyed, 'both to be gone')
      await gateway.finished(before + 1)
    }
    expect(gateway.gateway.stats().inFlight).toBe(0)
  })
})

describe('a side that does not read stops the one that writes, and gets everything in the end', () => {
  test.each(['client', 'upstream'] as const)('the %s', async (reader) => {
    const writer = reader === 'client' ? 'upstream' : 'client'
    await using peer = await createRawPeer()
    await using gateway = await createTestGateway([], { upstream: peer.url })
    using tunnel = await openRawTunnel(gateway.port, peer)
    const from = tunnel[writer].socket
    const to = tunnel[reader].socket
    to.removeAllListeners('data')
    to.pause()
    const before = process.memoryUsage().arrayBuffers
    let written = 0
    const feed = (): void => {
      while (written < TOTAL) {
        written += CHUNK.length
        if (!from.write(CHUNK)) return
      }
    }
    from.on('drain', feed)
    feed()
    let last = -1
    await until(() => {
      const stopped = last === from.bytesWritten
      last = from.bytesWritten
      return stopped
    }, 'the writer to stop')
    expect(written).toBeLessThan(BOUND)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(BOUND)

    let received = 0
    to.on('data', (chunk: Buffer) => {
      received += chunk.length
    })
    to.resume()
    await until(() => received === TOTAL, 'everything', 15_000)
  })
})

describe('idle time', () => {
  test('ends a tunnel in which nothing moves', async () => {
    await using peer = await createRawPeer()
    await using gateway = await createTestGateway([], { upstream: peer.url, timeouts: { idleMs: 100 } })
    using tunnel = await openRawTunnel(gateway.port, peer)
    await until(() => tunnel.client.ended || tunnel.client.reset, 'the client to see it')
    await until(() => tunnel.upstream.ended || tunnel.upstream.reset, 'the upstream to see it')
    await gateway.finished(1)
    expect(gateway.exchanges[0]).toMatchObject({ status: 101, error: { code: 'GW_UPSTREAM_IDLE_TIMEOUT' } })
  })

  test.each(['client', 'upstream'] as const)(
    'does not pass while only the %s speaks, nor does the time of the whole exchange',
    async (speaker) => {
      await using peer = await createRawPeer()
      const timeouts = { idleMs: 200, totalMs: 300, headersMs: 200 }
      await using gateway = await createTestGateway([], { upstream: peer.url, timeouts })
      using tunnel = await openRawTunnel(gateway.port, peer)
      const listener = tunnel[speaker === 'client' ? 'upstream' : 'client']
      const start = performance.now()
      const timer = setInterval(() => tunnel[speaker].socket.write('.'), 20)
      await until(() => performance.now() - start > 900, 'much more than either time')
      clearInterval(timer)
      expect(listener.received.length).toBeGreaterThan(5)
      expect(gateway.exchanges).toEqual([])
      await gateway.finished(1)
    },
  )
})
