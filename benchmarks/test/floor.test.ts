import { once } from 'node:events'
import {
  Agent,
  createServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type Server,
} from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Child } from '../harness/child.ts'

let upstream: Server
let answer: RequestListener
let floor: Child
let url: string

beforeAll(async () => {
  upstream = createServer((req, res) => answer(req, res)).listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  const address = upstream.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const idp = { issuer: '', jwksUrl: '', token: '', publicKey: '' }
  const params = { scenario: '', folder: '', upstream: { url: `http://127.0.0.1:${address.port}`, idp } }
  floor = new Child('floor', 'servers/floor.ts', params)
  url = (await floor.start()).url
})

afterAll(async () => {
  await floor.stop()
  upstream.close()
  upstream.closeAllConnections()
})

async function responseTo(
  headers: Record<string, string>,
  method = 'GET',
  body = '',
): Promise<IncomingMessage> {
  const req = request(url, { method, headers, agent: new Agent({ keepAlive: false }) })
  req.end(body)
  const [res] = (await once(req, 'response')) as [IncomingMessage]
  return res
}

it('forwards no header of the connection, in either direction', async () => {
  let seen: IncomingMessage['headers'] = {}
  answer = (req, res) => {
    seen = req.headers
    res
      .writeHead(200, {
        connection: 'keep-alive, x-hop',
        'x-hop': '1',
        'x-end': '2',
        'keep-alive': 'timeout=9',
      })
      .end()
  }
  const res = await responseTo({
    connection: 'close, X-Private',
    'x-private': '1',
    te: 'trailers',
    'x-public': '2',
  })
  expect(seen).toMatchObject({ 'x-public': '2' })
  expect(seen).not.toHaveProperty('x-private')
  expect(seen).not.toHaveProperty('te')
  expect(res.headers).toMatchObject({ 'x-end': '2' })
  expect(res.headers).not.toHaveProperty('x-hop')
  res.resume()
})

it('streams a request body', async () => {
  answer = (req, res) => void text(req).then((body) => res.end(`got ${body.length}`))
  const res = await responseTo({ 'content-type': 'text/plain' }, 'POST', 'x'.repeat(300_000))
  expect(await text(res)).toBe('got 300000')
})

it('answers 502 when the upstream breaks off', async () => {
  answer = (req) => void req.socket.destroy()
  const res = await responseTo({})
  expect(res.statusCode).toBe(502)
  res.resume()
})

it('breaks off when the upstream does after the head', async () => {
  answer = (_req, res) => {
    res.writeHead(200, { 'content-length': '10' })
    res.write('12345')
    setTimeout(() => res.destroy(), 50)
  }
  const res = await responseTo({})
  await expect(text(res)).rejects.toThrow()
})

it('aborts the upstream request when the client goes', async () => {
  const gone = new Promise((resolve) => {
    answer = (req) => {
      req.socket.on('close', resolve)
      client.destroy()
    }
  })
  const client = request(url)
  client.on('error', () => {})
  client.end()
  await gone
})

it('waits for a slow client, and loses no byte', async () => {
  const size = 32 * 2 ** 20
  let sent = 0
  answer = (_req, res) => {
    const chunk = Buffer.alloc(2 ** 16, 'x')
    const send = () => {
      while (sent < size) {
        sent += chunk.length
        if (!res.write(chunk)) return
      }
      res.end()
    }
    res.on('drain', send)
    send()
  }
  const res = await responseTo({})
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect(sent).toBeLessThan(size)
  let received = 0
  for await (const chunk of res) received += (chunk as Buffer).length
  expect(received).toBe(size)
})
