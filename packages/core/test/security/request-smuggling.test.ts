/**
 * The attack: a request whose length or target two servers read differently. The bytes that the first takes for a body
 * are the next request for the second, and run with somebody else's identity (RFC 9112 section 11.2).
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestGateway, type TestGateway } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await createTestGateway([])
})
afterAll(() => gateway.close())

let seenBefore = 0
beforeEach(() => {
  seenBefore = gateway.upstream.requests.length
})

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n'
const post = (headers: string, body: string): string =>
  `POST / HTTP/1.1\r\nHost: a\r\n${headers}\r\n\r\n${body}`

/** Exactly one 400, then the connection is over, and no byte reached the upstream. */
async function expectRefused(bytes: string, status = 400): Promise<void> {
  using client = await RawClient.open(gateway.port)
  client.send(bytes)
  const response = await client.response()
  await client.closed()
  expect(response.status).toBe(status)
  expect(response.header('content-type')).toBe('application/problem+json')
  expect(response.header('connection')).toBe('close')
  expect(client.received).toBe('')
  expect(gateway.upstream.requests.length).toBe(seenBefore)
}

describe('two lengths for one body are refused', () => {
  test.each([
    [
      'Transfer-Encoding and Content-Length',
      'Transfer-Encoding: chunked\r\nContent-Length: 6',
      `0\r\n\r\n${SMUGGLED}`,
    ],
    [
      'Content-Length and Transfer-Encoding',
      'Content-Length: 6\r\nTransfer-Encoding: chunked',
      `0\r\n\r\n${SMUGGLED}`,
    ],
    ['two equal Content-Length lines', 'Content-Length: 3\r\nContent-Length: 3', `abc${SMUGGLED}`],
    ['two different Content-Length lines', 'Content-Length: 3\r\nContent-Length: 0', `abc${SMUGGLED}`],
    ['a list of equal lengths', 'Content-Length: 3, 3', `abc${SMUGGLED}`],
    ['a length with a sign', 'Content-Length: +3', `abc${SMUGGLED}`],
    ['a negative length', 'Content-Length: -3', `abc${SMUGGLED}`],
    ['a hexadecimal length', 'Content-Length: 0x3', `abc${SMUGGLED}`],
    ['a length with a blank inside', 'Content-Length: 1 3', `abc${SMUGGLED}`],
    ['an empty length', 'Content-Length:', `abc${SMUGGLED}`],
    ['a length above what a number holds', 'Content-Length: 99999999999999999999', SMUGGLED],
  ])('%s', (_what, headers, body) => expectRefused(post(headers, body)))
})

