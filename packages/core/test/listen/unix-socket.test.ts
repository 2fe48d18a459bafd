/**
 * Listening on unix sockets.
 *
 * Attack: a file that stands where the socket should be, to have it deleted; a client over TCP that resets its connection,
 * so that it has no address, to be taken for one on the trusted unix socket.
 */
import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { GatewayOptions, ListenOptions } from '../../src/index.ts'
import { createTestGateway, type TestGateway, until } from '../../src/testing.ts'
import { isInstalled, next, temporaryFolder } from '../support.ts'
import { serverAuthority, serverCertificate } from '../tls/secure.ts'
import { startNginx } from './nginx.ts'
import { RawClient } from './raw-client.ts'

const run = promisify(execFile)
const REQUEST = 'GET /a HTTP/1.1\r\nHost: orders\r\n\r\n'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let path: string
let count = 0

beforeAll(async () => {
  folder = await temporaryFolder()
})
beforeEach(() => {
  path = join(folder.path, `${count++}.sock`)
})
afterAll(() => folder[Symbol.asyncDispose]())

async function listening(options: ListenOptions = {}, settings: GatewayOptions = {}): Promise<TestGateway> {
  const gateway = await createTestGateway([], settings)
  try {
    await gateway.gateway.listen({ socketPath: path, ...options })
  } catch (error) {
    await gateway.close()
    throw error
  }
  return gateway
}

async function openSocket(): Promise<RawClient> {
  const socket = connect(path)
  await once(socket, 'connect')
  return RawClient.over(socket)
}

describe('listening', () => {
  test('says where, serves, and removes the file at the end', async () => {
    const gateway = await createTestGateway([])
    const address = await gateway.gateway.listen({ socketPath: path })
    expect(address).toMatchObject({ host: '', port: 0, socketPath: path, url: 'http://localhost' })
    using client = await openSocket()
    for (let i = 0; i < 3; i++) expect((await client.exchange(REQUEST)).status).toBe(200)
    await gateway.close()
    expect(await readdir(folder.path)).not.toContain(path.slice(folder.path.length + 1))
  })

  test.each([0o600, 0o660, 0o666])(
    'with socketMode %o the file has just these rights',
    async (socketMode) => {
      const umask = process.umask(0o027)
      await using _ = await listening({ socketMode })
      expect((await stat(path)).mode & 0o777).toBe(socketMode)
      expect(process.umask(umask)).toBe(0o027)
    },
  )

  test('a file that a process left behind is replaced', async () => {
    const child = fork(new URL('./leaves-socket-behind.mjs', import.meta.url), [path])
    await once(child, 'message')
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect((await stat(path)).isSocket()).toBe(true)
    await using _ = await listening()
    using client = await openSocket()
    expect((await client.exchange(REQUEST)).status).toBe(200)
  })

  test('one that somebody listens on is not', async () => {
    await using _ = await listening()
    await expect(listening()).rejects.toMatchObject({
      code: 'GW_LISTEN_FAILED',
      message: expect.stringContaining(`${path} is taken by another process`) as string,
    })
    using client = await openSocket()
    expect((await client.exchange(REQUEST)).status).toBe(200)
  })

  test('a file of another kind is not deleted, nor what a link leads to', async () => {
    await writeFile(path, 'precious')
    await expect(listening()).rejects.toThrow(/is a file, and not a unix socket/)
    expect(await readFile(path, 'utf8')).toBe('precious')
    const link = `${path}.link`
    await symlink(path, link)
    await expect(listening({ socketPath: link })).rejects.toMatchObject({ code: 'GW_LISTEN_FAILED' })
    await mkdir(`${path}.folder`)
    await expect(listening({ socketPath: `${path}.folder` })).rejects.toMatchObject({
      code: 'GW_LISTEN_FAILED',
    })
    expect(await readFile(path, 'utf8')).toBe('precious')
  })

  test.each<[string, () => string, RegExp]>([
    ['a path that is too long', () => `${path}${'x'.repeat(120)}`, /too long for a unix socket/],
    ['one that is too long in bytes', () => join(folder.path, 'ä'.repeat(50)), /too long for a unix socket/],
    [
      'a folder that does not exist',
      () => join(folder.path, 'missing', 'a.sock'),
      /folder .* does not exist/,
    ],
  ])('%s is refused with words', async (_what, at, message) => {
    const before = await readdir(folder.path)
    const failure = listening({ socketPath: at() })
    await expect(failure).rejects.toMatchObject({
      code: 'GW_LISTEN_FAILED',
      message: expect.stringMatching(message) as string,
    })
    expect(await readdir(folder.path)).toEqual(before)
  })

  test('after a failure the same gateway can listen elsewhere', async () => {
    await using gateway = await createTestGateway([])
    const missing = join(folder.path, 'missing', 'a.sock')
    await expect(gateway.gateway.listen({ socketPath: missing })).rejects.toMatchObject({
      code: 'GW_LISTEN_FAILED',
    })
    await gateway.gateway.listen({ socketPath: path })
    using client = await openSocket()
    expect((await client.exchange(REQUEST)).status).toBe(200)
  })

  test.skipIf(process.getuid?.() === 0)('a folder that may not be written to', async () => {
    const closed = `${path}.closed`
    await mkdir(closed)
    await chmod(closed, 0o500)
    await expect(listening({ socketPath: join(closed, 'a.sock') })).rejects.toThrow(/not allowed/)
  })

  test('with TLS', async () => {
    await using _ = await listening({ tls: serverCertificate() })
    const socket = connectTls({ path, servername: 'localhost', ca: serverAuthority.cert })
    await once(socket, 'secureConnect')
    using client = RawClient.over(socket)
    expect((await client.exchange(REQUEST)).status).toBe(200)
  })

  test('HTTP/2 with prior knowledge', async () => {
    await using gateway = await listening()
    const session = connectHttp2('http://orders', { createConnection: () => connect(path) })
    const stream = session.request({ ':path': '/' })
    const head = await next<Record<string, unknown>>(stream, 'response')
    expect(head[':status']).toBe(200)
    stream.resume()
    session.close()
    await once(session, 'close')
    expect(gateway.exchanges[0]).toMatchObject({ httpVersion: '2.0', clientAddress: '' })
  })

  test.skipIf(!isInstalled('curl'))('curl', async () => {
    await using _ = await listening()
    const { stdout } = await run('curl', ['-sS', '--unix-socket', path, 'http://orders/a?b=c'])
    expect(JSON.parse(stdout)).toMatchObject({ url: '/a?b=c' })
  })
})

