/** Sends attempts over HTTP/2, through the stream API of node:http2, which carries trailers both ways. */
import { type ClientHttp2Stream, constants } from 'node:http2'
import { GatewayError } from '../errors.ts'
import { sameName, toHeaderObject } from '../headers/list.ts'
import { fromHttp2Response, hasNoContent, toTrailers } from '../headers/response-head.ts'
import { cutStream, endedWhole, watchEnd } from '../http2-stream.ts'
import { validateHeaderName, validateHeaderValue } from '../node-http.ts'
import type { BodyStream, Egress, EgressControl, EgressRequest, Receiver } from '../seams.ts'
import type { UpstreamEndpoint } from './endpoint.ts'
import type { Http2Sessions, StreamTaker, UpstreamSession } from './http2-sessions.ts'
import { UpstreamBody } from './request-body.ts'

const { NGHTTP2_CANCEL, NGHTTP2_REFUSED_STREAM, NGHTTP2_FLAG_END_STREAM } = constants

/** The egress of endpoints that speak HTTP/2. */
export class Http2Egress implements Egress {
  /** How long a connection may take to open at most. */
  private readonly connectMs: number

  constructor(connectMs: number) {
    this.connectMs = connectMs
  }

  send(request: EgressRequest, receiver: Receiver): void {
    const endpoint = request.endpoint as UpstreamEndpoint
    new Http2Attempt(request, receiver, endpoint.connections(this.connectMs).sessions).begin()
  }
}

/** One stream, from the search for a connection to its end. */
class Http2Attempt implements StreamTaker, EgressControl {
  private readonly request: EgressRequest
  private readonly receiver: Receiver
  private readonly sessions: Http2Sessions
  private session: UpstreamSession | null = null
  private stream: ClientHttp2Stream | null = null
  private trailers: readonly string[] = []
  /** The head of an answer without content: node:http2 resets the stream if any comes, which must not cut an answer. */
  private heldHead: { readonly status: number; readonly raw: string[] } | null = null
  private over = false
  private answered = false
  private refusedBefore = false

  constructor(request: EgressRequest, receiver: Receiver, sessions: Http2Sessions) {
    this.request = request
    this.receiver = receiver
    this.sessions = sessions
  }

  begin(): void {
    this.sessions.take(this)
  }

  onNoSession(error: unknown): void {
    this.fail(error)
  }

  onSession(session: UpstreamSession): void {
    this.session = session
    if (!this.refusedBefore) this.receiver.onConnected(this)
    // Abandoned while the connection opened: the upstream need not hear of it.
    if (this.over) {
      this.sessions.release(session)
      return
    }
    try {
      this.open(session)
    } catch (error) {
      this.sessions.release(session)
      this.fail(error)
      return
    }
    this.sendBody()
  }

  pause(): void {
    this.stream?.pause()
  }

  resume(): void {
    this.stream?.resume()
  }

  abort(error: GatewayError): void {
    if (this.over) return
    this.over = true
    this.sessions.forget(this)
    if (this.stream) cutStream(this.stream, NGHTTP2_CANCEL)
    if (this.session && error.status === 504) this.sessions.suspect(this.session)
  }

  private open(session: UpstreamSession): void {
    const { request } = this
    const stream = session.http2.request(requestHeaders(request), {
      endStream: request.body === null,
      waitForTrailers: isStream(request.body),
    })
    this.stream = stream
    watchEnd(stream)
    stream.on('headers', (_head, _flags, raw) => this.onInformation(raw))
    stream.on('response', (head, flags, raw) => {
      this.onResponse(Number(head[':status']), flags, raw)
    })
    stream.on('trailers', (_head, _flags, raw) => {
      this.trailers = toTrailers(raw)
    })
    stream.on('data', (chunk: Buffer) => {
      if (!this.over) this.receiver.onData(chunk)
    })
    stream.on('end', () => this.onEnd(stream))
    stream.on('error', (error) => this.fail(error))
    stream.once('close', () => {
      this.sessions.release(session)
      this.onClose(stream)
    })
  }

  private sendBody(): void {
    const { body } = this.request
    const stream = this.stream as ClientHttp2Stream
    if (body === null) return
    if (!isStream(body)) {
      stream.end(body, () => this.receiver.onRequestSent())
      return
    }
    stream.once('wantTrailers', () => sendTrailers(stream, body))
    stream.once('finish', () => this.receiver.onRequestSent())
    body.once('error', (error) => {
      this.fail(error)
      cutStream(stream, NGHTTP2_CANCEL)
    })
    body.pipe(stream)
  }

