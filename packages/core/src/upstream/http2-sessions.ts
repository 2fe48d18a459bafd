/** HTTP/2 connections to one upstream (RFC 9113): opened when none has room, left when the upstream says so. */
import { type ClientHttp2Session, connect } from 'node:http2'
import type { Socket } from 'node:net'
import { IdleTimer } from '../idle-timer.ts'
import { type ConnectTarget, openSocket, type TlsSettings } from './connect.ts'

/** Bytes that an upstream may send ahead on one stream, and on one connection. */
const STREAM_WINDOW_BYTES = 262_144
const CONNECTION_WINDOW_BYTES = 4_194_304
/** Megabytes that node:http2 may hold for one connection: above, it refuses new streams. */
const SESSION_MEMORY_MB = 64
/** Lines of a response head that are taken; node:http2 would reset the stream above 128. */
const HEADER_LIST_PAIRS = 2_100
/** Connections to one upstream at once. Above, streams wait for one of those that run. */
const MAX_SESSIONS = 64
/** Streams after which a connection is replaced: the ids of one that never rests would run out (RFC 9113 section 5.1.1). */
const STREAMS_PER_SESSION = 1_000_000
/** How long the network may be silent on a connection before the kernel asks whether the other side is still there. */
const KEEP_ALIVE_MS = 30_000

/** Times of connections, in milliseconds. */
export interface SessionTimes {
  /** How long one may take to open, its settings included. */
  readonly connectMs: number
  /** How long one without streams is kept. Default: 30000. */
  readonly idleMs?: number
  /** How long one that is under suspicion may take to answer a ping. Default: 5000. */
  readonly pingMs?: number
}

/** Somebody who needs a place on a connection. */
export interface StreamTaker {
  /** Here is one: open the stream now. */
  onSession(session: UpstreamSession): void
  /** There is none to be had. */
  onNoSession(error: unknown): void
}

/** A connection and what is known of it. */
export interface UpstreamSession {
  readonly http2: ClientHttp2Session
  /** Streams that run on it. */
  streams: number
  /** Streams that were ever opened on it. */
  opened: number
  /** Whether a request on it got no answer in time, and a ping has not yet been answered. */
  suspected: boolean
  /** Closes it when it has been without streams. */
  readonly idle: IdleTimer
}

/** The connections to one upstream. */
export class Http2Sessions {
  readonly #target: ConnectTarget
  readonly #tls: TlsSettings | null
  readonly #times: Required<SessionTimes>
  readonly #open: UpstreamSession[] = []
  readonly #waiting: StreamTaker[] = []
  #connecting: ClientHttp2Session | null = null
  #closed: (() => void) | null = null

  constructor(
    target: ConnectTarget,
    tls: TlsSettings | null,
    { connectMs, idleMs = 30_000, pingMs = 5_000 }: SessionTimes,
  ) {
    this.#target = target
    this.#tls = tls
    this.#times = { connectMs, idleMs, pingMs }
  }

  /** Connections that are open. */
  get size(): number {
    return this.#open.length
  }

  /** Those of them without streams. */
  get idle(): number {
    return this.#open.filter(({ streams }) => streams === 0).length
  }

  /** Finds a place for a stream, at once where a connection has room. */
  take(taker: StreamTaker): void {
    this.#waiting.push(taker)
    this.#serve()
  }

  /** Somebody who waits needs no place any more. */
  forget(taker: StreamTaker): void {
    const at = this.#waiting.indexOf(taker)
    if (at !== -1) this.#waiting.splice(at, 1)
  }

