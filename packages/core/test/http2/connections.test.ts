/** Connections that nobody uses end by themselves, on both legs, and leave no timer or socket behind. */

import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { Http2Sessions as ClientSessions } from '../../src/listen/http2-server.ts'
import { createTestGateway, until } from '../../src/testing.ts'
import { Http2Sessions, type UpstreamSession } from '../../src/upstream/http2-sessions.ts'
import { get, PING, RawPeer, rawHttp2Upstream } from './frames.ts'
import { Http2Client, http2Upstream } from './peers.ts'

const target = (url: string) => ({ origin: url, socketPath: undefined, address: undefined, tls: {} })

function take(sessions: Http2Sessions): Promise<UpstreamSession> {
  return new Promise((onSession, onNoSession) => sessions.take({ onSession, onNoSession }))
}

describe('a connection to an upstream', () => {
  test('ends when it was idle, also after a stream that was silent for longer than that', async () => {
    await using upstream = await http2Upstream(() => {})
    const sessions = new Http2Sessions(target(upstream.url), null, { connectMs: 1_000, idleMs: 40 })
    const session = await take(sessions)
    // Its time runs out while a stream is open: nothing happens.
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(sessions.size).toBe(1)
    const stream = session.http2.request({ ':path': '/' })
    stream.on('error', () => {})
    stream.close()
    sessions.release(session)
    await until(() => upstream.sessions.size === 0, 'the connection to end')
    await until(() => sessions.size === 0, 'this side to see it')
    await sessions.close()
  })

  test('under suspicion gets no streams until it answers a ping', async () => {
    await using upstream = await rawHttp2Upstream(() => {})
    const sessions = new Http2Sessions(target(upstream.url), null, { connectMs: 1_000 })
    const first = await take(sessions)
    sessions.suspect(first)
    const second = await take(sessions)
    expect(second).not.toBe(first)
    await until(() => !first.suspected, 'the answer to the ping')
    expect(await take(sessions)).toBe(first)
    sessions.destroy()
    await sessions.close()
  })

  test('that answers no ping is ended, and with it its streams', async () => {
    await using upstream = await rawHttp2Upstream(({ type }, peer) => {
      if (type === PING) peer.answers = false
    })
    const sessions = new Http2Sessions(target(upstream.url), null, { connectMs: 1_000, pingMs: 40 })
    const session = await take(sessions)
    const peer = upstream.peers[0] as RawPeer
    peer.answers = false
    const stream = session.http2.request({ ':path': '/' })
    stream.on('error', () => {})
    const over = new Promise((resolve) => stream.once('close', resolve))
    sessions.suspect(session)
    await over
    await until(() => sessions.size === 0, 'the connection to be gone')
    await sessions.close()
  })

  test('that is being opened when all is closed does not stay', async () => {
    await using upstream = await http2Upstream(() => {})
    const sessions = new Http2Sessions(target(upstream.url), null, { connectMs: 1_000 })
    const taker = { onSession: () => {}, onNoSession: () => {} }
    sessions.take(taker)
    sessions.forget(taker)
    await sessions.close()
    await until(() => upstream.sessions.size === 0, 'the connection to end')
  })
})

describe('a connection of a client', () => {
  async function listen(idleMs: number) {
    const running: Socket[] = []
    const sessions = new ClientSessions((stream) => {
      stream.on('error', () => {})
      stream.resume()
    }, idleMs)
    const server = createServer((socket) => {
      running.push(socket)
      sessions.accept(socket)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return { sessions, server, running, port: (server.address() as AddressInfo).port }
  }

  test('ends when it was idle, not while a stream is open', async () => {
    const { sessions, server, port } = await listen(40)
    using busy = await RawPeer.open(port)
    busy.headers(1, get('/'))
    using idle = await RawPeer.open(port)
    await until(() => idle.closed, 'the idle connection to end')
    await new Promise((resolve) => setTimeout(resolve, 80))
    expect(busy.closed).toBe(false)
    busy.reset(1, 8)
    await until(() => busy.closed && sessions.size === 0, 'the other to end after its stream')
    server.close()
  })

  test('that begins and says nothing more ends, too', async () => {
    const { server, running, port } = await listen(40)
    const socket = connectTcp(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    // It never reads, and so never hears that it should end its side.
    await until(() => running[0]?.destroyed === true, 'the connection to end')
    socket.destroy()
    server.close()
  })
})

test('a closed gateway leaves no timer and no socket', async () => {
  const before = count()
  await using upstream = await http2Upstream((stream) => {
    stream.resume()
    stream.respond({ ':status': 200 })
    stream.end('x')
  })
  const gateway = await createTestGateway([], { upstream: upstream.options })
  const client = new Http2Client(gateway.url)
  await Promise.all(Array.from({ length: 50 }, () => client.send('/', {}, { body: 'x' })))
  await gateway.close()
  client.session.destroy()
  await upstream.close()
  await until(() => count() <= before, 'nothing to be left')
})

/** Sockets, servers and timers of this process that keep it alive. */
function count(): number {
  return process.getActiveResourcesInfo().filter((kind) => /TCP|Timeout/.test(kind)).length
}
