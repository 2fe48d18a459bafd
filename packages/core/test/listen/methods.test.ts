import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestGateway, type TestGateway, until } from '../../src/testing.ts'
import { RawClient } from './raw-client.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await createTestGateway([])
})
afterAll(() => gateway.close())

async function ask(bytes: string) {
  using client = await RawClient.open(gateway.port)
  return await client.exchange(bytes)
}

describe('methods', () => {
  test('CONNECT is refused with 405 and a problem, and the connection closed', async () => {
    using client = await RawClient.open(gateway.port)
    const response = await client.exchange('CONNECT example:443 HTTP/1.1\r\nHost: example:443\r\n\r\n')
    expect([response.status, JSON.parse(response.body)]).toMatchObject([
      405,
      { code: 'GW_REQ_METHOD_REFUSED' },
    ])
    expect(response.header('allow')).toContain('GET')
    await client.closed()
  })

  test('TRACE is refused with 405, so that nobody reads what plugins set', async () => {
    const response = await ask('TRACE / HTTP/1.1\r\nHost: a\r\n\r\n')
    expect([response.status, response.header('allow')]).toEqual([
      405,
      'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
    ])
  })

  test('OPTIONS * is answered by the gateway, OPTIONS of a path by the upstream', async () => {
    const before = gateway.upstream.requests.length
    expect((await ask('OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n')).status).toBe(204)
    expect(gateway.upstream.requests.length).toBe(before)
    expect((await ask('OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n')).status).toBe(200)
    expect(gateway.upstream.requests.at(-1)?.method).toBe('OPTIONS')
  })

  test('OPTIONS of a URI without path and query is OPTIONS * (RFC 9112 section 3.2.4)', async () => {
    const before = gateway.upstream.requests.length
    expect((await ask('OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n')).status).toBe(204)
    expect(gateway.upstream.requests.length).toBe(before)
    for (const [uri, sent] of [
      ['http://a/', '/'],
      ['http://a?x', '/?x'],
    ]) {
      expect((await ask(`OPTIONS ${uri} HTTP/1.1\r\nHost: a\r\n\r\n`)).status).toBe(200)
      expect(gateway.upstream.requests.at(-1)?.url).toBe(sent)
    }
  })

  test.each([
    ['0', undefined],
    ['00', undefined],
    ['1', '0'],
    ['10', '9'],
    ['-1', '-1'],
    ['many', 'many'],
  ])('OPTIONS with Max-Forwards: %s goes on with %s', async (given, sent) => {
    const before = gateway.upstream.requests.length
    const response = await ask(`OPTIONS /far HTTP/1.1\r\nHost: a\r\nMax-Forwards: ${given}\r\n\r\n`)
    expect(response.status).toBe(sent === undefined ? 204 : 200)
    if (sent === undefined) expect(response.header('allow')).toContain('OPTIONS')
    expect(gateway.upstream.requests[before]?.headers['max-forwards']).toBe(sent)
  })

  test('Max-Forwards of other methods is for whom it may concern', async () => {
    expect((await ask('GET / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n')).status).toBe(200)
    expect(gateway.upstream.requests.at(-1)?.headers['max-forwards']).toBe('0')
  })

  test.each(['PROPFIND', 'PATCH', 'M-SEARCH', 'PURGE', 'QUERY'])('%s is forwarded', async (method) => {
    expect((await ask(`${method} / HTTP/1.1\r\nHost: a\r\n\r\n`)).status).toBe(200)
    expect(gateway.upstream.requests.at(-1)?.method).toBe(method)
  })
})