  /** A stream is over. */
  release(session: UpstreamSession): void {
    session.streams--
    session.idle.closed()
    if (session.streams === 0 && (this.#closed || session.opened >= STREAMS_PER_SESSION))
      session.http2.close()
    this.#serve()
  }

  /**
   * A request got no answer in time: whether the connection is still there, a ping tells. Until then no stream is opened on
   * it. Nothing is asked without a reason: servers of gRPC end connections that ping often.
   */
  suspect(session: UpstreamSession): void {
    const { http2 } = session
    if (session.suspected || http2.destroyed || http2.closed) return
    session.suspected = true
    const timer = setTimeout(() => cut(http2), this.#times.pingMs)
    http2.once('close', () => clearTimeout(timer))
    http2.ping(() => {
      clearTimeout(timer)
      session.suspected = false
      this.#serve()
    })
  }

  /** Lets what runs finish, then closes. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#closed = resolve
      for (const { http2, streams } of this.#open) if (streams === 0) http2.close()
      this.#settleClosed()
    })
  }

  /** Cuts every connection. */
  destroy(): void {
    for (const { http2 } of this.#open.slice()) cut(http2)
    if (this.#connecting) cut(this.#connecting)
  }

  /** Gives places to those who wait, and opens a connection where there are not enough. */
  #serve(): void {
    for (let session = this.#withRoom(); session && this.#waiting.length > 0; session = this.#withRoom()) {
      session.streams++
      session.opened++
      session.idle.opened()
      ;(this.#waiting.shift() as StreamTaker).onSession(session)
    }
    if (this.#waiting.length === 0 || this.#connecting || this.#open.length >= MAX_SESSIONS) return
    // An upstream that allows no streams would allow none on the next connection either: it says when it does.
    if (!this.#open.some(allowsNone)) this.#connect()
  }

  #withRoom(): UpstreamSession | undefined {
    for (const session of this.#open) if (hasRoom(session)) return session
    return undefined
  }

  #connect(): void {
    const http2 = openSession(this.#target, this.#tls)
    const idle = new IdleTimer(this.#times.idleMs, () => http2.close())
    const session: UpstreamSession = { http2, streams: 0, opened: 0, suspected: false, idle }
    this.#connecting = http2
    let failure: unknown
    const timer = setTimeout(() => {
      cut(http2, Object.assign(new Error('No connection in time'), { code: 'ETIMEDOUT' }))
    }, this.#times.connectMs)
    http2.on('error', (error) => {
      failure = error
    })
    // Before its settings nobody knows how many streams the upstream takes.
    http2.on('remoteSettings', () => {
      if (this.#connecting === http2) {
        clearTimeout(timer)
        this.#connected(session)
      }
      this.#serve()
    })
    http2.once('close', () => {
      clearTimeout(timer)
      idle.stop()
      this.#gone(session, failure)
    })
  }

  #connected(session: UpstreamSession): void {
    const { http2 } = session
    this.#connecting = null
    this.#open.push(session)
    http2.setLocalWindowSize(CONNECTION_WINDOW_BYTES)
    if (this.#closed && this.#waiting.length === 0) http2.close()
  }

  #gone(session: UpstreamSession, failure: unknown): void {
    const at = this.#open.indexOf(session)
    if (at !== -1) this.#open.splice(at, 1)
    if (this.#connecting === session.http2) {
      this.#connecting = null
      this.#failWaiting(failure ?? closedEarly())
    } else this.#serve()
    this.#settleClosed()
  }

  #failWaiting(error: unknown): void {
    for (const taker of this.#waiting.splice(0)) taker.onNoSession(error)
  }

  #settleClosed(): void {
    if (this.#open.length === 0 && !this.#connecting) this.#closed?.()
  }
}

function openSession(target: ConnectTarget, tls: TlsSettings | null): ClientHttp2Session {
  const socket = openSocket(target, tls, ['h2'])
  socket.setKeepAlive(true, KEEP_ALIVE_MS)
  const options = {
    createConnection: () => socket,
    settings: { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES },
    maxSessionMemory: SESSION_MEMORY_MB,
    maxHeaderListPairs: HEADER_LIST_PAIRS,
    // What a client repeats is the upstream's to judge, as over HTTP/1.1. Node 22 knows no such option and refuses.
    strictSingleValueFields: false,
  }
  const session = connect(target.origin, options)
  carriers.set(session, socket)
  return session
}

function closedEarly(): Error {
  return Object.assign(new Error('The connection closed before its settings'), { code: 'ECONNRESET' })
}

/** The sockets below: node:http2 lets nobody reach them. */
const carriers = new WeakMap<ClientHttp2Session, Socket>()

/** Ends a connection at once. node:http2 alone waits until what was written is sent, for ever when the peer reads no more. */
function cut(http2: ClientHttp2Session, error?: Error): void {
  http2.destroy(error)
  carriers.get(http2)?.destroy()
}

/** Whether a stream may be opened: a connection that got a GOAWAY is `closed` while its last streams end. */
function hasRoom(session: UpstreamSession): boolean {
  const { http2, streams, opened, suspected } = session
  if (suspected || opened >= STREAMS_PER_SESSION || http2.closed || http2.destroyed) return false
  return streams < maxStreams(http2)
}

function allowsNone({ http2 }: UpstreamSession): boolean {
  return !http2.closed && !http2.destroyed && maxStreams(http2) === 0
}

/** Without a word from the upstream there is no limit but ours on attempts per endpoint (RFC 9113 section 6.5.2). */
function maxStreams({ remoteSettings }: ClientHttp2Session): number {
  return remoteSettings.maxConcurrentStreams ?? Number.POSITIVE_INFINITY
}
