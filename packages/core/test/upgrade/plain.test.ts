/**
 * What only looks like a handshake is a plain request, and what comes behind a handshake is never another request. The known
 * attack: an upstream that does not switch, and a second request in the same packet that no guard sees.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestGateway, type TestGateway, until } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'
import { plugin } from '../support.ts'
import { createRawPeer, handshake, SWITCHED } from './peers.ts'

/** Where requests arrive: at the gateway's own server, or at a host's, which hands over every request with `Upgrade`. */
const servers = {
  'in the gateway’s own server': async (gateway: TestGateway) => ({
    port: gateway.port,
    close: async () => {},
  }),
  'in a host’s server': async ({ gateway }: TestGateway) => {
    const server = createServer(gateway.handler).on('upgrade', gateway.upgradeHandler)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return {
      port: (server.address() as AddressInfo).port,
      close: async () => {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      },
    }
  },
}

describe.each(Object.entries(servers))('%s', (_where, start) => {
  let gateway: TestGateway
  let server: { port: number; close: () => Promise<void> }
  beforeAll(async () => {
    gateway = await createTestGateway([])
    server = await start(gateway)
  })
  afterAll(async () => {
    await server.close()
    await gateway.close()
  })

  const upgrading = (rest: string): string => `GET / HTTP/1.1\r\nHost: a\r\n${rest}\r\n`
  test.each([
    [
      'h2c',
      upgrading(
        'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n',
      ),
    ],
    ['TLS', upgrading('Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n')],
    ['a protocol that nobody knows', upgrading('Connection: Upgrade\r\nUpgrade: foo\r\n')],
    ['several protocols', upgrading('Connection: Upgrade\r\nUpgrade: websocket, foo\r\n')],
    ['several lines', upgrading('Connection: Upgrade\r\nUpgrade: foo\r\nUpgrade: websocket\r\n')],
    ['an empty Upgrade', upgrading('Connection: Upgrade\r\nUpgrade: \r\n')],
    ['no Connection', upgrading('Upgrade: websocket\r\n')],
    [
      'a Connection that names something else',
      upgrading('Connection: close-upgrade\r\nUpgrade: websocket\r\n'),
    ],
    ['HTTP/1.0', handshake().replace('HTTP/1.1', 'HTTP/1.0')],
    ['POST', handshake().replace('GET', 'POST')],
  ])('%s is a plain request', async (_what, bytes) => {
    const before = gateway.upstream.requests.length
    using client = await RawClient.open(server.port)
    expect((await client.exchange(bytes)).status).toBe(200)
    const [seen] = gateway.upstream.requests.slice(before)
    expect(seen?.headers).not.toHaveProperty('upgrade')
    expect(seen?.headers).not.toHaveProperty('http2-settings')
    expect(seen?.headers.connection).toBe('keep-alive')
  })

  test.each([
    ['announced', 'Content-Length: 5\r\n', 'hello'],
    ['chunked', 'Transfer-Encoding: chunked\r\n', '5\r\nhello\r\n0\r\n\r\n'],
  ])('a body, %s, is a body, and the next request the next', async (_how, framing, body) => {
    for (const method of ['POST', 'GET']) {
      const before = gateway.upstream.requests.length
      using client = await RawClient.open(server.port)
      client.send(
        `${method} /first HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${framing}\r\n`,
      )
      client.send(body)
      const response = await client.response()
      expect(response.status).toBe(200)
      expect(gateway.upstream.requests[before]?.body().toString()).toBe('hello')
      if (response.header('connection') === 'close') await client.closed()
      else expect((await client.exchange('GET /second HTTP/1.1\r\nHost: a\r\n\r\n')).status).toBe(200)
    }
  })

  test('a body that arrives late and in pieces is whole', async () => {
    const before = gateway.upstream.requests.length
    using client = await RawClient.open(server.port)
    client.send(
      'POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo\r\nContent-Length: 200000\r\n\r\n',
    )
    for (let i = 0; i < 20; i++) {
      client.send('x'.repeat(10_000))
      await client.flushed()
    }
    expect((await client.response()).status).toBe(200)
    expect(gateway.upstream.requests[before]?.body().length).toBe(200_000)
  })

  test('a client that leaves in the middle of such a body is missed', async () => {
    const before = gateway.exchanges.length
    using client = await RawClient.open(server.port)
    client.send(
      'POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo\r\nContent-Length: 9\r\n\r\nhe',
    )
    await until(() => gateway.gateway.stats().inFlight > 0, 'the exchange')
    client.destroy()
    await gateway.finished(before + 1)
    expect(gateway.exchanges.at(-1)?.error?.source).toBe('client')
  })

  test('a second request behind a handshake that the upstream turns down is nobody’s', async () => {
    using client = await RawClient.open(server.port)
    client.send(`${handshake('', '/turned-down')}GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n`)
    const response = await client.response()
    expect([response.status, response.header('connection')]).toEqual([200, 'close'])
    await client.closed()
    expect(client.received).toBe('')
    await gateway.fetch('/after')
    const urls = gateway.upstream.requests.map(({ url }) => url)
    expect([urls.includes('/turned-down'), urls.includes('/smuggled')]).toEqual([true, false])
  })

  test('a handshake behind a request that is not yet answered is no handshake', async () => {
    gateway.upstream.behave({ kind: 'trickle', chunks: 3, bytes: 5, everyMs: 20 })
    using client = await RawClient.open(server.port)
    client.send(`GET /first HTTP/1.1\r\nHost: a\r\n\r\n${handshake('', '/second')}`)
    await client.closed()
    gateway.upstream.behave({ kind: 'echo' })
    expect(client.received).not.toContain(' 101 ')
    await until(() => gateway.gateway.stats().inFlight === 0, 'both to end')
    const second = gateway.upstream.requests.find(({ url }) => url === '/second')
    expect(second?.headers.upgrade).toBeUndefined()
    expect((await gateway.fetch('/')).status).toBe(200)
  })
})

