/**
 * The PROXY protocol on a listener.
 *
 * Attack: a client that reaches the listener past the load balancer and says itself for whom it speaks, to get what is
 * allowed to an address; one behind the balancer whose request looks like a second header; headers that are malformed,
 * oversize, or never end, to hold connections or to be read differently than the balancer meant them.
 */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import type { GatewayOptions, ListenOptions } from '../../src/index.ts'
import { readProxyHeader } from '../../src/listen/proxy-protocol.ts'
import { createTestGateway, type TestGateway } from '../../src/testing.ts'
import { isInstalled, next, parse, temporaryFolder } from '../support.ts'
import { requestHttp2, serverAuthority, serverCertificate } from '../tls/secure.ts'
import { startHaproxy } from './haproxy.ts'
import { BAD, GOOD, version1, version2 } from './proxy-headers.ts'
import { RawClient } from './raw-client.ts'

const HEADER = version1('TCP4 203.0.113.9 192.0.2.1 1234 443')
const REQUEST = 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n'
const TRUSTED = { proxyProtocol: { from: ['127.0.0.0/8'] } }
const UNTRUSTED = { proxyProtocol: { from: ['192.0.2.77', 'unix'] } }

/** A gateway whose second listener takes PROXY headers. */
async function behindBalancer(
  listen: ListenOptions = TRUSTED,
  options: GatewayOptions = {},
): Promise<{ test: TestGateway; port: number } & AsyncDisposable> {
  const gateway = await createTestGateway([], options)
  const { port } = await gateway.gateway.listen({ port: 0, ...listen })
  return { test: gateway, port, [Symbol.asyncDispose]: () => gateway.close() }
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  return socket
}

describe('reading', () => {
  test.each(GOOD)('%s', (_what, header, address) => {
    for (let length = 0; length < header.length; length++) {
      expect(readProxyHeader(header.subarray(0, length))).toBeUndefined()
    }
    for (const after of ['', 'GET / HTTP/1.1\r\n\r\n', '\r\n', String(header)]) {
      const bytes = Buffer.concat([header, Buffer.from(after, 'latin1')])
      expect(readProxyHeader(bytes)).toEqual({ length: header.length, address })
    }
  })

  test.each(BAD)('%s is none, and never half of one', (_what, bytes) => {
    expect(readProxyHeader(bytes)).toBeNull()
    for (let length = 0; length < bytes.length; length++) {
      expect(readProxyHeader(bytes.subarray(0, length)) ?? null).toBeNull()
    }
  })
})

