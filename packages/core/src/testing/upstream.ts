/** Real upstreams that misbehave on demand. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What an upstream does with the next requests. */
export type UpstreamBehaviour =
  /** Answers 200 with a JSON description of the request (the default). */
  | { readonly kind: 'echo' }
  /** Answers as told. */
  | {
      readonly kind: 'answer'
      readonly status?: number
      readonly headers?: Readonly<Record<string, string | string[]>>
      readonly body?: string | Uint8Array
    }
  /** Closes the connection with a reset before any answer. */
  | { readonly kind: 'reset-before-head' }
  /** Announces `length` bytes, sends `bytes` of them, and resets. */
  | { readonly kind: 'reset-in-body'; readonly length: number; readonly bytes: number }
  /** Takes the request and never answers. */
  | { readonly kind: 'silent' }
  /** Sends the head and `bytes` of the body, then nothing more. */
  | { readonly kind: 'stall-in-body'; readonly bytes: number }
  /** Sends `chunks` pieces of `bytes` each, `everyMs` apart. */
  | { readonly kind: 'trickle'; readonly chunks: number; readonly bytes: number; readonly everyMs: number }
  /** Answers something that is not HTTP. */
  | { readonly kind: 'garbage' }
  /** Answers at once, without reading the request body. */
  | { readonly kind: 'early-reply'; readonly status: number }
  /** Sends response headers of this many bytes. */
  | { readonly kind: 'huge-headers'; readonly bytes: number }
  /** Whatever a function does. */
  | { readonly kind: 'custom'; readonly handle: (request: IncomingMessage, response: ServerResponse) => void }

/** A request as an upstream saw it. */
export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
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
    connections: () => new Promise((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count)))),
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

function act(behaviour: UpstreamBehaviour, request: IncomingMessage, response: ServerResponse, body: () => Buffer): void {
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
  const text = JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body: body.toString() })
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) })
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
