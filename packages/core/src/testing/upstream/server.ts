/** Real upstreams that misbehave on demand. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What an upstream does with the next requests. `kind` says what; the other fields belong to some kinds only. */
export type UpstreamBehaviour =
  | EchoBehaviour
  | AnswerBehaviour
  | ResetInBodyBehaviour
  | StallBehaviour
  | TrickleBehaviour
  | EarlyReplyBehaviour
  | HugeHeadersBehaviour
  | CustomBehaviour

/** Needs nothing more than a kind. */
export interface EchoBehaviour {
  /**
   * `echo` (the default): 200 with a JSON description of the request. `reset-before-head`: a reset before any answer.
   * `silent`: takes the request and never answers. `garbage`: an answer that is not HTTP.
   */
  readonly kind: 'echo' | 'reset-before-head' | 'silent' | 'garbage'
}

/** Answers as told, once the request is complete. */
export interface AnswerBehaviour {
  /** Says so. */
  readonly kind: 'answer'
  /** Default: 200. */
  readonly status?: number
  /** Default: none. */
  readonly headers?: Readonly<Record<string, string | string[]>>
  /** Default: empty. */
  readonly body?: string | Uint8Array
}

/** Announces more than it sends, then resets. */
export interface ResetInBodyBehaviour {
  /** Says so. */
  readonly kind: 'reset-in-body'
  /** Announced `content-length`. */
  readonly length: number
  /** Bytes that are sent. */
  readonly bytes: number
}

/** Sends the head and a part of the body, then nothing more. */
export interface StallBehaviour {
  /** Says so. */
  readonly kind: 'stall-in-body'
  /** Bytes that are sent. */
  readonly bytes: number
}

/** Sends a body slowly. */
export interface TrickleBehaviour {
  /** Says so. */
  readonly kind: 'trickle'
  /** Number of pieces. */
  readonly chunks: number
  /** Bytes of each. */
  readonly bytes: number
  /** Milliseconds between two. */
  readonly everyMs: number
}

/** Answers at once, without reading the request body. */
export interface EarlyReplyBehaviour {
  /** Says so. */
  readonly kind: 'early-reply'
  /** Status of the answer. */
  readonly status: number
}

/** Sends too large a response head. */
export interface HugeHeadersBehaviour {
  /** Says so. */
  readonly kind: 'huge-headers'
  /** Bytes of the one header value. */
  readonly bytes: number
}

/** Does whatever a function does. */
export interface CustomBehaviour {
  /** Says so. */
  readonly kind: 'custom'
  /** The handler. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void
}

/** A request as an upstream saw it. */
export interface SeenRequest {
  /** As received. */
  readonly method: string
  /** Path and query as received. */
  readonly url: string
  /** As node:http parsed them. */
  readonly headers: IncomingMessage['headers']
  /** Flat, as received. */
  readonly rawHeaders: readonly string[]
  /** The body as received, complete when the request was. */
  readonly body: () => Buffer
  /** Whether the client side cut it. */
  readonly aborted: () => boolean
}

/** A running upstream. */
export interface TestUpstream extends AsyncDisposable {
  /** `http://127.0.0.1:port`. */
  readonly url: string
  /** The port. */
  readonly port: number
  /** Every request so far, oldest first. */
  readonly requests: readonly SeenRequest[]
  /** Connections that are open now. */
  connections(): Promise<number>
  /** Changes what it does from the next request on. */
  behave(behaviour: UpstreamBehaviour): void
  /** Stops it and cuts its connections. */
  close(): Promise<void>
}

/** Starts an upstream on a free port of 127.0.0.1. */
export async function createUpstream(behaviour: UpstreamBehaviour = { kind: 'echo' }): Promise<TestUpstream> {
  let current = behaviour
  const requests: SeenRequest[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    // Early replies leave the body on the wire: reading it here would hide what the gateway does about that.
    if (current.kind !== 'early-reply') request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('error', () => {})
    response.on('error', () => {})
    requests.push({
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      body: () => Buffer.concat(chunks),
      aborted: () => request.destroyed && !request.complete,
    })
    act(current, request, response, () => Buffer.concat(chunks))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = (): Promise<void> => stop(server)
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    connections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
    behave(next) {
      current = next
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

function act(
  behaviour: UpstreamBehaviour,
  request: IncomingMessage,
  response: ServerResponse,
  body: () => Buffer,
): void {
  const { socket } = request
  switch (behaviour.kind) {
    case 'echo':
      request.on('end', () => echo(request, response, body()))
      return
    case 'answer':
      request.on('end', () => {
        response.writeHead(behaviour.status ?? 200, behaviour.headers ?? {})
        response.end(behaviour.body)
      })
      return
    case 'reset-before-head':
      socket.resetAndDestroy()
      return
    case 'reset-in-body':
      response.writeHead(200, { 'content-length': String(behaviour.length) })
      response.write(Buffer.alloc(behaviour.bytes, 'x'), () => setTimeout(() => socket.resetAndDestroy(), 20))
      return
    case 'silent':
      return
    case 'stall-in-body':
      response.writeHead(200, { 'content-type': 'text/plain' })
      response.write(Buffer.alloc(behaviour.bytes, 'x'))
      return
    case 'trickle':
      response.writeHead(200, { 'content-type': 'text/plain' })
      trickle(response, behaviour.chunks, behaviour.bytes, behaviour.everyMs)
      return
    case 'garbage':
      socket.end('SSH-2.0-OpenSSH_9.2\r\n\r\n')
      return
    case 'early-reply':
      response.writeHead(behaviour.status, { 'content-length': '5' })
      response.end('early')
      return
    case 'huge-headers':
      response.writeHead(200, { 'x-huge': 'x'.repeat(behaviour.bytes) })
      response.end()
      return
    case 'custom':
      behaviour.handle(request, response)
  }
}

function echo(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const text = JSON.stringify({
    method: request.method,
    url: request.url,
    headers: request.headers,
    body: body.toString(),
  })
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(text)),
  })
  response.end(text)
}

function trickle(response: ServerResponse, chunks: number, bytes: number, everyMs: number): void {
  let left = chunks
  const timer = setInterval(() => {
    if (left-- > 0 && !response.destroyed) {
      response.write(Buffer.alloc(bytes, 'x'))
      return
    }
    clearInterval(timer)
    response.end()
  }, everyMs)
}
