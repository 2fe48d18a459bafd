/** `gateway.fetch`: a web standard `Request` in, a `Response` out, bodies streaming both ways. */
import { Readable } from 'node:stream'
import type { GatewayError } from '../errors.ts'
import { toFlatHeaders } from '../headers/list.ts'
import { checkStatus, isPhrase } from '../headers/response-head.ts'
import type { Flow, Sink } from '../seams.ts'
import type { VirtualRequest } from './virtual-head.ts'

/** Takes a Request apart. */
export function fromRequest(request: Request): VirtualRequest {
  const url = new URL(request.url)
  return {
    seat: 'fetch',
    method: request.method,
    scheme: url.protocol.slice(0, -1),
    authority: url.host,
    target: `${url.pathname}${url.search}`,
    headers: toFlatHeaders(request.headers),
    body: request.body === null ? null : Readable.fromWeb(request.body).on('error', ignore),
  }
}

/** A stream that fails when nobody reads it (a guard refused the call) would end the process. */
function ignore(): void {}

/** Statuses whose Response must have a null body (Fetch standard, null body status). */
const NULL_BODY = new Set([204, 205, 304])

/** Makes a Response of what the journey writes. */
export class ResponseSink implements Sink {
  flow: Flow | null = null
  /** The response, once its head is there. */
  readonly response: Promise<Response>
  readonly #resolve: (response: Response) => void
  readonly #reject: (error: unknown) => void
  readonly #onCancel: () => void
  readonly #method: string
  #stream: ReadableStreamDefaultController<Uint8Array> | null = null
  #ended = false

  /** @param onCancel called when the reader gives the body up. */
  constructor(method: string, onCancel: () => void) {
    const { promise, resolve, reject } = Promise.withResolvers<Response>()
    this.response = promise
    this.#resolve = resolve
    this.#reject = reject
    this.#method = method
    this.#onCancel = onCancel
  }

  /** A Response has no place for them. */
  inform(): void {}

  start(status: number, reason: string, headers: string[]): void {
    checkStatus(status)
    const statusText = isPhrase(reason) ? reason : ''
    const pairs: [string, string][] = []
    for (let i = 0; i < headers.length; i += 2) pairs.push([headers[i] as string, headers[i + 1] as string])
    const body = NULL_BODY.has(status) || this.#method === 'HEAD' ? null : this.#openBody()
    this.#resolve(new Response(body, { status, statusText, headers: pairs }))
  }

  write(chunk: Uint8Array): boolean {
    if (this.#ended || !this.#stream) return true
    // The chunk's memory may be the parser's: it belongs to the reader from here.
    this.#stream.enqueue(new Uint8Array(chunk))
    return (this.#stream.desiredSize ?? 1) > 0
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#stream?.close()
  }

  abort(error: GatewayError): void {
    this.fail(error)
  }

  /** Fails the call with a reason of the caller's own, such as an AbortError. */
  fail(error: unknown): void {
    if (this.#ended) return
    this.#ended = true
    this.#stream?.error(error)
    this.#reject(error)
  }

  #openBody(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#stream = controller
        },
        pull: () => {
          const flow = this.flow
          this.flow = null
          flow?.resume()
        },
        cancel: () => {
          this.#ended = true
          this.#onCancel()
        },
      },
      { highWaterMark: 65_536, size: (chunk) => chunk?.byteLength ?? 0 },
    )
  }
}