describe('bodies', () => {
  test.each(['GET', 'DELETE', 'OPTIONS', 'POST', 'PUT'])(
    '%s carries its body, announced and chunked',
    async (method) => {
      expect((await ask(`${method} /l HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc`)).status).toBe(200)
      expect(gateway.upstream.requests.at(-1)?.body().toString()).toBe('abc')
      expect(gateway.upstream.requests.at(-1)?.headers['content-length']).toBe('3')
      expect(
        (
          await ask(
            `${method} /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`,
          )
        ).status,
      ).toBe(200)
      expect(gateway.upstream.requests.at(-1)?.body().toString()).toBe('abcde')
    },
  )

  test('HEAD carries a body as well', async () => {
    expect((await ask('HEAD /h HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc')).status).toBe(200)
    expect(gateway.upstream.requests.at(-1)?.body().toString()).toBe('abc')
  })

  test.each(['GET', 'POST', 'DELETE'])('%s with an empty chunked body is complete', async (method) => {
    expect(
      (await ask(`${method} /e HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`)).status,
    ).toBe(200)
    expect(gateway.upstream.requests.at(-1)?.body().length).toBe(0)
  })

  test.each(['GET', 'POST'])('%s with Content-Length: 0 is complete', async (method) => {
    expect((await ask(`${method} /z HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`)).status).toBe(200)
    expect(gateway.upstream.requests.at(-1)?.body().length).toBe(0)
  })

  test('POST without any length has no body', async () => {
    expect((await ask('POST /n HTTP/1.1\r\nHost: a\r\n\r\n')).status).toBe(200)
    expect(gateway.upstream.requests.at(-1)?.body().length).toBe(0)
  })
})

describe('Expect', () => {
  test.each(['100-continue', '100-Continue', '100-continue\r\nExpect: 100-continue'])(
    '%s: the client waits for 100, then the body arrives',
    async (expectation) => {
      using client = await RawClient.open(gateway.port)
      client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: ${expectation}\r\n\r\n`)
      await until(() => client.received.startsWith('HTTP/1.1 100 Continue\r\n\r\n'), '100 Continue')
      client.send('abc')
      expect((await client.response()).status).toBe(200)
      const request = gateway.upstream.requests.at(-1)
      expect(request?.body().toString()).toBe('abc')
      expect(request?.headers).not.toHaveProperty('expect')
    },
  )

  test.each([
    'Expect: a-miracle',
    'Expect: 100-continue, a-miracle',
    'Expect: a-miracle\r\nExpect: 100-continue',
    'Expect: 100-continue\r\nExpect: a-miracle',
  ])('%j: anything else is refused with 417', async (lines) => {
    const response = await ask(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n${lines}\r\n\r\nabc`)
    expect([response.status, JSON.parse(response.body)]).toMatchObject([
      417,
      { code: 'GW_REQ_EXPECT_UNKNOWN' },
    ])
  })
})

describe('HTTP/1.0', () => {
  test('without keep-alive the connection closes after the answer', async () => {
    using client = await RawClient.open(gateway.port)
    const response = await client.exchange('GET /old HTTP/1.0\r\nHost: a\r\n\r\n')
    expect([response.status, response.header('transfer-encoding')]).toEqual([200, undefined])
    await client.closed()
  })

  test('with keep-alive it stays, when the length is known', async () => {
    using client = await RawClient.open(gateway.port)
    const request = 'GET /old HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n'
    expect((await client.exchange(request)).header('connection')).toBe('keep-alive')
    expect((await client.exchange(request)).status).toBe(200)
  })

  test('a response of unknown length ends with the connection, without chunks', async () => {
    await using chunked = await createTestGateway(
      [],
      {},
      { kind: 'trickle', chunks: 3, bytes: 4, everyMs: 1 },
    )
    using client = await RawClient.open(chunked.port)
    const response = await client.exchange('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')
    expect([response.header('transfer-encoding'), response.header('content-length')]).toEqual([
      undefined,
      undefined,
    ])
    expect(response.body).toBe('x'.repeat(12))
  })

  test('a response of unknown length that is cut does not look complete', async () => {
    await using chunked = await createTestGateway(
      [],
      {},
      {
        kind: 'custom',
        handle: (request, response) => response.write('part', () => request.socket.resetAndDestroy()),
      },
    )
    using client = await RawClient.open(chunked.port)
    client.send('GET / HTTP/1.0\r\n\r\n')
    await client.closed()
    expect(client.reset || client.received.startsWith('HTTP/1.1 502')).toBe(true)
  })
})