describe('from a load balancer', () => {
  test.each(GOOD)('%s: says who the client is', async (_what, header, address) => {
    await using gateway = await behindBalancer()
    using client = RawClient.over(await open(gateway.port))
    client.send(Buffer.concat([header, Buffer.from(REQUEST)]))
    expect((await client.response()).status).toBe(200)
    // The connection keeps it.
    expect((await client.exchange(REQUEST)).status).toBe(200)
    const expected = address ?? '127.0.0.1'
    expect(gateway.test.exchanges.map(({ clientAddress }) => clientAddress)).toEqual([expected, expected])
    for (const { headers } of gateway.test.upstream.requests) {
      expect(headers['x-forwarded-for']).toBe(expected)
      expect(headers['forwarded']).toContain(
        expected.includes(':') ? `for="[${expected}]"` : `for=${expected};`,
      )
    }
  })

  test.each([
    ['v1', HEADER],
    ['v2', version2()],
  ])('%s, cut at every byte', async (_what, header) => {
    await using gateway = await behindBalancer()
    const bytes = Buffer.concat([header, Buffer.from(REQUEST)])
    const cuts = Array.from({ length: header.length + 8 }, (_, i) => i + 1)
    await Promise.all(
      cuts.map(async (cut) => {
        const client = RawClient.over(await open(gateway.port))
        client.send(bytes.subarray(0, cut))
        await client.flushed()
        await new Promise((resolve) => setImmediate(resolve))
        client.send(bytes.subarray(cut))
        expect((await client.response()).status).toBe(200)
        client.destroy()
      }),
    )
    expect(gateway.test.exchanges.map(({ clientAddress }) => clientAddress)).toEqual(
      cuts.map(() => '203.0.113.9'),
    )
  })

  test('byte by byte', async () => {
    await using gateway = await behindBalancer()
    using client = RawClient.over(await open(gateway.port))
    for (const byte of Buffer.concat([version2(), Buffer.from(REQUEST)])) {
      client.send(Buffer.from([byte]))
      await client.flushed()
    }
    expect((await client.response()).status).toBe(200)
    expect(gateway.test.exchanges[0]?.clientAddress).toBe('203.0.113.9')
  })

  test('before the preface of HTTP/2', async () => {
    await using gateway = await behindBalancer()
    const socket = await open(gateway.port)
    socket.write(HEADER)
    const session = connectHttp2('http://a', { createConnection: () => socket })
    const answers = await Promise.all([1, 2, 3].map(() => requestHttp2(session)))
    session.close()
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(new Set(gateway.test.exchanges.map(({ clientAddress }) => clientAddress))).toEqual(
      new Set(['203.0.113.9']),
    )
  })

  test.each(['http/1.1', 'h2'])('before a TLS handshake, %s', async (protocol) => {
    await using gateway = await behindBalancer({ ...TRUSTED, tls: serverCertificate() })
    const plain = await open(gateway.port)
    plain.write(HEADER)
    const socket = connectTls({
      socket: plain,
      servername: 'localhost',
      ca: serverAuthority.cert,
      ALPNProtocols: [protocol],
    })
    await once(socket, 'secureConnect')
    if (protocol === 'h2') {
      const session = connectHttp2('https://localhost', { createConnection: () => socket })
      expect((await requestHttp2(session)).status).toBe(200)
      session.close()
    } else {
      using client = RawClient.over(socket)
      expect((await client.exchange(REQUEST)).status).toBe(200)
      expect((await client.exchange(REQUEST)).status).toBe(200)
    }
    for (const exchange of gateway.test.exchanges)
      expect(exchange).toMatchObject({ clientAddress: '203.0.113.9', scheme: 'https' })
  })

  test('and a TLS handshake in one piece', async () => {
    await using gateway = await behindBalancer({ ...TRUSTED, tls: serverCertificate() })
    const plain = await open(gateway.port)
    // Corked, the header and the ClientHello leave together.
    plain.cork()
    plain.write(HEADER)
    const socket = connectTls({ socket: plain, servername: 'localhost', ca: serverAuthority.cert })
    setImmediate(() => plain.uncork())
    await once(socket, 'secureConnect')
    using client = RawClient.over(socket)
    expect((await client.exchange(REQUEST)).status).toBe(200)
    expect(gateway.test.exchanges[0]?.clientAddress).toBe('203.0.113.9')
  })

  test('before a WebSocket', async () => {
    await using gateway = await behindBalancer()
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(server, 'listening')
    server.on('connection', (client, request) => client.send(String(request.headers['x-forwarded-for'])))
    const { port } = server.address() as { port: number }
    await gateway.test.reload([], { upstream: `http://127.0.0.1:${port}` })
    const socket = await open(gateway.port)
    socket.write(HEADER)
    const client = new WebSocket('ws://a/', { createConnection: () => socket })
    expect(String((await once(client, 'message'))[0])).toBe('203.0.113.9')
    client.terminate()
    server.close()
  })

  test('a second header is a request like any other, and a bad one', async () => {
    await using gateway = await behindBalancer()
    using client = RawClient.over(await open(gateway.port))
    client.send(Buffer.concat([HEADER, version1('TCP4 10.0.0.1 192.0.2.1 1 2'), Buffer.from(REQUEST)]))
    expect((await client.response()).status).toBe(400)
    await client.closed()
    expect(gateway.test.upstream.requests).toHaveLength(0)
  })

  test.each([['no header', Buffer.from(REQUEST)], ...BAD.filter(([what]) => what !== 'a request')] as const)(
    '%s: closed without a word',
    async (_what, bytes) => {
      await using gateway = await behindBalancer()
      using client = RawClient.over(await open(gateway.port))
      client.send(bytes)
      // What is not refused at once may only be one that is too short.
      client.socket.end()
      await client.closed()
      expect(client.received).toBe('')
      expect(gateway.test.exchanges).toHaveLength(0)
    },
  )

  test('whose handshake comes without a header: closed', async () => {
    await using gateway = await behindBalancer({ ...TRUSTED, tls: serverCertificate() })
    const socket = connectTls({ socket: await open(gateway.port), ca: serverAuthority.cert })
    const error = await next<NodeJS.ErrnoException>(socket, 'error')
    expect(error.code).toBe('ECONNRESET')
  })
})

