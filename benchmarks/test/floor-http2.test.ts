/** The HTTP/2 floors forward correctly: a floor that cuts corners would make every ratio too high. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  createServer as createHttp2Server,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2'
import type { AddressInfo, Server } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Child } from '../harness/child.ts'

/** How the upstream answers. Both kinds hand over requests of the same shape. */
let answer: RequestListener
const listener: RequestListener = (req, res) => answer(req, res)

describe.each([
  ['floor-http2', () => createServer(listener)],
  ['floor-http2-http2', () => createHttp2Server().on('request', listener as () => void)],
])('%s', (name, createUpstream) => {
  let upstream: Server
  let floor: Child
  let client: ClientHttp2Session

  beforeAll(async () => {
    upstream = createUpstream().listen(0, '127.0.0.1')
    await once(upstream, 'listening')
    const { port } = upstream.address() as AddressInfo
    const idp = { issuer: '', jwksUrl: '', token: '', publicKey: '' }
    const params = { scenario: '', folder: '', upstream: { url: `http://127.0.0.1:${port}`, idp } }
    floor = new Child(name, `servers/${name}.ts`, params)
    client = connect((await floor.start()).url)
  })

  afterAll(async () => {
    client.destroy()
    await floor.stop()
    upstream.close()
  })

  const send = (headers: OutgoingHttpHeaders, body?: string): ClientHttp2Stream => {
    const stream = client.request({ ':path': '/', ...headers }, { endStream: body === undefined })
    if (body !== undefined) stream.end(body)
    return stream
  }

  const headOf = async (stream: ClientHttp2Stream): Promise<IncomingHttpHeaders> =>
    ((await once(stream, 'response')) as [IncomingHttpHeaders])[0]

  it('forwards method, path, headers and status', async () => {
    let seen: Partial<IncomingMessage> = {}
    answer = (req, res) => {
      seen = { method: req.method ?? '', url: req.url ?? '', headers: req.headers }
      res.writeHead(203, { 'x-end': '2' }).end('hello')
    }
    const stream = send({ ':method': 'DELETE', ':path': '/a?b=1', 'x-public': '1' })
    expect(await headOf(stream)).toMatchObject({ ':status': 203, 'x-end': '2' })
    expect(await text(stream)).toBe('hello')
    expect(seen).toMatchObject({ method: 'DELETE', url: '/a?b=1', headers: { 'x-public': '1' } })
  })

  it('streams a body both ways', async () => {
    answer = (req, res) => void text(req).then((body) => res.end(body.repeat(2)))
    const stream = send({ ':method': 'POST' }, 'x'.repeat(300_000))
    expect((await text(stream)).length).toBe(600_000)
  })

  it('answers 502 when the upstream breaks off', async () => {
    answer = (_req, res) => breakOff(res)
    const stream = send({})
    expect(await headOf(stream)).toMatchObject({ ':status': 502 })
    stream.resume()
  })

  it('breaks off when the upstream does after the head', async () => {
    let response: ServerResponse | undefined
    answer = (_req, res) => {
      response = res
      // Without a length: only the end of the stream says whether it is complete.
      res.writeHead(200).write('12345')
    }
    const stream = send({})
    await headOf(stream)
    if (response) breakOff(response)
    await expect(text(stream)).rejects.toThrow('NGHTTP2_INTERNAL_ERROR')
  })

  if (name === 'floor-http2-http2') {
    it('passes trailers on to a client that takes them', async () => {
      answer = (_req, res) => {
        res.write('hello')
        res.addTrailers({ 'grpc-status': '0' })
        res.end()
      }
      const stream = send({ te: 'trailers' })
      const trailers = once(stream, 'trailers')
      expect(await text(stream)).toBe('hello')
      expect((await trailers)[0]).toMatchObject({ 'grpc-status': '0' })
    })
  }

  it('aborts the upstream request when the client goes', async () => {
    const gone = new Promise((resolve) => {
      answer = (_req, res) => {
        res.on('close', resolve)
        stream.close(constants.NGHTTP2_CANCEL)
      }
    })
    const stream = send({})
    stream.on('error', () => {})
    await gone
  })
})

/** Cuts a response without an end. */
function breakOff(res: ServerResponse & { stream?: { close(code: number): void } }): void {
  if (res.stream) res.stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  else res.destroy()
}
