import { constants, type ServerHttp2Stream, type ServerStreamResponseOptions } from 'node:http2'
import { GatewayError } from '../errors.ts'
import { getHeader, sameName, setHeader, toHeaderObject } from '../headers/list.ts'
import { checkStatus } from '../headers/response-head.ts'
import { cutStream } from '../http2-stream.ts'
import { validateHeaderName, validateHeaderValue } from '../node-http.ts'
import type { Flow, Sink } from '../seams.ts'

const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR } = constants
/** How often it is looked whether the end of an early answer is written. */
const FLUSH_MS = 20
/** Headers of a connection, which HTTP/2 has not (RFC 9113 section 8.2.2). */
const OF_CONNECTION = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])

/** Writes a response to an HTTP/2 stream. */
export class Http2Sink implements Sink {
  flow: Flow | null = null
  private readonly stream: ServerHttp2Stream
  private readonly idleMs: number
  /** The head while it waits for the end of the turn. */
  private head: string[] | null = null
  /** Bytes that `content-length` still announces; -1 when unknown. */
  private remaining = -1
  private mayHaveTrailers = true
  private trailers: readonly string[] = []
  /** Whether the status allows no body: whatever an upstream sends as one is left out (RFC 9110 section 15.3.6). */
  private bodiless = false
  private ended = false
  private drains = false

  /** @param idleMs how long a client may take none of a response that waits in memory; 0 for ever. */
  constructor(stream: ServerHttp2Stream, idleMs: number) {
    this.stream = stream
    this.idleMs = idleMs
    // Unheard, a reset of the stream would end the process; `close` tells the rest.
    stream.on('error', ignore)
    if (stream.endAfterHeaders) keepsItsEnd(stream)
  }

  /** Says when the client goes away before the response is complete. */
  onClose(aborted: (error: GatewayError) => void): void {
    this.stream.once('close', () => {
      // A reset ends the writable side, too: that it is finished says nothing.
      if (!this.ended || this.stream.rstCode !== NGHTTP2_NO_ERROR)
        aborted(new GatewayError('GW_CLIENT_ABORTED'))
    })
  }

  inform(status: number, headers: string[]): void {
    if (this.head || this.stream.headersSent || this.stream.closed || status < 102) return
    this.stream.additionalHeaders({ ':status': status, ...toHeaderObject(headers) })
  }

  start(status: number, _reason: string, headers: string[]): void {
    checkStatus(status)
    const head = [':status', String(status)]
    let announcesTrailers = false
    this.bodiless = status === 204 || status === 205 || status === 304
    for (let i = 0; i < headers.length; i += 2) {
      const name = (headers[i] as string).toLowerCase()
      const value = headers[i + 1] as string
      if (OF_CONNECTION.has(name)) continue
      // nghttp2 would send what HTTP/1.1 cannot carry, and the next hop would split it.
      validateHeaderName(name)
      validateHeaderValue(name, value)
      if (sameName(name, 'content-length')) {
        if (status === 205) continue
        this.remaining = Number(value)
      } else if (name === 'trailer') announcesTrailers = true
      head.push(name, value)
    }
    // Each response that may have trailers costs a frame more. With a length and no announcement it has none.
    this.mayHaveTrailers = (this.remaining < 0 || announcesTrailers) && !this.bodiless
    // Kept for this turn: a head that is the end too is sent as one frame, and for gRPC that means something else.
    this.head = head
    process.nextTick(sendHeadOf, this)
  }

  write(chunk: Uint8Array): boolean {
    if (this.stream.destroyed || this.bodiless) return true
    this.sendHead(false)
    if (this.remaining >= 0) this.remaining -= chunk.length
    if (this.remaining === 0 && !this.mayHaveTrailers) {
      this.finish(chunk)
      return true
    }
    if (this.stream.write(chunk)) return true
    if (!this.drains) {
      this.drains = true
      this.stream.on('drain', () => this.drained())
    }
    return false
  }

  end(trailers: readonly string[]): void {
    if (this.ended || this.stream.destroyed) return
    this.trailers = this.mayHaveTrailers ? trailers : []
    this.sendHead(this.trailers.length === 0)
    this.finish()
  }

