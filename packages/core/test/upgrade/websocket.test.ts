/** WebSocket through the gateway as real clients and servers speak it: `ws` on both sides, and undici's client. */

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Agent, WebSocket as UndiciWebSocket } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { createTestGateway, type TestGateway, until } from '../../src/testing.ts'
import { serverAuthority, serverCertificate } from '../tls/secure.ts'
import {
  closeOf,
  createWebSocketUpstream,
  nextMessage,
  openWebSocket,
  type WebSocketUpstream,
} from './peers.ts'

const { cert, key } = serverCertificate()

describe.each(['plain', 'TLS on both legs'])('messages, %s,', (kind) => {
  const tls = kind === 'plain' ? undefined : { key, cert }
  let upstream: WebSocketUpstream
  let gateway: TestGateway
  let url: string

  beforeAll(async () => {
    upstream = await createWebSocketUpstream({ perMessageDeflate: true }, tls)
    gateway = await createTestGateway([], {
      upstream: tls ? { url: upstream.url, tls: { ca: serverAuthority.cert } } : upstream.url,
    })
    url = tls ? (await gateway.gateway.listen({ port: 0, tls })).url : gateway.url
  })
  afterAll(async () => {
    await gateway.close()
    await upstream[Symbol.asyncDispose]()
  })

  test.each<[string, string | Buffer]>([
    ['text', 'grüße'],
    ['nothing', ''],
    ['binary', Buffer.from([0, 255, 13, 10, 13, 10])],
    ['1 MB', randomBytes(1_048_576)],
  ])('%s comes back as it went', async (_what, message) => {
    for (const perMessageDeflate of [false, true]) {
      const socket = await openWebSocket(url, [], { ca: serverAuthority.cert, perMessageDeflate })
      expect(socket.extensions).toBe(perMessageDeflate ? 'permessage-deflate' : '')
      socket.send(message)
      const { data, isBinary } = await nextMessage(socket)
      expect(isBinary).toBe(typeof message !== 'string')
      expect(data.equals(Buffer.from(message))).toBe(true)
      socket.close()
      await closeOf(socket)
    }
  })

  test('fragments, pings and pongs pass', async () => {
    const socket = await openWebSocket(url, [], { ca: serverAuthority.cert })
    socket.send('one ', { fin: false })
    socket.ping('are you there')
    socket.send('two ', { fin: false })
    socket.send('three', { fin: true })
    const [[pong], { data }] = await Promise.all([
      once(socket, 'pong') as Promise<[Buffer]>,
      nextMessage(socket),
    ])
    expect([String(pong), String(data)]).toEqual(['are you there', 'one two three'])
    socket.terminate()
  })

  test.each([
    [1000, 'done'],
    [1001, ''],
    [4321, 'a reason of its own'],
  ])('a close with %i goes both ways', async (code, reason) => {
    const leaving = await openWebSocket(url, [], { ca: serverAuthority.cert })
    const theirs = closeOf(upstream.sockets.at(-1) as WebSocket)
    leaving.close(code, reason)
    expect(await theirs).toEqual([code, reason])
    const left = await openWebSocket(url, [], { ca: serverAuthority.cert })
    upstream.sockets.at(-1)?.close(code, reason)
    expect(await closeOf(left)).toEqual([code, reason])
  })

  test('a thousand small messages keep their order, and none is lost', async () => {
    const socket = await openWebSocket(url, [], { ca: serverAuthority.cert })
    const seen: number[] = []
    socket.on('message', (data: Buffer) => seen.push(Number(data.toString())))
    for (let i = 0; i < 1_000; i++) socket.send(String(i))
    await until(() => seen.length === 1_000, 'all of them')
    expect(seen).toEqual(Array.from({ length: 1_000 }, (_, i) => i))
    socket.terminate()
  })

  test('undici’s client gets on as well', async () => {
    const dispatcher = new Agent({ connect: { ca: serverAuthority.cert } })
    const socket = new UndiciWebSocket(url.replace(/^http/, 'ws'), { dispatcher })
    socket.binaryType = 'arraybuffer'
    await new Promise((resolve) => socket.addEventListener('open', resolve))
    const big = 'x'.repeat(300_000)
    const answers: unknown[] = []
    socket.addEventListener('message', ({ data }: { data: unknown }) => answers.push(data))
    socket.send(big)
    socket.send(new Uint8Array([1, 2, 3]))
    await until(() => answers.length === 2, 'both answers')
    expect(answers).toEqual([big, new Uint8Array([1, 2, 3]).buffer])
    const closed = new Promise<CloseEvent>((resolve) =>
      socket.addEventListener('close', (event) => resolve(event as unknown as CloseEvent)),
    )
    upstream.sockets.at(-1)?.close(4000, 'bye')
    expect(await closed).toMatchObject({ code: 4000, reason: 'bye', wasClean: true })
    await dispatcher.close()
  })

  test('all of it is over: no exchange runs, no connection is left, each ended once with 101', async () => {
    await until(() => gateway.gateway.stats().inFlight === 0, 'the last exchange to end')
    await until(async () => (await upstream.open()) === 0, 'the last connection to end')
    expect(gateway.exchanges.length).toBe(upstream.requests.length)
    expect(new Set(gateway.exchanges.map(({ status }) => status))).toEqual(new Set([101]))
  })
})

interface CloseEvent {
  readonly code: number
  readonly reason: string
  readonly wasClean: boolean
}
