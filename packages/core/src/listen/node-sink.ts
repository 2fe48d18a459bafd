import type { IncomingMessage, ServerResponse } from 'node:http'
import { cutConnection } from '../connections.ts'
import { GatewayError } from '../errors.ts'
import { removeHeader, sameName } from '../headers/list.ts'
import { hasNoContent, isPhrase } from '../headers/response-head.ts'
import { checkHeaders, STATUS_CODES } from '../node-http.ts'
import type { Flow, Sink } from '../seams.ts'
import { closeLingering } from './linger.ts'

/** Unread request bodies up to this size are read and thrown away to keep the connection. */
const DISCARD_BYTES = 65_536

const NOTHING = Buffer.alloc(0)

/** What a sink needs of the gateway that it belongs to. */
export interface SinkContext {
  /** Whether the gateway drains: then every response ends its connection. */
  readonly closing: boolean
  /** How long a client may take none of a response that waits in memory; 0 for ever. */
  readonly idleMs: number
}

/** What node:http notes of a client that waits for a 100. */
type ContinueState = ServerResponse & { _expect_continue?: boolean; _sent100?: boolean }

/** Writes a response through node:http. */
export class NodeSink implements Sink {
  flow: Flow | null = null
  private readonly request: IncomingMessage
  protected response: ServerResponse
  private readonly context: SinkContext
  /** Bytes that `content-length` still announces; -1 when unknown. */
  private remaining = -1
  private ended = false
  /** Whether node:http still keeps the head. */
  private headWaits = false
  private draining = false
  private awaitsContinue = false

  constructor(request: IncomingMessage, response: ServerResponse, context: SinkContext) {
    this.request = request
    this.response = response
    this.context = context
  }

  /** Says when the client goes away before the response is complete. */
  onClose(aborted: (error: GatewayError) => void): void {
    this.response.on('close', () => {
      if (!this.response.writableFinished) aborted(new GatewayError('GW_CLIENT_ABORTED'))
    })
  }

  /** Writes to this response from here on; it stands for the same one. */
  answerThrough(response: ServerResponse): void {
    this.response = response
  }

  /**
   * Where the client waits for a 100 before it sends its body (RFC 9110 section 10.1.1), and nobody sent one: it gets one
   * when somebody wants the body, which is after the guards; a refusal comes without, and the body is never sent.
   */
  promiseContinue(): void {
    const { _expect_continue: expected, _sent100: sent } = this.response as ContinueState
    if (!expected || sent) return
    this.awaitsContinue = true
    this.request.once('resume', () => {
      if (this.response.headersSent || this.response.destroyed) return
      this.awaitsContinue = false
      this.response.writeContinue()
    })
  }

  inform(status: number, headers: string[]): void {
    // HTTP/1.0 has no informational responses, and 100 and 101 are between two hops only.
    if (this.request.httpVersionMinor === 0 || this.response.headersSent || status < 102) return
    // Came with Node 24.18 and 26.2. Before, only early hints can be sent.
    if (typeof this.response.writeInformation === 'function') this.response.writeInformation(status, headers)
    else if (status === 103) this.response.writeEarlyHints(toHints(headers))
  }

  start(status: number, reason: string, headers: string[]): void {
    this.remaining = announcedLength(headers)
    // node:http refuses to announce trailers that it has no place for.
    if (this.remaining >= 0 || this.isUnchunked(status)) removeHeader(headers, 'trailer')
    if (this.context.closing || this.leavesBodyBehind()) headers.push('connection', 'close')
    // node:http settles on a response without a body before it looks at the headers: an error in its place could have none.
    if (status === 204 || status === 304) checkHeaders(headers)
    // An upstream's phrase may hold bytes that node:http refuses. Without one, it would take that of a head that failed before.
    const phrase = reason !== '' && isPhrase(reason) ? reason : (STATUS_CODES[status] ?? '')
    this.response.writeHead(status, phrase, headers)
    this.headWaits = true
    process.nextTick(sendWaitingHead, this)
  }

  /**
   * node:http keeps a head until the body begins. A short response is whole within the turn of its head and leaves in
   * one write; any other must not wait: an event stream may have nothing to say for hours.
   */
  sendWaitingHead(): void {
    // Not `flushHeaders`: it writes the head as UTF-8, and bytes above ASCII become two.
    if (this.headWaits) this.response.write(NOTHING)
  }

