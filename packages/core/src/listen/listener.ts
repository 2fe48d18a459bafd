/** A listener: one server, and whatever its connections turn out to speak. */
import type { Server as HttpServer } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { GatewayError } from '../errors.ts'
import type { TrustList } from '../headers/trust.ts'
import type { ListenTls } from '../listen-options.ts'
import { cameBy, peerOf, speaksFor } from '../peer.ts'
import { isHttp2, type Look, lookAtFirst } from './first-bytes.ts'
import { Http2Sessions, type StreamHandler } from './http2-server.ts'
import { readProxyHeader } from './proxy-protocol.ts'
import { HEAD_MS, type Http1Handlers, openServer } from './server.ts'
import { Certificates } from './tls.ts'

/** What a listener is made of. */
export interface ListenerSettings {
  /** What exchanges call it; empty for none. */
  readonly name: string
  readonly http1: boolean
  readonly http2: boolean
  readonly tls: ListenTls | undefined
  /** Peers whose connections begin with a PROXY header; `null` for none. */
  readonly balancers: TrustList | null
}

/** A server with its connections. */
export class Listener {
  readonly server: HttpServer | HttpsServer
  readonly #settings: ListenerSettings
  readonly #certificates: Certificates | null
  readonly #http2: Http2Sessions
  /** Connections that have not yet said what they speak. */
  readonly #silent = new Set<Socket>()
  /** Connections over TLS that speak HTTP/1.1. */
  readonly #secure = new Set<Socket>()

  /** @throws {GatewayError} GW_OPTIONS_INVALID when a certificate cannot be used. */
  constructor(settings: ListenerSettings, http1: Http1Handlers, onStream: StreamHandler) {
    this.#settings = settings
    this.#certificates = settings.tls ? new Certificates(settings.tls) : null
    this.#http2 = new Http2Sessions(onStream)
    const protocols = [...(settings.http2 ? ['h2'] : []), ...(settings.http1 ? ['http/1.1'] : [])]
    this.server = openServer(http1, this.#certificates?.settings(protocols))
    intercept(this.server, 'connection', (socket, next) => this.#onConnection(socket, next))
    if (settings.tls)
      intercept(this.server, 'secureConnection', (socket, next) => this.#onSecure(socket as TLSSocket, next))
  }

  /** Replaces the certificates; `ListenAddress.reloadTls` says more. */
  reloadTls(tls: ListenTls): void {
    if (!this.#certificates) {
      throw new GatewayError('GW_OPTIONS_INVALID', {
        message: 'The listener has no TLS. Listen anew with it',
      })
    }
    const context = this.#certificates.replace(tls)
    ;(this.server as HttpsServer).setSecureContext(context)
  }

  /** Stops accepting and resolves when the last connection is gone. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve())
      this.server.closeIdleConnections()
      for (const socket of this.#silent) socket.destroy()
      // Node 22 takes a connection that has not said a word for one in the middle of a head.
      for (const socket of this.#secure) if (socket.bytesRead === 0) socket.destroy()
      this.#http2.drain()
    })
  }

  /** Cuts what is left. */
  destroy(): void {
    this.server.closeAllConnections()
    this.#http2.destroy()
  }

  #onConnection(socket: Socket, next: (socket: Socket) => void): void {
    const { balancers, name, tls } = this.#settings
    cameBy(socket, name)
    const go = (): void => (tls ? this.#handshake(socket, next) : this.#sniff(socket, next))
    if (balancers?.hasPeer(peerOf(socket))) this.#look(socket, lookForProxy(socket), go)
    else go()
  }

  /** node:https keeps no list of connections that are still in their handshake. */
  #handshake(socket: Socket, next: (socket: Socket) => void): void {
    remember(this.#silent, socket)
    next(socket)
  }

  /** Plain text: HTTP/2 begins with a preface that is no request of HTTP/1.1. */
  #sniff(socket: Socket, next: (socket: Socket) => void): void {
    const { http1, http2 } = this.#settings
    if (!http2) {
      next(socket)
      return
    }
    let speaksHttp2 = false
    const look = (bytes: Buffer): Look => {
      const found = isHttp2(bytes)
      if (found === undefined) return 'more'
      speaksHttp2 = found
      return found || http1 ? { take: 0 } : 'refuse'
    }
    this.#look(socket, look, () => {
      if (speaksHttp2) this.#http2.accept(socket)
      else next(socket)
    })
  }

  #onSecure(socket: TLSSocket, next: (socket: Socket) => void): void {
    const carrier = (socket as TLSSocket & { _parent?: Socket })._parent
    // Whom the connection is for was said on the plain connection below. Without it nobody knows who this is.
    if (!carrier) {
      socket.destroy()
      return
    }
    this.#silent.delete(carrier)
    cameBy(socket, this.#settings.name)
    if (this.#settings.balancers) speaksFor(socket, peerOf(carrier).address)
    if (socket.alpnProtocol === 'h2') this.#http2.accept(socket)
    else if (this.#settings.http1) {
      remember(this.#secure, socket)
      next(socket)
    } else socket.destroy()
  }

  #look(socket: Socket, look: (bytes: Buffer) => Look, then: () => void): void {
    remember(this.#silent, socket)
    lookAtFirst(socket, HEAD_MS, look, () => {
      this.#silent.delete(socket)
      then()
    })
  }
}

/** Keeps a connection in a set until it closes. */
function remember(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket)
  socket.once('close', () => sockets.delete(socket))
}

function lookForProxy(socket: Socket): (bytes: Buffer) => Look {
  return (bytes) => {
    const header = readProxyHeader(bytes)
    if (header === undefined) return 'more'
    if (header === null) return 'refuse'
    if (header.address !== null) speaksFor(socket, header.address)
    return { take: header.length }
  }
}

/** Puts a step before what a server does with its connections. */
function intercept(
  server: HttpServer | HttpsServer,
  event: 'connection' | 'secureConnection',
  step: (socket: Socket, next: (socket: Socket) => void) => void,
): void {
  const usual = server.listeners(event) as ((socket: Socket) => void)[]
  const known = new WeakSet<Socket>()
  server.removeAllListeners(event)
  server.on(event, (socket: Socket) => {
    const next = (ready: Socket): void => {
      known.add(ready)
      for (const listener of usual) listener.call(server, ready)
    }
    // One that comes back, after it was almost handed over to another protocol, has been looked at.
    if (known.has(socket)) next(socket)
    else step(socket, next)
  })
}
