/** Peers on node:http2: an upstream that does what a function says, and a client that keeps all that came back. */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  createSecureServer,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import type { UpstreamOptions } from '../../src/index.ts'
import type { TestCertificate } from '../../src/testing.ts'
import { serverAuthority } from '../tls/secure.ts'

export interface Http2Upstream extends AsyncDisposable {
  readonly url: string
  /** As an option of a gateway. */
  readonly options: UpstreamOptions
  readonly server: Http2Server
  /** Connections that are open. */
  readonly sessions: ReadonlySet<ServerHttp2Session>
  /** Connections that were opened so far. */
  readonly opened: number
  /** Every request so far. */
  readonly requests: readonly SeenStream[]
  /** Cuts every connection, as a network does. */
  cut(): void
  close(): Promise<void>
}

export interface SeenStream {
  readonly stream: ServerHttp2Stream
  readonly headers: IncomingHttpHeaders
  /** Flat. */
  readonly raw: readonly string[]
  /** Flat; complete when the body is. */
  trailers: readonly string[]
}

export type OnStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, seen: SeenStream) => unknown

/** Starts an upstream; without TLS it speaks with prior knowledge. */
export async function http2Upstream(
  onStream: OnStream,
  options: ServerOptions & { tls?: TestCertificate; port?: number } = {},
): Promise<Http2Upstream> {
  const server: Http2Server = options.tls
    ? createSecureServer({ ...options, ...options.tls })
    : createServer(options)
  const sessions = new Set<ServerHttp2Session>()
  const requests: SeenStream[] = []
  const sockets = new Set<Socket>()
  let opened = 0
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('session', (session) => {
    opened++
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
    session.on('error', () => {})
  })
  server.on('sessionError', () => {})
  server.on(
    'stream',
    (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, raw: string[]) => {
      const seen: SeenStream = { stream, headers, raw, trailers: [] }
      stream.on('error', () => {})
      stream.on('trailers', (_headers: unknown, _bits: unknown, flat: string[]) => {
        seen.trailers = flat
      })
      requests.push(seen)
      // A handler that reads rejects when its stream is cut, which is often the point.
      void Promise.resolve(onStream(stream, headers, seen)).catch(() => {})
    },
  )
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      for (const session of sessions) session.destroy()
    })
  return {
    url,
    options: { url, protocol: 'http2', ...(options.tls ? { tls: { ca: serverAuthority.cert } } : {}) },
    server,
    sessions,
    get opened() {
      return opened
    },
    requests,
    cut: () => {
      for (const socket of sockets) socket.destroy()
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Reads a request's body to its end. */
export async function bodyOf(stream: ServerHttp2Stream): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/** What came of a request. */
export interface Outcome {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Flat, without pseudo-headers. */
  readonly raw: readonly string[]
  readonly informed: readonly IncomingHttpHeaders[]
  readonly trailers: IncomingHttpHeaders
  readonly body: string
  /** Whether the end came, and not a reset. */
  readonly complete: boolean
  readonly rstCode: number
  json<T = { code?: string }>(): T
}

export interface SendOptions {
  readonly body?: string | Uint8Array
  readonly trailers?: OutgoingHttpHeaders
  /** Whether the stream stays open for writing. */
  readonly open?: boolean
  /** Is given the stream at once. */
  readonly onStream?: (stream: ClientHttp2Stream) => void
}

export class Http2Client {
  readonly session: ClientHttp2Session
  goaways = 0

  constructor(url: string, options: { ca?: string } = {}) {
    this.session = connect(url, { ...options, maxHeaderListPairs: 2_000 })
    this.session.on('error', () => {})
    this.session.on('goaway', () => this.goaways++)
  }

  /** Sends a request and waits until its stream is closed. Never rejects. */
  send(path: string, headers: OutgoingHttpHeaders = {}, options: SendOptions = {}): Promise<Outcome> {
    const hasBody = options.body !== undefined || options.trailers !== undefined || options.open === true
    const stream = this.session.request(
      { ':path': path, ':method': hasBody ? 'POST' : 'GET', ...headers },
      { endStream: !hasBody, waitForTrailers: options.trailers !== undefined },
    )
    if (options.trailers !== undefined)
      stream.on('wantTrailers', () => stream.sendTrailers(options.trailers as OutgoingHttpHeaders))
    options.onStream?.(stream)
    if (hasBody && options.open !== true) stream.end(options.body)
    else if (options.body !== undefined) stream.write(options.body)
    return outcomeOf(stream)
  }

  [Symbol.dispose](): void {
    this.session.destroy()
  }
}

function outcomeOf(stream: ClientHttp2Stream): Promise<Outcome> {
  let headers: IncomingHttpHeaders = {}
  let raw: string[] = []
  let trailers: IncomingHttpHeaders = {}
  const informed: IncomingHttpHeaders[] = []
  const chunks: Buffer[] = []
  let pushedEnd = false
  const push = stream.push.bind(stream)
  stream.push = (chunk: unknown, encoding?: BufferEncoding) => {
    // The end of a reset stream comes after it counts as closed.
    if (chunk === null && !stream.closed) pushedEnd = true
    return push(chunk, encoding)
  }
  stream.on('headers', (head) => informed.push(head))
  stream.on('response', (head, _flags, flat) => {
    headers = head
    raw = flat.filter((_, i, all) => !all[i - (i % 2)]?.startsWith(':'))
  })
  stream.on('trailers', (head) => {
    trailers = head
  })
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  stream.on('error', () => {})
  return new Promise((resolve) => {
    stream.on('close', () => {
      const body = Buffer.concat(chunks).toString()
      resolve({
        status: Number(headers[':status'] ?? 0),
        headers,
        raw,
        informed,
        trailers,
        body,
        complete: pushedEnd,
        rstCode: stream.rstCode ?? 0,
        json: <T>() => JSON.parse(body) as T,
      })
    })
  })
}
