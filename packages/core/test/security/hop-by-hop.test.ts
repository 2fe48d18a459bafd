/**
 * The attack: headers that concern one connection are used to change another. `Connection: x-user` makes a careless
 * proxy drop the identity that a plugin set; a client's own `x-user` makes it pass a forged one on.
 */
import { describe, expect, test } from 'vitest'
import { appendHeader, definePlugin, setHeader } from '../../src/index.ts'
import { createTestGateway, createUpstream, type TestGateway } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'

const identity = definePlugin({
  name: 'identity',
  version: '1.0.0',
  api: '1.0',
  fault: 'transform',
  ownsRequestHeaders: () => ['x-user'],
  setup(gateway) {
    gateway.hooks.onRoute.tap(({ hooks }) => {
      hooks.mapUpstreamRequest.tap((exchange) => {
        if (exchange.path !== '/anonymous') setHeader(exchange.upstreamRequestHeaders, 'x-user', 'alice')
      })
    })
  },
})

async function seenBy(
  gateway: TestGateway,
  path: string,
  lines: readonly string[],
): Promise<readonly string[]> {
  using client = await RawClient.open(gateway.port)
  const head = [`GET ${path} HTTP/1.1`, 'Host: a', ...lines, '', ''].join('\r\n')
  expect((await client.exchange(head)).status).toBe(200)
  return gateway.upstream.requests.at(-1)?.rawHeaders ?? []
}

/** Values of a header in a flat list. */
function values(headers: readonly string[], lowerName: string): string[] {
  return headers.filter((_, i) => i % 2 === 1 && headers[i - 1]?.toLowerCase() === lowerName)
}

describe('towards the upstream', () => {
  test.each([
    ['Connection: x-user'],
    ['Connection: keep-alive, X-User'],
    ['Connection: close', 'Connection: x-user'],
    ['Connection: x-user,x-user,,'],
    ['connection:x-user'],
  ])('%s cannot strip what a plugin sets', async (...lines) => {
    await using gateway = await createTestGateway([identity()])
    expect(values(await seenBy(gateway, '/', lines), 'x-user')).toEqual(['alice'])
  })

  test.each([
    ['X-User: root'],
    ['x-user: root', 'X-USER: root', 'X-uSeR: root'],
    ['X-User: root', 'Connection: x-user'],
    ['X_User: root'],
    ['x_USER: root', 'x-user: root'],
  ])('a copy of an owned header from the client never arrives: %s', async (...lines) => {
    await using gateway = await createTestGateway([identity()])
    const anonymous = await seenBy(gateway, '/anonymous', lines)
    expect(anonymous.join('\n')).not.toMatch(/root/)
    const known = await seenBy(gateway, '/', lines)
    expect(known.join('\n')).not.toMatch(/root/)
    expect(values(known, 'x-user')).toEqual(['alice'])
  })

  test('what Connection names is removed, whatever its case and place', async () => {
    await using gateway = await createTestGateway([])
    const headers = await seenBy(gateway, '/', [
      'X-A: 1',
      'Connection: x-a , X-B',
      'x-b: 2',
      'X-C: 3',
      'x-A: 4',
    ])
    expect(headers.join('\n')).not.toMatch(/^x-[ab]$/im)
    expect(values(headers, 'x-c')).toEqual(['3'])
  })

  test('Connection cannot remove the framing, the host or the traces of the way', async () => {
    await using gateway = await createTestGateway([])
    using client = await RawClient.open(gateway.port)
    const named = 'Connection: content-length, host, via, x-forwarded-for, transfer-encoding'
    const response = await client.exchange(
      `POST / HTTP/1.1\r\nHost: a\r\n${named}\r\nVia: 1.1 other\r\nContent-Length: 3\r\n\r\nabc`,
    )
    expect(response.status).toBe(200)
    const request = gateway.upstream.requests.at(-1)
    expect(request?.body().toString()).toBe('abc')
    expect(request?.headers['content-length']).toBe('3')
    expect(request?.headers['x-forwarded-for']).toBe('127.0.0.1')
    expect(request?.headers.via).toMatch(/postern-/)
  })

  test('headers of one hop end here', async () => {
    await using gateway = await createTestGateway([])
    const headers = await seenBy(gateway, '/', [
      'TE: trailers, deflate',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABkAAQAAP__',
      'Connection: Upgrade, HTTP2-Settings, TE',
      'Keep-Alive: timeout=5',
      'Proxy-Connection: keep-alive',
      'Proxy-Authorization: Basic c2VjcmV0',
      'Proxy-Authenticate: Basic',
      'Trailer: x-t',
      'X-End: to-end',
    ])
    expect(headers.join('\n')).not.toMatch(/^(te|upgrade|http2-settings|proxy-.*|trailer)$/im)
    expect(values(headers, 'keep-alive')).toEqual([])
    expect(values(headers, 'connection')).toEqual(['keep-alive'])
    expect(values(headers, 'x-end')).toEqual(['to-end'])
  })

  test('case, order and duplicates are kept', async () => {
    await using gateway = await createTestGateway([])
    const headers = await seenBy(gateway, '/', [
      'X-bB: 1',
      'ACCEPT: a',
      'x-AA: 2',
      'X-bB: 3',
      'Cookie: a=1',
      'x-empty:',
    ])
    const own = headers.slice(headers.indexOf('X-bB'), headers.indexOf('x-empty') + 2)
    expect(own).toEqual([
      'X-bB',
      '1',
      'ACCEPT',
      'a',
      'x-AA',
      '2',
      'X-bB',
      '3',
      'Cookie',
      'a=1',
      'x-empty',
      '',
    ])
  })
})

