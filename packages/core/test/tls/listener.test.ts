/**
 * TLS on the listener: which version of HTTP a client gets, and what becomes of handshakes that are none.
 *
 * Attack: connections that begin a handshake and stop, send garbage or plain HTTP to the TLS port, or ask for a version of
 * TLS that is broken, to hold connections, to disturb others, or to be spoken to in the clear.
 */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect as connectTcp, type Socket } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Agent, fetch } from 'undici'
import { describe, expect, test } from 'vitest'
import { openServer } from '../../src/listen/server.ts'
import { Certificates } from '../../src/listen/tls.ts'
import { until } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'
import { isInstalled, parse, temporaryFolder } from '../support.ts'
import {
  openHttp2,
  openTls,
  requestHttp2,
  secureGateway,
  serverAuthority,
  serverCertificate,
} from './secure.ts'

const run = promisify(execFile)
const REQUEST = 'GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n'

describe('the version of HTTP', () => {
  test.each([
    [['h2', 'http/1.1'], 'h2'],
    [['http/1.1', 'h2'], 'h2'],
    [['h2'], 'h2'],
    [['http/1.1'], 'http/1.1'],
    [['spdy/3', 'http/1.1'], 'http/1.1'],
    [undefined, false],
  ])('a client that offers %j by ALPN gets %s', async (offered, chosen) => {
    await using gateway = await secureGateway()
    const socket = await openTls(gateway.port, offered ? { ALPNProtocols: offered } : {})
    expect(socket.alpnProtocol).toBe(chosen)
    if (chosen !== 'h2') expect((await RawClient.over(socket).exchange(REQUEST)).status).toBe(200)
    socket.destroy()
  })

  test('both serve requests, and tell the upstream that they came by https', async () => {
    await using gateway = await secureGateway()
    using client = RawClient.over(await openTls(gateway.port))
    for (let i = 0; i < 3; i++) expect((await client.exchange(REQUEST)).status).toBe(200)
    const session = await openHttp2(gateway.port)
    const { status, body } = await requestHttp2(session, { ':path': '/b' })
    session.close()
    expect(status).toBe(200)
    expect(parse(body)['headers']).toMatchObject({ 'x-forwarded-proto': 'https', via: /^2.0 / })
    expect(gateway.address.url).toBe(`https://127.0.0.1:${gateway.port}`)
    expect(gateway.test.exchanges.map(({ scheme, httpVersion }) => [scheme, httpVersion])).toEqual([
      ['https', '1.1'],
      ['https', '1.1'],
      ['https', '1.1'],
      ['https', '2.0'],
    ])
  })

  test.each([
    [true, '2.0'],
    [false, '1.1'],
  ])('undici with allowH2 %s', async (allowH2, version) => {
    await using gateway = await secureGateway()
    const dispatcher = new Agent({ allowH2, connect: { ca: serverAuthority.cert } })
    const responses = await Promise.all(
      [1, 2, 3].map((i) => fetch(`${gateway.address.url}/${i}`, { dispatcher })),
    )
    expect(await Promise.all(responses.map((response) => response.json()))).toHaveLength(3)
    await dispatcher.close()
    expect(gateway.test.exchanges.map(({ httpVersion }) => httpVersion)).toEqual([version, version, version])
  })

  test.skipIf(!isInstalled('curl'))('curl', async () => {
    await using gateway = await secureGateway()
    await using folder = await temporaryFolder()
    const ca = join(folder.path, 'ca.pem')
    await writeFile(ca, serverAuthority.cert)
    for (const [option, version] of [
      ['--http1.1', '1.1'],
      ['--http2', '2'],
    ] as const) {
      const format = '%{http_version} %{response_code}'
      const url = `https://localhost:${gateway.port}/`
      const { stdout } = await run('curl', [
        '-sS',
        option,
        '--ipv4',
        '--cacert',
        ca,
        '-o',
        '/dev/null',
        '-w',
        format,
        url,
      ])
      expect(stdout).toBe(`${version} 200`)
    }
  })

  test('a listener of one version takes only that one', async () => {
    await using http1 = await secureGateway({}, { protocols: ['http1'] })
    await expect(openTls(http1.port, { ALPNProtocols: ['h2'] })).rejects.toThrow(/no application protocol/i)
    using client = RawClient.over(await openTls(http1.port))
    expect((await client.exchange(REQUEST)).status).toBe(200)

    await using http2 = await secureGateway({}, { protocols: ['http2'] })
    const session = await openHttp2(http2.port)
    expect((await requestHttp2(session)).status).toBe(200)
    session.close()
    await expect(openTls(http2.port, { ALPNProtocols: ['http/1.1'] })).rejects.toThrow(
      /no application protocol/i,
    )
    using silent = RawClient.over(await openTls(http2.port))
    await silent.closed()
    expect(silent.received).toBe('')
  })
})