describe('whom a header names is who is judged', () => {
  const claim = REQUEST.replace('\r\n\r\n', '\r\nX-Forwarded-For: 198.51.100.7\r\n\r\n')

  test.each([
    ['the balancer is trusted, and the client is not', ['127.0.0.1'], '203.0.113.9'],
    ['the client is a trusted proxy', ['203.0.113.0/24'], '198.51.100.7'],
    ['nobody is trusted', [], '203.0.113.9'],
  ])('%s', async (_what, trustedProxies, expected) => {
    await using gateway = await behindBalancer(TRUSTED, { trustedProxies })
    using client = RawClient.over(await open(gateway.port))
    client.send(Buffer.concat([HEADER, Buffer.from(claim)]))
    await client.response()
    expect(gateway.test.exchanges[0]?.clientAddress).toBe(expected)
  })
})

describe('from anybody else', () => {
  test.each(GOOD)('%s is a malformed request, and not believed', async (_what, header) => {
    await using gateway = await behindBalancer(UNTRUSTED)
    using client = RawClient.over(await open(gateway.port))
    client.send(Buffer.concat([header, Buffer.from(REQUEST)]))
    expect((await client.response()).status).toBe(400)
    await client.closed()
    expect(gateway.test.upstream.requests).toHaveLength(0)
    expect(gateway.test.exchanges.map(({ clientAddress }) => clientAddress)).not.toContain('203.0.113.9')
  })

  test('a listener without the option believes nobody', async () => {
    await using gateway = await behindBalancer({})
    using client = RawClient.over(await open(gateway.port))
    client.send(Buffer.concat([HEADER, Buffer.from(REQUEST)]))
    expect((await client.response()).status).toBe(400)
  })

  test('with TLS the connection is closed', async () => {
    await using gateway = await behindBalancer({ ...UNTRUSTED, tls: serverCertificate() })
    using client = RawClient.over(await open(gateway.port))
    client.send(HEADER)
    await client.closed()
    expect(client.received).not.toContain('HTTP')
  })

  test.each([undefined, serverCertificate()])(
    'a connection without a header is served under its own address',
    async (tls) => {
      await using gateway = await behindBalancer({ ...UNTRUSTED, ...(tls ? { tls } : {}) })
      const plain = await open(gateway.port)
      const socket = tls
        ? connectTls({ socket: plain, servername: 'localhost', ca: serverAuthority.cert })
        : plain
      using client = RawClient.over(socket)
      expect((await client.exchange(REQUEST)).status).toBe(200)
      expect(gateway.test.exchanges[0]?.clientAddress).toBe('127.0.0.1')
    },
  )
})

test('on a unix socket, whose file says who the balancer can be', async () => {
  await using folder = await temporaryFolder()
  const socketPath = join(folder.path, 'a.sock')
  await using gateway = await behindBalancer(
    { socketPath, proxyProtocol: { from: ['unix'] } },
    { trustedProxies: ['unix'] },
  )
  const claim = REQUEST.replace('\r\n\r\n', '\r\nX-Forwarded-For: 198.51.100.7\r\n\r\n')
  for (const header of [HEADER, version1('UNKNOWN')]) {
    const socket = connect(socketPath)
    await once(socket, 'connect')
    using client = RawClient.over(socket)
    client.send(Buffer.concat([header, Buffer.from(claim)]))
    expect((await client.response()).status).toBe(200)
  }
  // Whom a header names came over the network: the trust is not for that client. Without a name it is the balancer's own.
  expect(gateway.test.exchanges.map(({ clientAddress }) => clientAddress)).toEqual([
    '203.0.113.9',
    '198.51.100.7',
  ])
})