  abort(error: GatewayError): void {
    if (this.ended) return
    this.ended = true
    this.head = null
    cutStream(this.stream, error.source === 'client' ? NGHTTP2_CANCEL : NGHTTP2_INTERNAL_ERROR)
  }

  /** Sends the head, unless it was sent before. */
  sendHead(isEnd: boolean): void {
    const { head, stream } = this
    if (!head) return
    this.head = null
    if (stream.closed || stream.destroyed) return
    try {
      respond(stream, head, { endStream: isEnd, waitForTrailers: !isEnd && this.mayHaveTrailers })
    } catch {
      // Told too late for an answer of another kind; the client must not wait.
      this.ended = true
      cutStream(stream, NGHTTP2_INTERNAL_ERROR)
      return
    }
    if (!isEnd && this.mayHaveTrailers) stream.once('wantTrailers', () => this.sendTrailers())
  }

  private finish(chunk?: Uint8Array): void {
    this.ended = true
    const { stream } = this
    if (stream.closed || stream.destroyed) return
    keepsItsEnd(stream)
    // Trailers are still to come when the body is finished.
    if (stream.writableFinished) this.stopUpload()
    else if (!this.mayHaveTrailers) stream.once('finish', () => this.stopUpload())
    if (chunk) stream.end(chunk)
    else stream.end()
    // Most of what is written now is gone after this turn, and then nothing needs watching.
    if (stream.writableLength > 0 && this.idleMs > 0) setImmediate(watchFlushOf, this)
  }

  private sendTrailers(): void {
    const { stream } = this
    try {
      stream.sendTrailers(toHeaderObject(this.trailers))
    } catch {
      // Trailers that cannot be written must not end the process; without them the client must not think all is well.
      cutStream(stream, NGHTTP2_INTERNAL_ERROR)
      return
    }
    // node:http2 sends them in an immediate of its own.
    if (!stream.readableEnded) setImmediate(stopUploadOf, this)
  }

  /** Nobody reads what the client still sends, and it has its answer (RFC 9113 section 8.1). */
  stopUpload(): void {
    const { stream } = this
    if (stream.readableEnded || stream.closed) return
    // Unread, the rest would keep the stream from closing.
    stream.resume()
    if (stream.endAfterHeaders) return
    // A reset overtakes whatever still waits to be written, the end of the answer too.
    if (stream.state.localClose === 1) stream.close(NGHTTP2_NO_ERROR)
    else setTimeout(stopUploadOf, FLUSH_MS, this)
  }

  private drained(): void {
    const flow = this.flow
    this.flow = null
    flow?.resume()
  }

  /** A client that takes nothing of the end of a response would hold its stream for ever. */
  watchFlush(): void {
    const { stream } = this
    if (stream.writableLength === 0 || stream.closed) return
    let before = stream.writableLength
    const timer = setInterval(() => {
      if (stream.writableLength === before) cutStream(stream, NGHTTP2_CANCEL)
      before = stream.writableLength
    }, this.idleMs)
    stream.once('close', () => clearInterval(timer))
  }
}

/** Node 22 writes no field twice that stands for one value: there the first one counts. */
function respond(stream: ServerHttp2Stream, head: string[], options: ServerStreamResponseOptions): void {
  try {
    stream.respond(head, options)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const repeated = code === 'ERR_HTTP2_HEADER_SINGLE_VALUE' ? /"([^"]+)"/.exec(message)?.[1] : undefined
    if (repeated === undefined) throw error
    setHeader(head, repeated, getHeader(head, repeated) as string)
    respond(stream, head, options)
  }
}

/**
 * node:http2 resets a stream whose request nobody reads as soon as its response is written, and under flow control the reset
 * arrives in place of the END_STREAM.
 */
function keepsItsEnd(stream: ServerHttp2Stream): void {
  if (stream.readableFlowing === null) stream.resume()
}

function watchFlushOf(sink: Http2Sink): void {
  sink.watchFlush()
}

function stopUploadOf(sink: Http2Sink): void {
  sink.stopUpload()
}

function sendHeadOf(sink: Http2Sink): void {
  sink.sendHead(false)
}

function ignore(): void {}
