import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { RequestBehaviour } from './behaviour.ts'

/** A reset right behind a write may overtake it: what was sent before must have been read by then. */
const RESET_AFTER_MS = 20

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

/**
 * One request while an upstream behaves. node:http reads the request; the answer goes through its response, or, where
 * node:http would not write such a thing, through the socket.
 */
export class Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly socket: Socket
  readonly seen: SeenRequest
  /** Behaves as another behaviour does. */
  readonly follow: (behaviour: RequestBehaviour) => void
  readonly #chunks: Buffer[] = []
  #receives = false

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    act: (behaviour: RequestBehaviour, call: Call) => void,
  ) {
    this.request = request
    this.response = response
    this.socket = request.socket
    this.follow = (behaviour) => act(behaviour, this)
    request.on('error', () => {})
    response.on('error', () => {})
    this.seen = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      body: () => Buffer.concat(this.#chunks),
      aborted: () => request.destroyed && !request.complete,
    }
  }

  /** Reads the request body, as fast as it comes. */
  receive(): void {
    if (this.#receives || this.request.readableEnded) return
    this.#receives = true
    this.request.on('data', (chunk: Buffer) => this.keep(chunk))
  }

  /** Remembers a piece of the request body. */
  keep(chunk: Buffer): void {
    this.#chunks.push(chunk)
  }

  /** Runs when the request is complete, which it may be already. */
  whenComplete(then: () => void): void {
    if (this.request.readableEnded) then()
    else this.request.on('end', then)
  }

  /** Runs again and again until it returns false or the connection is gone. */
  every(everyMs: number, step: () => boolean): void {
    const timer = setInterval(() => {
      if (this.socket.destroyed || !step()) clearInterval(timer)
    }, everyMs)
    this.socket.once('close', () => clearInterval(timer))
  }

  /** Cuts the connection with a reset, after what was written before. */
  reset(written?: Uint8Array): void {
    if (written === undefined || written.length === 0) this.socket.resetAndDestroy()
    else this.socket.write(written, () => setTimeout(() => this.socket.resetAndDestroy(), RESET_AFTER_MS))
  }
}

/** The bytes of a response: lines of the head, and what follows. */
export function rawResponse(headers: readonly string[], body: string | Uint8Array = ''): Buffer {
  const head = `HTTP/1.1 200 OK\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`
  return Buffer.concat([
    Buffer.from(head, 'latin1'),
    typeof body === 'string' ? Buffer.from(body, 'latin1') : body,
  ])
}

/** A body of one letter. */
export function filler(bytes: number): Buffer {
  return Buffer.alloc(bytes, 'x')
}