  write(chunk: Uint8Array): boolean {
    this.headWaits = false
    if (this.remaining >= 0) {
      this.remaining -= chunk.length
      // Head, body and end leave in one write when the whole response is known.
      if (this.remaining <= 0) {
        this.finish(chunk)
        return true
      }
    }
    if (this.response.write(chunk)) return true
    if (!this.draining) {
      this.draining = true
      this.response.once('drain', () => this.drained())
    }
    return false
  }

  end(trailers: readonly string[]): void {
    if (this.ended) return
    if (trailers.length > 0) this.response.addTrailers(toPairs(trailers))
    this.finish()
  }

  abort(): void {
    if (this.ended) return
    this.ended = true
    this.headWaits = false
    // Without a clean end the client can tell: a missing last chunk, a short body, or no answer at all. Where the end of
    // the connection is the end of the body (HTTP/1.0), only a reset tells.
    const { socket } = this.request
    if (this.response.headersSent && !this.response.chunkedEncoding && this.remaining < 0) {
      cutConnection(socket)
      return
    }
    this.response.destroy()
    socket.destroy()
  }

  private finish(chunk?: Uint8Array): void {
    this.ended = true
    this.headWaits = false
    if (this.leavesBodyBehind()) {
      const { request } = this
      // What node:http calls after the last answer of a connection: the answer is out, the rest of the upload is not in.
      request.socket.destroySoon = () => closeLingering(request.socket)
      request.resume()
    }
    this.response.end(chunk)
    this.watchFlush()
  }

  private drained(): void {
    this.draining = false
    const flow = this.flow
    this.flow = null
    flow?.resume()
  }

  /** Whether the response has no chunks, whatever its headers say. */
  private isUnchunked(status: number): boolean {
    const { method, httpVersionMinor } = this.request
    return hasNoContent(method, status) || httpVersionMinor === 0
  }

  /** Whether the client still sends a body that nobody will read and that is too long to throw away. */
  private leavesBodyBehind(): boolean {
    const request = this.request
    if (request.complete || request.readableEnded) return false
    // Whether the client sends the body after all, nobody knows: what follows could be read as the next request.
    if (this.awaitsContinue) return true
    // A refusal may come before the parser has seen the end of a request without a body: that is not a body left behind.
    return (
      request.headers['transfer-encoding'] !== undefined ||
      Number(request.headers['content-length'] ?? 0) > DISCARD_BYTES
    )
  }

  /** A client that stops reading the end of a response would hold its connection for ever. */
  private watchFlush(): void {
    const { socket } = this.request
    const { idleMs } = this.context
    if (socket.writableLength === 0 || idleMs === 0) return
    let before = socket.bytesWritten - socket.writableLength
    const timer = setInterval(() => {
      const flushed = socket.bytesWritten - socket.writableLength
      if (flushed === before) socket.destroy()
      before = flushed
    }, idleMs)
    this.response.once('close', () => clearInterval(timer))
  }
}

/** One function for all sinks: a closure would be made for each response. */
function sendWaitingHead(sink: NodeSink): void {
  sink.sendWaitingHead()
}

function announcedLength(headers: readonly string[]): number {
  for (let i = 0; i < headers.length; i += 2) {
    if (sameName(headers[i] as string, 'content-length')) return Number(headers[i + 1])
  }
  return -1
}

/** Early hints as node:http takes them: `link` as a list. */
function toHints(flat: readonly string[]): Record<string, string | string[]> {
  const hints: Record<string, string | string[]> = {}
  const links: string[] = []
  for (let i = 0; i < flat.length; i += 2) {
    const name = (flat[i] as string).toLowerCase()
    if (name === 'link') links.push(flat[i + 1] as string)
    else hints[name] = flat[i + 1] as string
  }
  return { ...hints, link: links }
}

function toPairs(flat: readonly string[]): [string, string][] {
  const pairs: [string, string][] = []
  for (let i = 0; i < flat.length; i += 2) pairs.push([flat[i] as string, flat[i + 1] as string])
  return pairs
}