describe('every Transfer-Encoding but one plain "chunked" is refused', () => {
  const chunks = `3\r\nabc\r\n0\r\n\r\n${SMUGGLED}`
  test.each([
    ['twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked'],
    ['twice, the second another', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity'],
    ['gzip before chunked', 'Transfer-Encoding: gzip, chunked'],
    ['chunked before gzip', 'Transfer-Encoding: chunked, gzip'],
    ['chunked, chunked', 'Transfer-Encoding: chunked, chunked'],
    ['identity', 'Transfer-Encoding: identity'],
    ['an unknown coding', 'Transfer-Encoding: xchunked'],
    ['an empty list element', 'Transfer-Encoding: , chunked'],
    ['a quoted coding', 'Transfer-Encoding: "chunked"'],
    ['a coding with a parameter', 'Transfer-Encoding: chunked;q=1'],
    ['a vertical tab before the coding', 'Transfer-Encoding: \x0bchunked'],
    ['a form feed after the coding', 'Transfer-Encoding: chunked\x0c'],
    ['a non-breaking space before the coding', 'Transfer-Encoding: \xa0chunked'],
    ['an empty value', 'Transfer-Encoding:'],
    ['blanks after the coding', 'Transfer-Encoding: chunked \t'],
    ['a blank before the colon', 'Transfer-Encoding : chunked'],
    ['a tab before the colon', 'Transfer-Encoding\t: chunked'],
    ['on a folded line', 'Transfer-Encoding:\r\n chunked'],
  ])('%s', (_what, header) => expectRefused(post(header, chunks)))

  test('in HTTP/1.0', () =>
    expectRefused(`POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`))

  test('blanks before the coding mean nothing, so the body is read as chunks', async () => {
    using client = await RawClient.open(gateway.port)
    client.send(post('Transfer-Encoding: \t chunked', `3\r\nabc\r\n0\r\n\r\n`))
    expect((await client.response()).status).toBe(200)
    expect(gateway.upstream.requests.at(-1)?.body().toString()).toBe('abc')
  })
})

describe('an unclear length counts whatever else is wrong with the request', () => {
  const unclear = 'Host: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n'
  test.each([
    ['a method that is not forwarded', 'TRACE / HTTP/1.0\r\n'],
    ['too many lines', `POST / HTTP/1.0\r\n${'X-A: 1\r\n'.repeat(200)}`],
    ['too large a line', `POST / HTTP/1.0\r\nX-A: ${'a'.repeat(20_000)}\r\n`],
    ['too long a target', `POST /${'a'.repeat(10_000)} HTTP/1.0\r\n`],
  ])('%s', (_what, start) => expectRefused(`${start}${unclear}\r\n0\r\n\r\n${SMUGGLED}`))
})

describe('lines that parsers split in different places are refused', () => {
  test.each([
    ['obsolete folding', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\n Content-Length: 5\r\n\r\n'],
    ['folding of the first header', 'GET / HTTP/1.1\r\n Host: a\r\n\r\n'],
    ['a bare CR in a value', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\rContent-Length: 5\r\n\r\n'],
    ['a bare LF after a value', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\nContent-Length: 5\r\n\r\n'],
    ['a bare CR in the request line', 'GET / HTTP/1.1\rHost: a\r\n\r\n'],
    ['a bare LF after the request line', 'GET / HTTP/1.1\nHost: a\r\n\r\n'],
    ['bare LF everywhere', 'GET / HTTP/1.1\nHost: a\n\n'],
    ['a bare LF at the end of the head', 'GET / HTTP/1.1\r\nHost: a\r\n\n'],
    ['a NUL in a value', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\0\r\n\r\n'],
    ['a NUL in a name', 'GET / HTTP/1.1\r\nHost: a\r\nX\0A: 1\r\n\r\n'],
    ['a NUL in the request line', 'GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a control character in a value', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: \x01\r\n\r\n'],
    ['DEL in a value', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: \x7f\r\n\r\n'],
    ['a blank before a colon', 'GET / HTTP/1.1\r\nHost: a\r\nX-A : 1\r\n\r\n'],
    ['a blank inside a name', 'GET / HTTP/1.1\r\nHost: a\r\nX A: 1\r\n\r\n'],
    ['an empty name', 'GET / HTTP/1.1\r\nHost: a\r\n: 1\r\n\r\n'],
    ['a name with a delimiter', 'GET / HTTP/1.1\r\nHost: a\r\nX(A): 1\r\n\r\n'],
    ['a name above ASCII', 'GET / HTTP/1.1\r\nHost: a\r\nX\xe4: 1\r\n\r\n'],
    ['a line without a colon', 'GET / HTTP/1.1\r\nHost: a\r\nX-A\r\n\r\n'],
    ['a blank in the target', 'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['a tab in the request line', 'GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['no version', 'GET /\r\nHost: a\r\n\r\n'],
    ['version 0.9', 'GET / HTTP/0.9\r\nHost: a\r\n\r\n'],
    ['version 1.2', 'GET / HTTP/1.2\r\nHost: a\r\n\r\n'],
    ['version 2.0', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n'],
    ['what only begins like the HTTP/2 preface', 'PRX * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['lower-case http', 'GET / http/1.1\r\nHost: a\r\n\r\n'],
    ['an unknown method', 'BREW / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ])('%s', (_what, bytes) => expectRefused(bytes))
})

describe('a body whose chunks cannot be read one way is refused', () => {
  test.each([
    ['a size that is no number', 'xyz\r\nabc\r\n0\r\n\r\n'],
    ['a size with a prefix', '0x3\r\nabc\r\n0\r\n\r\n'],
    ['a negative size', '-3\r\nabc\r\n0\r\n\r\n'],
    ['a size above 64 bits', '1ffffffffffffffff\r\nabc'],
    ['a blank before the size', ' 3\r\nabc\r\n0\r\n\r\n'],
    ['an empty size', '\r\nabc\r\n0\r\n\r\n'],
    ['a bare LF after the size', '3\nabc\r\n0\r\n\r\n'],
    ['a bare CR after the size', '3\rabc\r\n0\r\n\r\n'],
    ['a chunk longer than its size', '3\r\nabcdef\r\n0\r\n\r\n'],
    ['a bare LF inside a chunk extension', '3;x\ny\r\nabc\r\n0\r\n\r\n'],
    ['a bare LF at the end of the trailers', '3\r\nabc\r\n0\r\n\n'],
    ['a length among the trailers', '3\r\nabc\r\n0\r\nContent-Length: 50\r\n\r\n'],
  ])('%s', async (_what, body) => {
    using client = await RawClient.open(gateway.port)
    client.send(post('Transfer-Encoding: chunked', `${body}${SMUGGLED}`))
    const response = await client.response()
    await client.closed()
    expect(response.status).toBe(400)
    expect(client.received).toBe('')
    // The head was valid, so an attempt may have begun; what must not happen is a complete request.
    for (const request of gateway.upstream.requests.slice(seenBefore)) {
      expect(request.url).toBe('/')
      expect(request.body().toString()).not.toContain('smuggled')
    }
  })

  test('chunk extensions and trailers end at this hop', async () => {
    using client = await RawClient.open(gateway.port)
    client.send(post('Transfer-Encoding: chunked', '3;a=b;c="d"\r\nabc\r\n0;x\r\nX-User: root\r\n\r\n'))
    expect((await client.response()).status).toBe(200)
    const request = gateway.upstream.requests.at(-1)
    expect(request?.body().toString()).toBe('abc')
    expect(request?.headers).not.toHaveProperty('x-user')
    expect(request?.headers).not.toHaveProperty('trailer')
  })
})
