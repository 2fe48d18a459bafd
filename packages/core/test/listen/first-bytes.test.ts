/**
 * The look at a connection's first bytes, before anybody speaks its protocol.
 *
 * Attack: connections that say nothing, or one byte at a time, or go away in the middle, to hold memory, timers and places,
 * or to stay open where node:http would have closed them.
 */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isHttp2, type Look, lookAtFirst } from '../../src/listen/first-bytes.ts'
import { createTestGateway, until } from '../../src/testing.ts'
import { next } from '../support.ts'
import { RawClient } from './raw-client.ts'

const REQUEST = 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n'

function count(server: Server): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, connections) => (error ? reject(error) : resolve(connections))),
  )
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

describe('lookAtFirst', () => {
  let server: Server
  let port: number
  let accepted: Promise<Socket>

  beforeEach(async () => {
    server = createServer({ allowHalfOpen: true })
    accepted = next<Socket>(server, 'connection')
    await once(server.listen(0, '127.0.0.1'), 'listening')
    port = (server.address() as { port: number }).port
  })
  afterEach(() => new Promise((resolve) => server.close(resolve)))

  /** Needs two bytes, and takes the first. */
  const look = (bytes: Buffer): Look => {
    if (bytes.length < 2) return 'more'
    return bytes.toString() === 'no' ? 'refuse' : { take: 1 }
  }

  /** Listeners and timers that a look leaves on a connection. */
  const left = (socket: Socket): number =>
    ['readable', 'end'].reduce((sum, event) => sum + socket.listenerCount(event), 0)

  test('gives back what it did not take, and leaves no listeners', async () => {
    const client = RawClient.over(await open(port))
    const socket = await accepted
    const before = left(socket)
    const looked = new Promise<void>((resolve) => lookAtFirst(socket, 60_000, look, resolve))
    client.send('a')
    await client.flushed()
    client.send('bcd')
    await looked
    expect(left(socket)).toBe(before)
    expect(String((await once(socket, 'data'))[0])).toBe('bcd')
    client.destroy()
    socket.destroy()
  })

  test('an end right behind the bytes is still seen by who comes next', async () => {
    const client = RawClient.over(await open(port))
    const socket = await accepted
    client.send('abcd')
    client.socket.end()
    await client.flushed().catch(() => {})
    await new Promise<void>((resolve) => lookAtFirst(socket, 60_000, look, resolve))
    let rest = ''
    for await (const chunk of socket) rest += chunk
    expect(rest).toBe('bcd')
    socket.destroy()
  })

  test.each([
    ['is refused', (client: RawClient) => client.send('no')],
    ['ends before it has said enough', (client: RawClient) => client.socket.end('a')],
    ['ends without a word', (client: RawClient) => client.socket.end()],
    ['is reset', (client: RawClient) => client.socket.resetAndDestroy()],
    ['says nothing in time', () => {}],
    ['says too little in time', (client: RawClient) => client.send('a')],
  ])('a connection that %s is closed, without a word', async (what, act) => {
    const client = RawClient.over(await open(port))
    const socket = await accepted
    let handed = false
    lookAtFirst(socket, what.endsWith('in time') ? 30 : 60_000, look, () => {
      handed = true
    })
    const closed = new Promise((resolve) => socket.once('close', resolve))
    act(client)
    await closed
    await client.closed()
    expect(client.received).toBe('')
    expect(handed).toBe(false)
  })
})

describe('isHttp2', () => {
  test.each([
    ['', undefined],
    ['P', undefined],
    ['PR', undefined],
    ['PRI', undefined],
    ['PRI ', true],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n....', true],
    ['PRI * HTTP/1.1\r\n', false],
    ['PO', false],
    ['PRO', false],
    ['PRIX', false],
    ['GET', false],
    ['pri ', false],
  ])('%j: %s', (text, expected) => {
    expect(isHttp2(Buffer.from(text))).toBe(expected)
  })
})

describe('a gateway', () => {
  test.each(['GET', 'PUT', 'POST', 'PATCH', 'PROPFIND'])('%s, one byte at a time', async (method) => {
    await using gateway = await createTestGateway([])
    using client = RawClient.over(await open(gateway.port))
    const length = method === 'GET' ? '' : 'Content-Length: 2\r\n'
    for (const byte of `${method} /a HTTP/1.1\r\nHost: a\r\n${length}\r\n${length ? 'ok' : ''}`) {
      client.send(byte)
      await client.flushed()
    }
    expect((await client.response()).status).toBe(200)
  })

  test('two requests in one packet', async () => {
    await using gateway = await createTestGateway([])
    using client = RawClient.over(await open(gateway.port))
    client.send(REQUEST + REQUEST)
    expect((await client.response()).status).toBe(200)
    expect((await client.response()).status).toBe(200)
  })

  test.each(['', 'P', 'PR', 'PRI', 'PRI * HTTP/2.0\r\n', 'G', 'GET / HTTP/1.1\r\nHo'])(
    'closes at once, whatever it was told so far: %j',
    async (text) => {
      await using gateway = await createTestGateway([])
      const clients = await Promise.all(
        Array.from({ length: 20 }, async () => RawClient.over(await open(gateway.port))),
      )
      for (const client of clients) client.send(text)
      await Promise.all(clients.map((client) => client.flushed()))
      await gateway.gateway.close({ graceMs: 60_000 })
      await Promise.all(clients.map((client) => client.closed()))
      expect(clients.map(({ received }) => received.replaceAll(/^[^H]*$/gs, '')).join('')).toBe('')
    },
  )

  test('the time for a head still runs when the connection was looked at', async () => {
    const gateway = await createTestGateway([])
    const { server } = await gateway.gateway.listen({ port: 0 })
    server.headersTimeout = 50
    using client = RawClient.over(await open((server.address() as { port: number }).port))
    client.send('GET / HTTP/1.1\r\nHost: a\r\n')
    // node:http looks every few seconds; what it does then is what is asked for here.
    const refused = next<NodeJS.ErrnoException>(server, 'clientError')
    const response = await client.response().catch(() => undefined)
    const error = await refused
    expect(error.code).toBe('ERR_HTTP_REQUEST_TIMEOUT')
    expect(response?.status ?? 408).toBe(408)
    await client.closed()
    await gateway.close()
  }, 15_000)

  test('2,000 connections that come and go leave nothing', async () => {
    await using gateway = await createTestGateway([])
    const { server, port } = await gateway.gateway.listen({ port: 0 })
    const farewells: ((socket: Socket) => void)[] = [
      (socket) => socket.destroy(),
      (socket) => socket.resetAndDestroy(),
      (socket) => socket.end('P'),
      (socket) => socket.write('PRI', () => socket.destroy()),
      (socket) => socket.end('GET / HTTP'),
    ]
    let refused = 0
    for (let round = 0; round < 20; round++) {
      const sockets = await Promise.all(Array.from({ length: 100 }, () => open(port)))
      sockets.forEach((socket, i) => {
        socket.resume()
        farewells[i % farewells.length]?.(socket)
      })
      await until(() => sockets.every((socket) => socket.closed), 'all to be closed')
      refused += sockets.length
    }
    expect(refused).toBe(2_000)
    await until(async () => (await count(server)) === 0, 'the server to have no connections')
    using client = RawClient.over(await open(port))
    expect((await client.exchange(REQUEST)).status).toBe(200)
    expect(await count(server)).toBe(1)
    expect(gateway.gateway.stats().inFlight).toBe(0)
  })
})