test('a host’s server that cuts the header lines of a request, and its framing with them, loses no body to a next request', async () => {
  await using gateway = await createTestGateway([])
  const server = createServer(gateway.gateway.handler).on('upgrade', gateway.gateway.upgradeHandler)
  server.maxHeadersCount = 5
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  using client = await RawClient.open((server.address() as AddressInfo).port)
  const inner = 'GET /inner HTTP/1.1\r\nHost: a\r\n\r\n'
  client.send(
    `POST /outer HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo\r\nA: 1\r\nB: 2\r\nC: 3\r\n` +
      `Content-Length: ${inner.length}\r\n\r\n${inner}`,
  )
  await client.closed()
  expect(gateway.upstream.requests.map(({ url }) => url)).not.toContain('/inner')
  await new Promise((resolve) => server.close(resolve))
})

test('every request that follows one with a foreign Upgrade meets the guards', async () => {
  const seen: string[] = []
  const watch = plugin('watch', ({ hooks }) => {
    hooks.onRoute.tap((route) => {
      route.hooks.preForward.tap(({ path }) => {
        seen.push(path)
        return path === '/admin' ? { status: 403 } : undefined
      })
    })
  })
  await using gateway = await createTestGateway([watch])
  using client = await RawClient.open(gateway.port)
  client.send(
    'GET /open HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\nGET /admin HTTP/1.1\r\nHost: a\r\n\r\n',
  )
  expect([(await client.response()).status, (await client.response()).status]).toEqual([200, 403])
  expect([seen, gateway.upstream.requests.map(({ url }) => url)]).toEqual([['/open', '/admin'], ['/open']])
})

describe('bytes that come before the 101', () => {
  test('wait for it, and reach the upstream behind the handshake', async () => {
    let switchNow = (): void => {}
    await using peer = await createRawPeer(({ socket }) => {
      switchNow = () => socket.write(`${SWITCHED}welcome`)
    })
    await using gateway = await createTestGateway([], { upstream: peer.url })
    using client = await RawClient.open(gateway.port)
    client.send(`${handshake()}first `)
    await until(() => peer.connections[0]?.received.endsWith('\r\n\r\n') === true, 'the handshake')
    client.send('second')
    await client.flushed()
    expect(peer.connections[0]?.received).not.toContain('first')
    switchNow()
    await until(() => peer.connections[0]?.received.endsWith('\r\n\r\nfirst second') === true, 'the bytes')
    await until(() => client.received.endsWith('\r\n\r\nwelcome'), 'the answer')
  })

  test('do not pile up: what is too much waits on the wire', async () => {
    let switchNow = (): void => {}
    await using peer = await createRawPeer(({ socket }) => {
      switchNow = () => socket.write(SWITCHED)
    })
    await using gateway = await createTestGateway([], { upstream: peer.url })
    using client = await RawClient.open(gateway.port)
    const total = 32 * 1_048_576
    const start = client.socket.bytesWritten
    client.send(handshake())
    client.send(Buffer.alloc(total, 'x'))
    await until(() => peer.connections[0]?.received.endsWith('\r\n\r\n') === true, 'the handshake')
    let last = -1
    await until(() => {
      const sent = client.socket.bytesWritten - client.socket.writableLength - start
      const stopped = sent === last && client.socket.writableLength > 0
      last = sent
      return stopped
    }, 'the client to stop')
    expect(last).toBeLessThan(total / 2)
    switchNow()
    await until(() => (peer.connections[0]?.received.length ?? 0) >= total, 'all of it', 15_000)
  })

  test('of the upstream reach the client: the handshake and a first message in one packet', async () => {
    await using peer = await createRawPeer(({ socket }) => socket.write(`${SWITCHED}at once`))
    await using gateway = await createTestGateway([], { upstream: peer.url })
    using client = await RawClient.open(gateway.port)
    client.send(handshake())
    await until(() => client.received.endsWith('\r\n\r\nat once'), 'the message')
  })
})
