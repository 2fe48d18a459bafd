/** The WebSocket floor forwards correctly: a floor that cuts corners would make every ratio too high. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Child } from '../harness/child.ts'

let upstream: Server
let floor: Child
let url: string
let answer: (socket: Duplex, head: Buffer) => void

beforeAll(async () => {
  upstream = createServer().on('upgrade', (_req, socket, head) => answer(socket, head))
  upstream.listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  const { port } = upstream.address() as AddressInfo
  const idp = { issuer: '', jwksUrl: '', token: '', publicKey: '' }
  const params = { scenario: '', folder: '', upstream: { url: `http://127.0.0.1:${port}`, idp } }
  floor = new Child('floor', 'servers/floor-websocket.ts', params)
  url = (await floor.start()).url
})

afterAll(async () => {
  await floor.stop()
  upstream.close()
})

const SWITCH = 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n'

const ask = () => {
  const headers = { connection: 'Upgrade', upgrade: 'websocket' }
  return request(url, { headers, agent: false }).end()
}

const upgraded = async (): Promise<[IncomingMessage, Duplex, Buffer]> =>
  (await once(ask(), 'upgrade')) as [IncomingMessage, Duplex, Buffer]

it('passes the head of the answer and what follows it, both ways', async () => {
  answer = (socket) => {
    socket.write(`${SWITCH}x-end: 1\r\n\r\nfirst`)
    socket.once('data', (data) => socket.end(`got ${data}`))
  }
  const [res, socket, head] = await upgraded()
  expect(res.headers).toMatchObject({ upgrade: 'websocket', 'x-end': '1' })
  socket.unshift(head)
  socket.write('hello')
  expect(await text(socket)).toBe('firstgot hello')
})

it('passes a refusal on', async () => {
  answer = (socket) => socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno')
  const [res] = (await once(ask(), 'response')) as [IncomingMessage]
  expect(res.statusCode).toBe(403)
  expect(await text(res)).toBe('no')
})

it('answers 502 when the upstream breaks off', async () => {
  answer = (socket) => socket.destroy()
  const [res] = (await once(ask(), 'response')) as [IncomingMessage]
  expect(res.statusCode).toBe(502)
  res.resume()
})

it('ends the upstream when the client goes', async () => {
  const gone = new Promise((resolve) => {
    answer = (socket) => {
      socket.on('end', resolve).on('error', () => {})
      socket.write(`${SWITCH}\r\n`)
      socket.resume()
    }
  })
  const [, socket] = await upgraded()
  socket.destroy()
  await gone
})
