/** Upgrades at listeners of every kind: over TLS, behind a load balancer's PROXY header, on a unix socket. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { expect, test } from 'vitest'
import type { ListenOptions } from '../../src/index.ts'
import { createTestGateway, until } from '../../src/testing.ts'
import { serverAuthority, serverCertificate } from '../tls/secure.ts'
import { createRawPeer, handshake } from './peers.ts'

const { cert, key } = serverCertificate()

const get = (path: string, lines = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${lines}\r\n`
const three =
  get('/first', 'Connection: Upgrade\r\nUpgrade: foo\r\n') +
  get('/second') +
  get('/last', 'Connection: close\r\n')

interface Kind {
  readonly options: (folder: string) => ListenOptions
  readonly open: (port: number, socketPath: string) => Socket
  /** What comes before the first request. */
  readonly first?: string
}

const kinds: Record<string, Kind> = {
  'over TLS': {
    options: () => ({ port: 0, tls: { key, cert } }),
    open: (port) =>
      connectTls({ port, host: '127.0.0.1', ca: serverAuthority.cert, allowHalfOpen: true } as never),
  },
  'behind a PROXY header': {
    options: () => ({ port: 0, proxyProtocol: { from: ['127.0.0.1'] } }),
    open: (port) => connect({ port, host: '127.0.0.1', allowHalfOpen: true }),
    first: 'PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n',
  },
  'without HTTP/2': {
    options: () => ({ port: 0, protocols: ['http1'] }),
    open: (port) => connect({ port, host: '127.0.0.1', allowHalfOpen: true }),
  },
  'on a unix socket': {
    options: (folder) => ({ socketPath: join(folder, 'gateway.sock') }),
    open: (_port, socketPath) => connect({ path: socketPath, allowHalfOpen: true }),
  },
}

async function openKind(
  listen: (options: ListenOptions) => Promise<{ port: number; socketPath: string }>,
  kind: Kind,
) {
  const folder = await mkdtemp(join(tmpdir(), 'postern-'))
  const { port, socketPath } = await listen(kind.options(folder))
  const socket = kind.open(port, socketPath)
  const seen = { text: '', ended: false }
  socket.on('data', (chunk) => {
    seen.text += chunk.toString('latin1')
  })
  socket.on('end', () => {
    seen.ended = true
  })
  socket.on('error', () => {})
  if (kind.first) socket.write(kind.first)
  return {
    socket,
    seen,
    async [Symbol.asyncDispose]() {
      socket.destroy()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

test.each(Object.entries(kinds))(
  '%s a request that does not switch is one of several',
  async (_name, kind) => {
    await using gateway = await createTestGateway([])
    await using client = await openKind((options) => gateway.gateway.listen(options), kind)
    client.socket.write(three)
    await until(() => client.seen.ended, 'the last answer')
    expect(client.seen.text.match(/HTTP\/1\.1 200/g)).toHaveLength(3)
    expect(gateway.upstream.requests.map(({ url }) => url)).toEqual(['/first', '/second', '/last'])
    for (const { headers } of gateway.upstream.requests) expect(headers.upgrade).toBeUndefined()
  },
)

test.each(Object.entries(kinds))(
  '%s a tunnel passes ends on, one side after the other',
  async (_name, kind) => {
    await using peer = await createRawPeer()
    await using gateway = await createTestGateway([], { upstream: peer.url })
    await using client = await openKind((options) => gateway.gateway.listen(options), kind)
    client.socket.write(`${handshake()}early `)
    await until(() => client.seen.text.includes('\r\n\r\n'), 'the 101')
    client.socket.end('question')
    await until(() => peer.connections[0]?.ended === true, 'the end of the client')
    expect(peer.connections[0]?.received.endsWith('\r\n\r\nearly question')).toBe(true)
    peer.connections[0]?.socket.end('answer')
    await until(() => client.seen.ended, 'the end of the upstream')
    expect(client.seen.text.endsWith('\r\n\r\nanswer')).toBe(true)
    await gateway.finished(1)
    expect(gateway.exchanges[0]).toMatchObject({
      status: 101,
      error: null,
      requestBytes: 14,
      responseBytes: 6,
    })
  },
)

test('a client that vanishes from a TLS tunnel ends the upstream’s side', async () => {
  await using peer = await createRawPeer()
  await using gateway = await createTestGateway([], { upstream: peer.url })
  const { port } = await gateway.gateway.listen({ port: 0, tls: { key, cert } })
  const carrier = connect(port, '127.0.0.1')
  const socket = connectTls({ socket: carrier, ca: serverAuthority.cert, servername: 'localhost' })
  socket.on('error', () => {})
  socket.write(handshake())
  await once(socket, 'data')
  carrier.resetAndDestroy()
  await until(
    () => peer.connections[0]?.reset === true || peer.connections[0]?.ended === true,
    'the upstream to see it',
  )
  await gateway.finished(1)
  expect(gateway.exchanges[0]?.error?.code).toBe('GW_CLIENT_ABORTED')
})