test('an entry that is no address is refused', async () => {
  await expect(behindBalancer({ proxyProtocol: { from: ['balancer.internal'] } })).rejects.toMatchObject({
    code: 'GW_OPTIONS_INVALID',
    message: expect.stringContaining('proxyProtocol.from') as string,
  })
})

describe.skipIf(!isInstalled('curl'))('curl as the balancer', () => {
  const run = promisify(execFile)

  test('writes version 1', async () => {
    await using gateway = await behindBalancer()
    const { stdout } = await run('curl', ['-sS', '--haproxy-protocol', `http://127.0.0.1:${gateway.port}/`])
    expect(parse(stdout)['headers']).toMatchObject({ 'x-forwarded-for': '127.0.0.1' })
    const refused = ['-sS', '-o', '/dev/null', '-w', '%{response_code}', '--haproxy-protocol']
    await using other = await behindBalancer(UNTRUSTED)
    expect((await run('curl', [...refused, `http://127.0.0.1:${other.port}/`])).stdout).toBe('400')
  })

  test('over TLS', async () => {
    await using gateway = await behindBalancer({ ...TRUSTED, tls: serverCertificate() })
    const url = `https://127.0.0.1:${gateway.port}/`
    const { stdout } = await run('curl', ['-sS', '--insecure', '--http2', '--haproxy-protocol', url])
    expect(parse(stdout)['headers']).toMatchObject({ 'x-forwarded-for': '127.0.0.1' })
  })
})

describe.skipIf(!isInstalled('haproxy'))('HAProxy as the balancer', () => {
  /** The client is told apart from the balancer by its own loopback address. */
  const from = { host: '127.0.0.1', localAddress: '127.0.0.2' }

  test.each([
    ['version 1', 'send-proxy'],
    ['version 2', 'send-proxy-v2'],
    ['version 2 with a checksum and an id', 'send-proxy-v2 proxy-v2-options unique-id,crc32c'],
    ['version 2 before HTTP/2', 'send-proxy-v2 proto h2'],
  ])('writes %s', async (_what, options) => {
    await using gateway = await behindBalancer()
    await using haproxy = await startHaproxy(gateway.port, options)
    const socket = connect({ ...from, port: haproxy.port })
    await once(socket, 'connect')
    using client = RawClient.over(socket)
    expect((await client.exchange(REQUEST)).status).toBe(200)
    expect((await client.exchange(REQUEST)).status).toBe(200)
    expect(gateway.test.exchanges.map(({ clientAddress }) => clientAddress)).toEqual([
      '127.0.0.2',
      '127.0.0.2',
    ])
  })

  test('writes version 2 before TLS that it hands through', async () => {
    await using gateway = await behindBalancer({ ...TRUSTED, tls: serverCertificate() })
    await using haproxy = await startHaproxy(gateway.port, 'send-proxy-v2', 'tcp')
    const plain = connect({ ...from, port: haproxy.port })
    const socket = connectTls({ socket: plain, servername: 'localhost', ca: serverAuthority.cert })
    await once(socket, 'secureConnect')
    using client = RawClient.over(socket)
    expect((await client.exchange(REQUEST)).status).toBe(200)
    expect(gateway.test.exchanges[0]).toMatchObject({ clientAddress: '127.0.0.2', scheme: 'https' })
  })

  test('looks whether the gateway lives, on its own account', async () => {
    await using gateway = await behindBalancer()
    const checks = 'send-proxy-v2 check check-send-proxy inter 50ms'
    await using haproxy = await startHaproxy(gateway.port, `${checks}\n option httpchk GET /alive`)
    await expect.poll(() => gateway.test.exchanges.length, { timeout: 5_000 }).toBeGreaterThan(1)
    for (const { clientAddress, path } of gateway.test.exchanges)
      expect({ clientAddress, path }).toEqual({ clientAddress: '127.0.0.1', path: '/alive' })
    expect(haproxy.port).toBeGreaterThan(0)
  })
})
