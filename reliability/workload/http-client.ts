/** Sends a request over HTTP/1.1 and keeps everything that came, well ended or not. */
import { type ClientRequest, type IncomingMessage, request as open } from 'node:http'
import { Readable } from 'node:stream'
import type { Case } from './kind.ts'

/** What to send. */
export interface Sending {
  readonly url: string
  /** Default: GET. */
  readonly method?: string
  /** Default: none. */
  readonly headers?: Readonly<Record<string, string | number>>
  /** Bytes at once, or pieces. Default: none. */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>
  /** Whether the connection is used once only. Default: false. */
  readonly close?: boolean
}

/** What came of it. */
export interface Answer {
  /** 0 when no answer began. */
  readonly status: number
  readonly headers: Readonly<IncomingMessage['headers']>
  /** What came of the body. */
  readonly body: Buffer
  /** Whether the end of the body came too: a cut that cannot be told from an end is the fault we look for. */
  readonly complete: boolean
  /** Code of the error that ended it. */
  readonly error?: string
  /** Informational responses before it. */
  readonly informational: number
}

/** What a caller may do while an exchange runs. */
export interface Watch {
  /** Called with the request once it is under way. */
  onSent?(request: ClientRequest): void
  /** Called with the response once its head is there. Whoever takes it reads the body. */
  onHead?(response: IncomingMessage): void
}

/** Sends a request; resolves with what came of it, whatever that was. */
export function send(given: Case, sending: Sending, watch: Watch = {}): Promise<Answer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let response: IncomingMessage | undefined
    let informational = 0
    const finish = (error?: NodeJS.ErrnoException): void => {
      resolve({
        status: response?.statusCode ?? 0,
        headers: response?.headers ?? {},
        body: Buffer.concat(chunks),
        complete: response?.complete === true && error === undefined,
        ...(error === undefined ? {} : { error: error.code ?? error.message }),
        informational,
      })
    }
    const request = open(sending.url, {
      method: sending.method ?? 'GET',
      headers: { ...sending.headers },
      agent: sending.close ? false : given.agent,
      signal: given.signal,
      maxHeaderSize: 131_072,
    })
    request.on('information', () => informational++)
    request.on('error', (error) => {
      // An upload that nobody reads to its end may break after the whole answer came: then the answer counts.
      if (!response) finish(error)
    })
    request.on('response', (incoming) => {
      response = incoming
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', finish)
      incoming.on('end', () => finish())
      // Destroyed from here, it ends without either.
      incoming.on('close', () => finish())
      watch.onHead?.(incoming)
    })
    write(request, sending.body)
    watch.onSent?.(request)
  })
}

function write(request: ClientRequest, body: Sending['body']): void {
  if (body === undefined || body instanceof Uint8Array) request.end(body)
  else {
    const source = Readable.from(body)
    source.on('error', () => request.destroy())
    request.on('close', () => source.destroy())
    source.pipe(request)
  }
}
