/** Content is nobody's business on the way: bytes, codings and what describes them pass as they are, and nothing where there is none. */
import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestGateway, type TestGateway, until } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await createTestGateway([])
})
afterAll(() => gateway.close())

/** A request of node:http, which decodes nothing. */
async function send(method: string, headers: Record<string, string>, body?: Uint8Array) {
  return new Promise<{ status: number | undefined; headers: Record<string, unknown>; body: Buffer }>(
    (resolve, reject) => {
      const outgoing = request(`${gateway.url}/`, { method, headers }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
        )
      })
      outgoing.on('error', reject)
      outgoing.end(body)
    },
  )
}

const plain = Buffer.from(JSON.stringify({ text: 'grüße '.repeat(5_000) }))

describe.each<[string, Buffer]>([
  ['gzip', gzipSync(plain)],
  ['br', brotliCompressSync(plain)],
  ['deflate', deflateSync(plain)],
  ['a-coding-of-2031', randomBytes(100_000)],
  ['gzip, br', brotliCompressSync(gzipSync(plain))],
])('%s', (coding, coded) => {
  const described = {
    'content-encoding': coding,
    vary: 'Accept-Encoding',
    etag: 'W/"abc-gzip"',
    'cache-control': 'public, max-age=60',
    'accept-ranges': 'bytes',
  }

  test.each(['announced', 'chunked'])('comes back byte by byte, %s', async (framing) => {
    gateway.upstream.behave({
      kind: 'custom',
      handle: (_request, response) => {
        response.writeHead(200, {
          ...described,
          ...(framing === 'announced' ? { 'content-length': String(coded.length) } : {}),
        })
        response.write(coded.subarray(0, 10))
        response.end(coded.subarray(10))
      },
    })
    const response = await send('GET', { 'accept-encoding': `${coding};q=0.5, *;q=0` })
    expect(response.headers).toMatchObject(described)
    expect(response.body.equals(coded)).toBe(true)
    expect(gateway.upstream.requests.at(-1)?.headers['accept-encoding']).toBe(`${coding};q=0.5, *;q=0`)
  })

  test('goes up byte by byte', async () => {
    gateway.upstream.behave({ kind: 'answer', status: 201 })
    await send('POST', { 'content-encoding': coding }, coded)
    const seen = gateway.upstream.requests.at(-1)
    expect(seen?.headers['content-encoding']).toBe(coding)
    expect(seen?.body().equals(coded)).toBe(true)
  })
})

test('parts of a representation keep what names them', async () => {
  const part = { 'content-range': 'bytes 2-4/10', etag: '"v1"', 'content-type': 'text/plain' }
  gateway.upstream.behave({ kind: 'answer', status: 206, headers: part, body: 'cde' })
  const response = await send('GET', { range: 'bytes=2-4', 'if-range': '"v1"' })
  expect([response.status, response.headers, String(response.body)]).toMatchObject([206, part, 'cde'])
  expect(gateway.upstream.requests.at(-1)?.headers).toMatchObject({ range: 'bytes=2-4', 'if-range': '"v1"' })
})

describe('answers without content end with their head, and the connection goes on', () => {
  test.each<[string, string, string, string | undefined]>([
    ['HEAD', 'with a length', '200 OK\r\nContent-Length: 1000', '1000'],
    ['HEAD', 'with chunks', '200 OK\r\nTransfer-Encoding: chunked', undefined],
    ['HEAD', 'with neither', '200 OK', undefined],
    ['GET', '204', '204 No Content', undefined],
    ['GET', '204 with a length of nothing', '204 No Content\r\nContent-Length: 0', undefined],
    ['GET', '204 with a length', '204 No Content\r\nContent-Length: 5', undefined],
    [
      'GET',
      '304 with the length of what is not sent',
      '304 Not Modified\r\nContent-Length: 1000\r\nETag: "a"',
      '1000',
    ],
    ['GET', '304', '304 Not Modified\r\nETag: "a"', undefined],
    ['GET', '205', '205 Reset Content\r\nContent-Length: 0', '0'],
    ['GET', '200 of no bytes', '200 OK\r\nContent-Length: 0', '0'],
    ['POST', '204', '204 No Content', undefined],
  ])('%s, %s', async (method, _what, head, length) => {
    await using own = await createTestGateway([], {}, { kind: 'bytes', bytes: `HTTP/1.1 ${head}\r\n\r\n` })
    using client = await RawClient.open(own.port)
    for (let i = 0; i < 2; i++) {
      const body = method === 'POST' ? 'Content-Length: 0\r\n\r\n' : '\r\n'
      const response = await client.exchange(`${method} / HTTP/1.1\r\nHost: a\r\n${body}`)
      expect([response.status, response.header('content-length')]).toEqual([Number(head.slice(0, 3)), length])
      expect(response.body).toBe('')
    }
    await until(() => own.exchanges.length === 2, 'both')
    expect(client.received).toBe('')
    expect(own.exchanges.map(({ error, responseBytes }) => [error, responseBytes])).toEqual([
      [null, 0],
      [null, 0],
    ])
  })
})

test('a chunked answer of no bytes is an answer of no bytes', async () => {
  const bytes = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
  await using own = await createTestGateway([], {}, { kind: 'bytes', bytes })
  using client = await RawClient.open(own.port)
  for (let i = 0; i < 2; i++) {
    const response = await client.exchange('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    expect([response.status, response.body]).toEqual([200, ''])
  }
  expect(own.upstream.opened).toBe(1)
})