  private onInformation(raw: string[]): void {
    if (!this.over)
      this.receiver.onInformation(Number(raw[raw.indexOf(':status') + 1]), fromHttp2Response(raw))
  }

  private onResponse(status: number, flags: number, raw: string[]): void {
    if (this.over) return
    this.answered = true
    const isEnd = (flags & NGHTTP2_FLAG_END_STREAM) !== 0
    if (!isEnd && hasNoContent(this.request.method, status)) {
      this.heldHead = { status, raw }
      return
    }
    this.receiver.onHead(status, '', fromHttp2Response(raw))
    // Head and end in one turn: for gRPC a head that is the end says something else than one before an empty body.
    if (isEnd) this.complete()
  }

  private onEnd(stream: ClientHttp2Stream): void {
    // What did not end whole was reset; `close` says with which code.
    if (!this.over && this.answered && endedWhole(stream)) this.complete()
  }

  private complete(): void {
    const { heldHead } = this
    if (heldHead) this.receiver.onHead(heldHead.status, '', fromHttp2Response(heldHead.raw))
    this.over = true
    const { body } = this.request
    const stream = this.stream as ClientHttp2Stream
    this.receiver.onEnd(this.trailers)
    // An early answer: nobody wants the rest of the request. Without an error, some servers would take it for complete.
    if (isStream(body) && !body.readableEnded) cutStream(stream, NGHTTP2_CANCEL)
    stream.resume()
  }

  private onClose(stream: ClientHttp2Stream): void {
    if (this.over) return
    if (stream.rstCode === NGHTTP2_REFUSED_STREAM && this.mayRepeat()) {
      this.refusedBefore = true
      this.sessions.take(this)
      return
    }
    this.fail(resetError(stream.rstCode))
  }

  /** A refused stream was not processed (RFC 9113 section 8.7): sending it again is safe while its body is whole. */
  private mayRepeat(): boolean {
    const { body } = this.request
    const intact = !isStream(body) || (body instanceof UpstreamBody && !body.readableDidRead)
    return intact && !this.refusedBefore && !this.answered
  }

  private fail(error: unknown): void {
    if (this.over) return
    // Of a reset, `close` says more: its code tells what it means, and whether it may be repeated.
    if ((error as { code?: string }).code === 'ERR_HTTP2_STREAM_ERROR') return
    this.over = true
    this.receiver.onFailure(error)
  }
}

function isStream(body: EgressRequest['body']): body is BodyStream {
  return body !== null && !(body instanceof Uint8Array)
}

function sendTrailers(stream: ClientHttp2Stream, { rawTrailers = [] }: BodyStream): void {
  try {
    stream.sendTrailers(toHeaderObject(rawTrailers))
  } catch {
    // What cannot be written must not end the process, and the request is complete without.
    stream.sendTrailers({})
  }
}

const RESETS: readonly string[] = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
]

function resetError(rstCode: number): Error {
  const name = RESETS[rstCode] ?? rstCode
  return Object.assign(new Error(`The stream was reset with ${name}`), { code: `H2_${name}` })
}

/** The head of a request as node:http2 takes it: pseudo-headers first (RFC 9113 section 8.3.1). */
function requestHeaders({ endpoint, method, target, headers }: EgressRequest): string[] {
  if (!endpoint) throw new GatewayError('GW_UPSTREAM_NO_ENDPOINT')
  validateHeaderValue(':path', target)
  const scheme = endpoint.origin.slice(0, endpoint.origin.indexOf(':'))
  const head = [':method', method, ':scheme', scheme, ':authority', endpoint.authority, ':path', target]
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    const value = headers[i + 1] as string
    // nghttp2 sends whatever it is given; a NUL in a plugin's header would begin another one.
    validateHeaderName(name)
    validateHeaderValue(name, value)
    // A plugin that sets the host means this one: the two must not differ (section 8.3.1).
    if (sameName(name, 'host')) head[5] = value
    else head.push(name, value)
  }
  // This hop takes trailers, whatever the client's does (RFC 9110 section 10.1.4).
  head.push('te', 'trailers')
  return head
}
