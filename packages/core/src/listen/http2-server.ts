/** The HTTP/2 side of a listener: sessions on connections that speak it, by ALPN or with prior knowledge. */
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'

/** Streams that a client may have open on one connection. */
const MAX_STREAMS = 128
/** Bytes that a client may send ahead on one stream, and on one connection. */
const STREAM_WINDOW_BYTES = 262_144
const CONNECTION_WINDOW_BYTES = 1_048_576
/** Megabytes that node:http2 may hold for one connection: above, it refuses new streams. */
const SESSION_MEMORY_MB = 64
/** Header bytes and lines that node:http2 takes before core's own, lower limits can answer with a problem document. */
const HEADER_LIST_BYTES = 81_920
const HEADER_LIST_PAIRS = 2_100
/** How long a connection without streams is kept. */
const IDLE_MS = 75_000
/** How long a client may take to end a connection that this side has ended. */
const LINGER_MS = 1_000
/** Takes a request. */
export type StreamHandler = (
  stream: ServerHttp2Stream,
  headers: unknown,
  flags: number,
  rawHeaders: readonly string[],
) => void

/** HTTP/2 sessions of one listener. */
export class Http2Sessions {
  readonly #server: Http2Server
  readonly #sessions = new Set<ServerHttp2Session>()
  readonly #sockets = new Set<Socket>()
  readonly #idleMs: number
  #draining = false

  /** @param idleMs how long a connection without streams is kept. Default: 75000. */
  constructor(handler: StreamHandler, idleMs = IDLE_MS) {
    this.#idleMs = idleMs
    this.#server = createServer({
      settings: {
        maxConcurrentStreams: MAX_STREAMS,
        initialWindowSize: STREAM_WINDOW_BYTES,
        maxHeaderListSize: HEADER_LIST_BYTES,
        enableConnectProtocol: false,
      },
      maxHeaderListPairs: HEADER_LIST_PAIRS,
      maxSessionMemory: SESSION_MEMORY_MB,
      // What an upstream repeats goes on, as over HTTP/1.1. Node 22 knows no such option; the sink knows what to do there.
      strictSingleValueFields: false,
    })
    this.#server.on('stream', handler)
    this.#server.on('session', (session) => this.#keep(session))
    // A session that breaks the protocol is ended by node:http2; its streams tell their exchanges.
    this.#server.on('sessionError', ignore)
  }

  /** Speaks HTTP/2 on a connection from here on. */
  accept(socket: Socket): void {
    // A server of node:http keeps connections half open, and a session would never hear that its client is gone.
    socket.allowHalfOpen = false
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    // After the goodbye of this side; a client that never says its own would keep the connection.
    socket.once('finish', () => socket.setTimeout(LINGER_MS, () => socket.destroy()))
    this.#server.emit('connection', socket)
  }

  /** Connections that are open. */
  get size(): number {
    return this.#sessions.size
  }

  /**
   * Tells every client to open no more streams here; connections close with their last one. The GOAWAY names the last stream
   * that is served, so that a client knows which of those on their way it may send elsewhere. The notice that should come
   * before it (RFC 9113 section 6.8) cannot be sent: whichever GOAWAY node:http2 sends, nghttp2 ignores new streams after it.
   */
  drain(): void {
    this.#draining = true
    for (const session of this.#sessions) session.close()
  }

  /** Cuts every connection. */
  destroy(): void {
    for (const session of this.#sessions) session.destroy()
    // node:http2 waits until what was written is sent, for ever when the client reads no more.
    for (const socket of this.#sockets) socket.destroy()
  }

  #keep(session: ServerHttp2Session): void {
    this.#sessions.add(session)
    session.once('close', () => this.#sessions.delete(session))
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES)
    let streams = 0
    session.on('stream', (stream: ServerHttp2Stream) => {
      streams++
      stream.once('close', () => streams--)
    })
    session.setTimeout(this.#idleMs)
    session.on('timeout', () => {
      if (streams === 0) session.close()
      // The end of a stream alone would not start the time again.
      else session.setTimeout(this.#idleMs)
    })
    if (this.#draining) session.close()
  }
}

function ignore(): void {}
