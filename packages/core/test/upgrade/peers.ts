/** Peers of upgrades: WebSocket servers and clients of `ws`, and an upstream that writes exact bytes. */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createNetServer, type Socket } from 'node:net'
import { type ClientOptions, type ServerOptions, WebSocket, WebSocketServer } from 'ws'
import { until } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'

/** A WebSocket server of `ws`. */
export interface WebSocketUpstream extends AsyncDisposable {
  readonly url: string
  /** Every handshake and ordinary request that came, oldest first. */
  readonly requests: readonly IncomingMessage[]
  /** The server's ends of all connections so far. */
  readonly sockets: readonly WebSocket[]
  /** Connections to the server that are open now, whatever they speak. */
  open(): Promise<number>
}

/**
 * Starts one. It sends every message back, and 418 to ordinary requests.
 * @param tls key and certificate, for `wss`.
 */
export async function createWebSocketUpstream(
  options: ServerOptions = {},
  tls?: { key: string; cert: string },
): Promise<WebSocketUpstream> {
  const requests: IncomingMessage[] = []
  const sockets: WebSocket[] = []
  const server = tls ? createTlsServer(tls) : createServer()
  server.on('request', (request, response) => {
    requests.push(request)
    response.writeHead(418).end('no socket')
  })
  server.on('upgrade', (request: IncomingMessage) => requests.push(request))
  const peers = new WebSocketServer({ ...options, server })
  peers.on('connection', (socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    requests,
    sockets,
    open: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.terminate()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Opens a WebSocket of `ws`; rejects with what it was answered. */
export async function openWebSocket(
  url: string,
  protocols: string[] = [],
  options: ClientOptions = {},
): Promise<WebSocket> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), protocols, options)
  await once(socket, 'open')
  return socket
}

/** The next message of a WebSocket. */
export async function nextMessage(socket: WebSocket): Promise<{ data: Buffer; isBinary: boolean }> {
  const [data, isBinary] = (await once(socket, 'message')) as [Buffer, boolean]
  return { data, isBinary }
}

/** How a WebSocket was closed, as its end of it saw. */
export async function closeOf(socket: WebSocket): Promise<[number, string]> {
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer]
  return [code, reason.toString()]
}

/** A connection of an upstream that writes exact bytes. */
export interface RawConnection {
  readonly socket: Socket
  /** Everything that came, the head of the handshake included. */
  received: string
  /** Whether the other side said that nothing more comes. */
  ended: boolean
  /** Whether it went with a reset. */
  reset: boolean
}

/** An upstream whose connections stay as they are: half-closed, if need be. */
export interface RawPeer extends AsyncDisposable {
  readonly url: string
  readonly connections: readonly RawConnection[]
}

/** The answer that every WebSocket handshake gets from a raw peer. */
export const SWITCHED =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

/** Starts one. `answer` is called when a head is complete. */
export async function createRawPeer(
  answer: (connection: RawConnection) => void = ({ socket }) => socket.write(SWITCHED),
): Promise<RawPeer> {
  const connections: RawConnection[] = []
  const server = createNetServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const connection: RawConnection = { socket, received: '', ended: false, reset: false }
    let answered = false
    connections.push(connection)
    socket.on('error', (error: NodeJS.ErrnoException) => {
      connection.reset = error.code === 'ECONNRESET'
    })
    socket.on('end', () => {
      connection.ended = true
    })
    socket.on('data', (chunk) => {
      connection.received += chunk.toString('latin1')
      if (answered || !connection.received.includes('\r\n\r\n')) return
      answered = true
      answer(connection)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections,
    async [Symbol.asyncDispose]() {
      for (const { socket } of connections) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A handshake as it stands on the wire, with more header lines. */
export function handshake(lines = '', path = '/'): string {
  return (
    `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${lines}\r\n`
  )
}

/** A raw client and a raw upstream, joined by a tunnel of the gateway on `port`. */
export async function openRawTunnel(
  port: number,
  peer: RawPeer,
): Promise<{ client: RawClient; upstream: RawConnection } & Disposable> {
  const at = peer.connections.length
  const client = await RawClient.open(port)
  client.socket.allowHalfOpen = true
  client.send(handshake())
  await until(() => client.received.includes('\r\n\r\n'), 'the 101')
  if (!client.received.startsWith('HTTP/1.1 101 ')) throw new Error(client.received)
  client.received = ''
  const upstream = peer.connections[at] as RawConnection
  upstream.received = ''
  return {
    client,
    upstream,
    [Symbol.dispose]() {
      client.destroy()
      upstream.socket.destroy()
    },
  }
}
