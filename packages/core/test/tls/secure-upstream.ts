/** Upstreams that speak TLS, and say in their answers who asked. */
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createSecureServer, type Http2ServerRequest } from 'node:http2'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket, TlsOptions } from 'node:tls'
import { WebSocketServer } from 'ws'
import { serverCertificate } from './secure.ts'

/** What an upstream's answer says. */
export interface Seen {
  /** The name that was asked for (SNI); `false` for none. */
  readonly servername: string | false
  /** Common name of the certificate that was shown; empty for none. */
  readonly client: string
  readonly host: string
  readonly path: string
}

/** A running upstream. */
export interface SecureUpstream extends AsyncDisposable {
  readonly port: number
  /** TLS connections so far. */
  readonly connections: readonly TLSSocket[]
}

/** Starts one that speaks `http1` (and WebSocket: it echoes), `http2`, or only TLS. */
export async function secureUpstream(
  speaks: 'http1' | 'http2',
  options: TlsOptions = {},
): Promise<SecureUpstream> {
  const settings = { ...serverCertificate(), ...options }
  const connections: TLSSocket[] = []
  const server = speaks === 'http1' ? createServer(settings) : createSecureServer(settings)
  server.on('secureConnection', (socket: TLSSocket) => connections.push(socket))
  server.on('tlsClientError', () => {})
  server.on('request', (request: IncomingMessage | Http2ServerRequest, response: ServerResponse) => {
    const socket = ('stream' in request ? request.stream.session?.socket : request.socket) as TLSSocket
    const seen: Seen = {
      servername: (socket as TLSSocket & { servername: string | false }).servername,
      client: String(socket.getPeerCertificate().subject?.CN ?? ''),
      host: request.headers.host ?? String(request.headers[':authority']),
      path: request.url ?? '',
    }
    response.end(JSON.stringify(seen))
  })
  const websockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    websockets.handleUpgrade(request, socket, head, (client) => {
      client.on('message', (message: Buffer) => client.send(`echo ${String(message)}`))
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    connections,
    async [Symbol.asyncDispose]() {
      for (const client of websockets.clients) client.terminate()
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of connections) socket.destroy()
      await closed
    },
  }
}