describe('the version of TLS', () => {
  test.each([
    [undefined, 'TLSv1.1', false],
    [undefined, 'TLSv1.2', true],
    [undefined, 'TLSv1.3', true],
    ['TLSv1.3', 'TLSv1.2', false],
    ['TLSv1.3', 'TLSv1.3', true],
  ] as const)('with minVersion %s a client of %s: %s', async (minVersion, version, accepted) => {
    await using gateway = await secureGateway(minVersion ? { minVersion } : {})
    // At OpenSSL's usual security level a client would not even offer what is too old.
    const options = { minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' } as const
    const opened = openTls(gateway.port, options)
    if (!accepted) {
      await expect(opened).rejects.toThrow(/protocol version/i)
      return
    }
    const socket = await opened
    expect(socket.getProtocol()).toBe(version)
    socket.destroy()
  })
})

test('a second handshake on a connection is refused: whoever a client was at the first, it stays', async () => {
  await using gateway = await secureGateway()
  const socket = await openTls(gateway.port, { maxVersion: 'TLSv1.2' })
  const outcome = new Promise((resolve) => {
    socket.once('error', resolve)
    socket.renegotiate({}, (error) => resolve(error ?? 'renegotiated'))
  })
  expect(String(await outcome)).toMatch(/no.renegotiation/i)
  socket.destroy()
})

describe('handshakes that are none', () => {
  test.each([
    ['plain HTTP', REQUEST],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['garbage', Buffer.alloc(300, 0xfe)],
    ['a record that is too long', Buffer.from([0x16, 3, 1, 0xff, 0xff, ...Buffer.alloc(100)])],
    ['an alert', Buffer.from([0x15, 3, 3, 0, 2, 2, 40])],
  ])('%s is dropped, and the next client is served', async (_what, bytes) => {
    await using gateway = await secureGateway()
    const client = await RawClient.open(gateway.port)
    client.send(bytes)
    await client.closed()
    expect(client.received).not.toContain('HTTP/1.1')
    using next = RawClient.over(await openTls(gateway.port))
    expect((await next.exchange(REQUEST)).status).toBe(200)
    expect(gateway.test.exchanges).toHaveLength(1)
  })

  test('says in the log, at debug, why a handshake failed', async () => {
    await using gateway = await secureGateway()
    using client = await RawClient.open(gateway.port)
    client.send(REQUEST)
    await client.closed()
    const line = gateway.test.logs.find(({ message }) => message.startsWith('A TLS handshake failed'))
    expect(line?.level).toBe('debug')
    expect(line?.message).toContain('ERR_SSL_')
  })

  test('one that takes too long is dropped', async () => {
    const failures: string[] = []
    const unused = (): never => {
      throw new Error('not called')
    }
    const server = openServer(
      {
        request: unused,
        upgrade: unused,
        refuse: unused,
        handshakeFailed: (error) => failures.push((error as NodeJS.ErrnoException).code ?? ''),
      },
      { ...new Certificates(serverCertificate()).settings(['http/1.1']), handshakeTimeout: 20 },
    )
    await once(server.listen(0, '127.0.0.1'), 'listening')
    using client = await RawClient.open((server.address() as { port: number }).port)
    client.send(Buffer.from([0x16, 3, 1]))
    await client.closed()
    expect(failures).toEqual(['ERR_TLS_HANDSHAKE_TIMEOUT'])
    // Resolves only when the server holds no connection any more.
    await new Promise((resolve) => server.close(resolve))
  })

  test('half-open handshakes do not disturb others, nor keep the gateway from closing', async () => {
    const gateway = await secureGateway()
    const stuck: Socket[] = []
    for (let i = 0; i < 50; i++) {
      const socket = connectTcp(gateway.port, '127.0.0.1')
      socket.on('error', () => {})
      await once(socket, 'connect')
      if (i % 2 === 0) socket.write(Buffer.from([0x16, 3, 1, 2]))
      stuck.push(socket)
    }
    const finished = await openTls(gateway.port)
    using client = RawClient.over(await openTls(gateway.port))
    expect((await client.exchange(REQUEST)).status).toBe(200)
    await gateway.test.gateway.close({ graceMs: 60_000 })
    await until(() => [...stuck, finished].every((socket) => socket.closed), 'all connections to be closed')
    await gateway.test.close()
  })
})