describe('towards the client', () => {
  const answer = (lines: readonly string[]): string =>
    ['HTTP/1.1 200 Fine by me', ...lines, 'Content-Length: 2', '', 'ok'].join('\r\n')

  async function received(lines: readonly string[], plugins = [identity()]) {
    await using upstream = await createUpstream({ kind: 'bytes', bytes: answer(lines) })
    await using gateway = await createTestGateway(plugins, { upstream: upstream.url })
    using client = await RawClient.open(gateway.port)
    return await client.exchange('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  }

  test('headers of one hop, and those that Connection names, end here', async () => {
    const { headers, body } = await received([
      'Connection: keep-alive, x-a',
      'Connection: X-B, content-length',
      'X-A: 1',
      'x-b: 2',
      'Keep-Alive: timeout=60',
      'Proxy-Connection: keep-alive',
      'Proxy-Authenticate: Basic',
      'Upgrade: h2c',
      'TE: trailers',
      'X-End: to-end',
    ])
    expect(headers.join('\n')).not.toMatch(/^(x-[ab]|te|upgrade|proxy-.*)$/im)
    expect(values(headers, 'x-end')).toEqual(['to-end'])
    // The connection and its keep-alive are this hop's own.
    expect(values(headers, 'keep-alive')).not.toContain('timeout=60')
    expect(values(headers, 'content-length')).toEqual(['2'])
    expect(body).toBe('ok')
  })

  test('case, order, duplicates, the reason phrase and bytes above ASCII are kept', async () => {
    const { headers, reason } = await received([
      'X-bB: 1',
      'Set-Cookie: a=1',
      'x-AA: \xe4',
      'Set-Cookie: b=2',
      'SET-COOKIE: a=3',
    ])
    expect(reason).toBe('Fine by me')
    expect(headers.slice(0, 10)).toEqual([
      'X-bB',
      '1',
      'Set-Cookie',
      'a=1',
      'x-AA',
      '\xe4',
      'Set-Cookie',
      'b=2',
      'SET-COOKIE',
      'a=3',
    ])
  })

  test('a header that a plugin adds is not stripped by the upstream', async () => {
    const plugin = definePlugin({
      name: 'adds',
      version: '1.0.0',
      api: '1.0',
      fault: 'transform',
      setup(gateway) {
        gateway.hooks.onRoute.tap(({ hooks }) => {
          hooks.mapResponse.tap((exchange) => appendHeader(exchange.responseHeaders, 'x-added', 'yes'))
        })
      },
    })
    const { headers } = await received(['Connection: x-added', 'X-Added: no'], [plugin()])
    expect(values(headers, 'x-added')).toEqual(['yes'])
  })
})
