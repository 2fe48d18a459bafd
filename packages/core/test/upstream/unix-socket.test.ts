/** Upstreams that are reached by a unix socket: the URL still says who is meant. */
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createHttp2Server, createSecureServer } from 'node:http2'
import { createServer as createTls } from 'node:https'
import type { Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createTestGateway } from '../../src/testing.ts'
import { startNginx } from '../listen/nginx.ts'
import { isInstalled, next, parse, temporaryFolder } from '../support.ts'
import { serverAuthority, serverCertificate } from '../tls/secure.ts'

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

describe('an upstream on a unix socket', () => {
  const at = (url: string, protocol: 'http1' | 'http2' = 'http1') => ({
    upstream: { url, protocol, socketPath: path },
  })

  test('over HTTP/1.1: Host stays that of the URL', async () => {
    await using upstream = await serve(createServer(echo))
    await using gateway = await createTestGateway([], at('http://orders.internal/base'))
    const response = await gateway.fetch('/a')
    expect(await response.json()).toEqual({ host: 'orders.internal', url: '/base/a' })
    expect(upstream.connections).toBe(1)
  })

  test('over HTTP/2', async () => {
    await using _ = await serve(createHttp2Server(echo as never))
    await using gateway = await createTestGateway([], at('http://orders.internal', 'http2'))
    const answers = await Promise.all([1, 2, 3].map(async () => (await gateway.fetch('/a')).json()))
    expect(answers[2]).toEqual({ authority: 'orders.internal', url: '/a' })
  })

  test.each(['http1', 'http2'] as const)('with TLS, %s: the name is that of the URL', async (protocol) => {
    const settings = { ...serverCertificate({ names: ['DNS:orders.internal'] }) }
    const server =
      protocol === 'http1' ? createTls(settings, echo) : createSecureServer(settings, echo as never)
    await using _ = await serve(server)
    for (const [host, status] of [
      ['orders.internal', 200],
      ['other.internal', 502],
    ] as const) {
      const { upstream } = at(`https://${host}`, protocol)
      await using gateway = await createTestGateway([], {
        upstream: { ...upstream, tls: { ca: serverAuthority.cert } },
      })
      expect((await gateway.fetch('/a')).status).toBe(status)
    }
  })

  test('WebSocket', async () => {
    const server = createServer()
    const websockets = new WebSocketServer({ server })
    websockets.on('connection', (client, request) => client.send(`${request.headers.host}`))
    await using _ = await serve(server)
    await using gateway = await createTestGateway([], at('http://orders.internal'))
    const client = new WebSocket(`ws://127.0.0.1:${gateway.port}/`)
    const message = await next<Buffer>(client, 'message')
    expect(String(message)).toBe('orders.internal')
    client.close()
    await once(client, 'close')
  })

  test.each(['http1', 'http2'] as const)('that is missing: 502, %s', async (protocol) => {
    await using gateway = await createTestGateway([], at('http://orders.internal', protocol))
    const response = await gateway.fetch('/a')
    const body = await response.text()
    expect([response.status, parse(body)['code']]).toEqual([502, 'GW_UPSTREAM_CONNECT_REFUSED'])
    expect(body).not.toContain(path)
    await gateway.finished(1)
    expect(gateway.logs.find(({ level }) => level === 'warn')?.message).toContain('ENOENT')
  })

  test.each(['http1', 'http2'] as const)(
    'where no connection can be made for whatever reason: 502, %s, and nothing was sent',
    async (protocol) => {
      await writeFile(path, '')
      for (const socketPath of [join(path, 'below-a-file'), `${path}${'x'.repeat(200)}`]) {
        const { upstream } = at('http://orders.internal', protocol)
        await using gateway = await createTestGateway([], { upstream: { ...upstream, socketPath } })
        const response = await gateway.fetch('/a')
        expect([response.status, parse(await response.text())['code']]).toEqual([
          502,
          'GW_UPSTREAM_CONNECT_REFUSED',
        ])
      }
    },
  )

  test('that is another one is another pool', async () => {
    await using _ = await serve(createServer(echo))
    await using gateway = await createTestGateway([], at('http://orders.internal'))
    expect((await gateway.fetch('/a')).status).toBe(200)
    await gateway.reload([], { upstream: { url: 'http://orders.internal', socketPath: `${path}.other` } })
    expect((await gateway.fetch('/a')).status).toBe(502)
  })
})

test.skipIf(!isInstalled('nginx'))('nginx behind', async () => {
  await using _ = await startNginx('return 200 "$host $request_uri";', { socketPath: path })
  await using gateway = await createTestGateway([], {
    upstream: { url: 'http://orders.internal', socketPath: path },
  })
  expect(await (await gateway.fetch('/a')).text()).toBe('orders.internal /a')
})

function echo(request: IncomingMessage, response: { end(text: string): void }): void {
  const { host, ':authority': authority } = request.headers
  response.end(JSON.stringify({ host, authority, url: request.url }))
}

async function serve(server: Server): Promise<{ readonly connections: number } & AsyncDisposable> {
  const sockets = new Set<{ destroy(): void }>()
  server.on('connection', (socket) => sockets.add(socket))
  await once(server.listen(path), 'listening')
  return {
    get connections() {
      return sockets.size
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
