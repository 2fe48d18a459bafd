/**
 * An upstream, or whoever speaks in its place, answers with a head that two readers would take apart differently: the client,
 * or a cache between, would then see another response than the gateway did.
 */
import { describe, expect, test } from 'vitest'
import { createTestGateway, createUpstream } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'

async function through(response: string) {
  await using upstream = await createUpstream({ kind: 'bytes', bytes: response })
  await using gateway = await createTestGateway([], { upstream: upstream.url, timeouts: { idleMs: 1_000 } })
  using client = await RawClient.open(gateway.port)
  client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  await client.closed()
  const code = /"code":"(\w+)"/.exec(client.received)?.[1]
  return { status: Number(client.received.slice(9, 12)), code, wire: client.received }
}

describe('a response that can be read in two ways is a 502', () => {
  test.each([
    [
      'both lengths',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    ],
    ['two equal lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello'],
    ['two different lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 4\r\n\r\nhello'],
    ['a list of lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello'],
    ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello'],
    [
      'a coding that nobody takes off',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    ],
    [
      'codings on two lines',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    ],
    ['bare line feeds', 'HTTP/1.1 200 OK\nContent-Length: 5\n\nhello'],
    ['a folded header', 'HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 5\r\n\r\nhello'],
    ['a NUL in a header', 'HTTP/1.1 200 OK\r\nX-A: b\0c\r\nContent-Length: 5\r\n\r\nhello'],
    ['a blank before the colon', 'HTTP/1.1 200 OK\r\nX-A : b\r\nContent-Length: 5\r\n\r\nhello'],
    ['a status of two digits', 'HTTP/1.1 99 Odd\r\nContent-Length: 5\r\n\r\nhello'],
  ])('%s', async (_what, response) => {
    const { status, code, wire } = await through(response)
    expect([status, wire.includes('hello')]).toEqual([502, false])
    expect(code).toBe('GW_UPSTREAM_BAD_RESPONSE')
  })
})

describe('an informational response that undici’s parser gives up on is a 502 of its own, not a hang', () => {
  test.each([
    ['a 100 that nobody asked for', 'HTTP/1.1 100 Continue\r\n\r\n', 'GW_UPSTREAM_RESET'],
    [
      'one that says that the connection ends',
      'HTTP/1.1 103 Early Hints\r\nConnection: close\r\n\r\n',
      'GW_UPSTREAM_BAD_RESPONSE',
    ],
  ])('%s', async (_what, informational, code) => {
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'
    const { wire, code: found } = await through(informational + answer)
    expect(found).toBe(code)
    expect(wire).toMatch(/(?:^|\r\n\r\n)HTTP\/1\.1 502 /)
  })
})

describe('a response that is odd, but plain', () => {
  test('bytes after the body are not passed on, and no second response is', async () => {
    const { wire } = await through(
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil',
    )
    expect(wire).toMatch(/\r\n\r\nhello$/)
  })

  test('a reason phrase with control bytes is replaced, one with others kept', async () => {
    expect((await through('HTTP/1.1 200 OK\x01\x7f\r\nContent-Length: 5\r\n\r\nhello')).wire).toMatch(
      /^HTTP\/1\.1 200 OK\r\n/,
    )
    expect((await through('HTTP/1.1 200 Fine By Me\r\nContent-Length: 5\r\n\r\nhello')).wire).toMatch(
      /^HTTP\/1\.1 200 Fine By Me\r\n/,
    )
  })

  test('header values keep the bytes that they have', async () => {
    const { wire } = await through('HTTP/1.1 200 OK\r\nX-A: caf\xe9 \xff\r\nContent-Length: 5\r\n\r\nhello')
    expect(wire).toContain('\r\nX-A: caf\xe9 \xff\r\n')
  })

  test('a switch of protocols that nobody asked for is a 502', async () => {
    const { status } = await through(
      'HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nhello',
    )
    expect(status).toBe(502)
  })
})
