/** Answers that are complete, however odd. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RequestBehaviour } from './behaviour.ts'
import type { Call } from './call.ts'

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

/** Answers at once, without reading the request body. */
export interface EarlyReplyBehaviour {
  /** Says so. */
  readonly kind: 'early-reply'
  /** Status of the answer. */
  readonly status: number
  /** How the end of the answer is told: by `content-length`, or by a last chunk. Default: `length`. */
  readonly framing?: 'length' | 'chunked'
}

/** Sends informational responses before its answer, if ever it comes to that. */
export interface InformationalBehaviour {
  /** Says so. */
  readonly kind: 'informational'
  /** Status of each. Default: 103. */
  readonly status?: 102 | 103
  /** How many; `Infinity` never ends. Default: 100. */
  readonly count?: number
  /** What follows. Default: echo. */
  readonly next?: RequestBehaviour
}

/** Sends too large a response head. */
export interface HugeHeadersBehaviour {
  /** Says so. */
  readonly kind: 'huge-headers'
  /** Bytes of each header value. */
  readonly bytes: number
  /** Number of headers. Default: 1. */
  readonly count?: number
}

/** Echoes, then closes the connection that could have been kept. */
export interface CloseAfterAnswerBehaviour {
  /** Says so. */
  readonly kind: 'close-after-answer'
  /** Whether the answer says `connection: close`. Without, the other side learns of it too late. Default: false. */
  readonly announced?: boolean
}

/** Does whatever a function does. */
export interface CustomBehaviour {
  /** Says so. */
  readonly kind: 'custom'
  /** The handler. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void
}

/** 200 with a JSON description of the request. */
export function echo(call: Call): void {
  call.whenComplete(() => {
    const { method, url, headers, body } = call.seen
    const text = JSON.stringify({ method, url, headers, body: body().toString() })
    call.response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(text)),
    })
    call.response.end(text)
  })
}

/** Answers as told. */
export function answer(call: Call, { status = 200, headers = {}, body }: AnswerBehaviour): void {
  call.whenComplete(() => {
    call.response.writeHead(status, headers)
    call.response.end(body)
  })
}

/** Answers while the request body still comes. */
export function replyEarly({ response }: Call, { status, framing = 'length' }: EarlyReplyBehaviour): void {
  response.writeHead(status, framing === 'length' ? { 'content-length': '5' } : {})
  response.end('early')
}

/** Informational responses as fast as the connection takes them. */
export function sendInformational(
  { socket, follow }: Call,
  { status = 103, count = 100, next = { kind: 'echo' } }: InformationalBehaviour,
): void {
  const bytes = `HTTP/1.1 ${status} ${status === 102 ? 'Processing' : 'Early Hints\r\nlink: </a.css>; rel=preload'}\r\n\r\n`
  let left = count
  const send = (): void => {
    while (left-- > 0 && !socket.destroyed) {
      if (socket.write(bytes)) continue
      socket.once('drain', send)
      return
    }
    if (!socket.destroyed) follow(next)
  }
  send()
}

/** Headers without end. */
export function sendHugeHeaders({ response }: Call, { bytes, count = 1 }: HugeHeadersBehaviour): void {
  const headers = Array.from({ length: count }, (_, i) => [`x-huge-${i}`, 'x'.repeat(bytes)])
  response.writeHead(200, Object.fromEntries(headers) as Record<string, string>)
  response.end()
}

/** Echoes and closes. */
export function answerAndClose(call: Call, { announced = false }: CloseAfterAnswerBehaviour): void {
  if (announced) call.response.setHeader('connection', 'close')
  call.response.on('finish', () => call.socket.end())
  echo(call)
}
