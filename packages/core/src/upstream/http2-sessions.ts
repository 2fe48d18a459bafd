/** HTTP/2 connections to one upstream (RFC 9113): opened when none has room, left when the upstream says so. */
import { type ClientHttp2Session, connect } from 'node:http2'
import type { Socket } from 'node:net'
import { type ConnectTarget, openSocket, type TlsSettings } from './connect.ts'

/** Bytes that an upstream may send ahead on one stream, and on one connection. */
const STREAM_WINDOW_BYTES = 262_144
const CONNECTION_WINDOW_BYTES = 4_194_304
/** How long a connection without streams is kept. */
const IDLE_MS = 30_000
/** How long a connection that is under suspicion may take to answer a ping. */
const PING_MS = 5_000
/** Megabytes that node:http2 may hold for one connection: above, it refuses new streams. */
const SESSION_MEMORY_MB = 64

/** Somebody who needs a place on a connection. */
export interface StreamTaker {
  /** Here is one: open the stream now. */
  onSession(session: UpstreamSession): void
  /** There is none to be had. */
  onNoSession(error: unknown): void
}

/** A connection, and how many streams run on it. */
export interface UpstreamSession {
  readonly http2: ClientHttp2Session
  streams: number
}

/** The connections to one upstream. */
export class Http2Sessions {
  readonly #target: ConnectTarget
  readonly #tls: TlsSettings | null
  readonly #connectMs: number
  readonly #open: UpstreamSession[] = []
  readonly #waiting: StreamTaker[] = []
  #connecting: ClientHttp2Session | null = null
  #closing: (() => void) | null = null

  constructor(target: ConnectTarget, tls: TlsSettings | null, connectMs: number) {
    this.#target = target
    this.#tls = tls
    this.#connectMs = connectMs
  }

  /** Finds a place for a stream, at once where a connection has room. */
  take(taker: StreamTaker): void {
    const session = this.#withRoom()
    if (session) {
      this.#give(session, taker)
      return
    }
    this.#waiting.push(taker)
    if (!this.#connecting) this.#connect()
  }

  /** Somebody who waits needs no place any more. */
  forget(taker: StreamTaker): void {
    const at = this.#waiting.indexOf(taker)
    if (at !== -1) this.#waiting.splice(at, 1)
  }

  /** A stream is over. */
  release(session: UpstreamSession): void {
    session.streams--
    const next = this.#waiting[0]
    if (next && hasRoom(session)) {
      this.#waiting.shift()
      this.#give(session, next)
    }
    if (session.streams === 0 && this.#closing) session.http2.close()
  }

  /** A request got no answer in time: whether the connection is still there, a ping tells. */
  suspect({ http2 }: UpstreamSession): void {
    if (http2.destroyed || http2.closed) return
    const timer = setTimeout(() => cut(http2), PING_MS)
    timer.unref()
    const pinged = http2.ping(() => clearTimeout(timer))
    // Too many pings are under way already; one of them will tell.
    if (!pinged) clearTimeout(timer)
  }

  /** Lets what runs finish, then closes. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#closing = resolve
      for (const session of this.#open) if (session.streams === 0) session.http2.close()
      this.#settleClosing()
    })
  }

  /** Cuts every connection. */
  destroy(): void {
    for (const { http2 } of this.#open) cut(http2)
    if (this.#connecting) cut(this.#connecting)
  }

  #give(session: UpstreamSession, taker: StreamTaker): void {
    session.streams++
    taker.onSession(session)
  }

  #withRoom(): UpstreamSession | undefined {
    for (const session of this.#open) if (hasRoom(session)) return session
    return undefined
  }

  #connect(): void {
    const { origin } = this.#target
    const socket = openSocket(this.#target, this.#tls, ['h2'])
    const http2 = connect(origin, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES },
      maxSessionMemory: SESSION_MEMORY_MB,
    })
    carriers.set(http2, socket)
    this.#connecting = http2
    let failure: unknown
    const timer = setTimeout(() => {
      cut(http2, Object.assign(new Error('No connection in time'), { code: 'ETIMEDOUT' }))
    }, this.#connectMs)
    http2.on('error', (error) => {
      failure = error
    })
    // Before its settings nobody knows how many streams the upstream takes.
    http2.once('remoteSettings', () => {
      clearTimeout(timer)
      http2.setLocalWindowSize(CONNECTION_WINDOW_BYTES)
      http2.setTimeout(IDLE_MS, () => {
        if (session.streams === 0) http2.close()
      })
      this.#open.push(session)
      this.#connected()
    })
    const session: UpstreamSession = { http2, streams: 0 }
    http2.once('close', () => {
      clearTimeout(timer)
      this.#remove(session)
      if (this.#connecting === http2) this.#notConnected(failure)
      this.#settleClosing()
    })
  }

  #connected(): void {
    this.#connecting = null
    for (let session = this.#withRoom(); session && this.#waiting.length > 0; session = this.#withRoom()) {
      this.#give(session, this.#waiting.shift() as StreamTaker)
    }
    if (this.#waiting.length > 0) this.#connect()
  }

  #notConnected(failure: unknown): void {
    this.#connecting = null
    const cause =
      failure ?? Object.assign(new Error('The connection closed before its settings'), { code: 'ECONNRESET' })
    for (const taker of this.#waiting.splice(0)) taker.onNoSession(cause)
  }

  #remove(session: UpstreamSession): void {
    const at = this.#open.indexOf(session)
    if (at !== -1) this.#open.splice(at, 1)
  }

  #settleClosing(): void {
    if (this.#open.length === 0 && !this.#connecting) this.#closing?.()
  }
}

/** The sockets below: node:http2 lets nobody reach them. */
const carriers = new WeakMap<ClientHttp2Session, Socket>()

/** Ends a connection at once. node:http2 alone waits until what was written is sent, for ever when the peer reads no more. */
function cut(http2: ClientHttp2Session, error?: Error): void {
  http2.destroy(error)
  carriers.get(http2)?.destroy()
}

/** Whether a stream may be opened: a connection that got a GOAWAY is `closed` while its last streams end. */
function hasRoom({ http2, streams }: UpstreamSession): boolean {
  if (http2.closed || http2.destroyed) return false
  return streams < (http2.remoteSettings?.maxConcurrentStreams ?? 100)
}