describe('who the client is', () => {
  const FORWARDED = 'X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n'
  const claim = REQUEST.replace('\r\n\r\n', `\r\n${FORWARDED}\r\n`)

  test('has no address: no X-Forwarded-For, and for=unknown', async () => {
    await using gateway = await listening()
    using client = await openSocket()
    await client.exchange(claim)
    const [seen] = gateway.upstream.requests
    expect(seen?.headers).not.toHaveProperty('x-forwarded-for')
    expect(seen?.headers).toMatchObject({
      'x-forwarded-proto': 'http',
      forwarded: 'for=unknown;host=orders;proto=http',
    })
    expect(gateway.exchanges[0]?.clientAddress).toBe('')
  })

  test('is believed with trustedProxies: unix, and nobody else is', async () => {
    await using gateway = await listening({}, { trustedProxies: ['unix'] })
    using neighbour = await openSocket()
    await neighbour.exchange(claim)
    using stranger = await RawClient.open(gateway.port)
    await stranger.exchange(claim)
    expect(gateway.exchanges.map(({ clientAddress, scheme }) => [clientAddress, scheme])).toEqual([
      ['203.0.113.9', 'https'],
      ['127.0.0.1', 'http'],
    ])
    expect(gateway.upstream.requests[0]?.headers).toMatchObject({ 'x-forwarded-for': '203.0.113.9' })
  })

  test('is not believed with other trusted proxies', async () => {
    await using gateway = await listening({}, { trustedProxies: ['127.0.0.1', '::/0', '0.0.0.0/0'] })
    using neighbour = await openSocket()
    await neighbour.exchange(claim)
    expect(gateway.exchanges[0]?.clientAddress).toBe('')
  })

  test('a reset connection over TCP, which has no address, is not taken for a neighbour', async () => {
    await using gateway = await createTestGateway([], { trustedProxies: ['unix'] })
    const server = createServer((request, response) => {
      // The reset is there before anybody has asked for the address: the system does not know it any more.
      void until(() => request.destroyed, 'the reset').then(() => gateway.gateway.handler(request, response))
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const client = await RawClient.open((server.address() as { port: number }).port)
    client.send(claim)
    await once(server, 'request')
    client.socket.resetAndDestroy()
    await gateway.finished(1)
    expect(gateway.exchanges[0]?.clientAddress).toBe('')
    expect(gateway.exchanges[0]?.scheme).toBe('http')
    server.close()
  })
})

describe.skipIf(!isInstalled('nginx'))('nginx', () => {
  test('in front, over a unix socket, and trusted', async () => {
    await using gateway = await listening({}, { trustedProxies: ['unix'] })
    await using nginx = await startNginx(
      `location / { proxy_pass http://unix:${path}:; proxy_set_header X-Forwarded-For $remote_addr; }`,
    )
    const response = await fetch(`http://127.0.0.1:${nginx.port}/a`)
    expect(response.status).toBe(200)
    await response.text()
    expect(gateway.exchanges[0]?.clientAddress).toBe('127.0.0.1')
  })
})
