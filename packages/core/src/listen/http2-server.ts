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
/** How long after the first GOAWAY a client may still open streams: it cannot know of it sooner. */
const GOAWAY_GRACE_MS = 100
/** The highest stream id: with it a GOAWAY says that nothing was refused yet (RFC 9113 section 6.8). */
const LAST_STREAM_ID = 2 ** 31 - 1

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
    this.#server.emit('connection', socket)
  }

  /** Connections that are open. */
  get size(): number {
    return this.#sessions.size
  }

  /** Tells every client to open no more streams here; connections close with their last one. */
  drain(): void {
    this.#draining = true
    for (const session of this.#sessions) drainSession(session)
  }

  /** Cuts every connection. */
  destroy(): void {
    for (const session of this.#sessions) session.destroy()
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
    })
    if (this.#draining) drainSession(session)
  }
}

/** In two steps, so that a stream that is on its way already is not refused. */
function drainSession(session: ServerHttp2Session): void {
  if (session.closed || session.destroyed) return
  session.goaway(0, LAST_STREAM_ID)
  const timer = setTimeout(() => session.close(), GOAWAY_GRACE_MS)
  session.once('close', () => clearTimeout(timer))
}

function ignore(): void {}
