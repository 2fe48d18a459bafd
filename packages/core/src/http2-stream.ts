/** What both wires of HTTP/2 need to know about streams of node:http2 that its documentation does not say. */
import { constants, type Http2Stream } from 'node:http2'
import { Readable } from 'node:stream'

const WHOLE = Symbol('whole')

type WatchedStream = Http2Stream & { [WHOLE]?: boolean }

/**
 * Watches how a stream ends; call it before the stream can have ended. node:http2 emits `end` also for a stream that was
 * reset with NO_ERROR, as servers in Node do when their handler destroys a response: a body without a length would look
 * complete. What tells the two apart is whether the end was pushed before the stream counted as closed.
 */
export function watchEnd(stream: Http2Stream): void {
  stream.push = push
}

/** Whether END_STREAM came (RFC 9113 section 5.1), as far as is known when `end` is emitted. */
export function endedWhole(stream: Http2Stream): boolean {
  return (stream as WatchedStream)[WHOLE] === true
}

/** One function for all streams, so that watching costs none a closure. */
function push(this: Http2Stream, chunk: unknown, encoding?: BufferEncoding): boolean {
  if (chunk === null && !this.closed) (this as WatchedStream)[WHOLE] = true
  return Readable.prototype.push.call(this, chunk, encoding)
}

/**
 * Resets a stream. `close` alone would first end it, and an END_STREAM that slips out makes a cut body look complete; it also
 * ends the process with a failed assertion (`Http2Stream::OnTrailers`) where a stream that may have trailers is cancelled
 * while frames are being read.
 */
export function cutStream(stream: Http2Stream, code: number): void {
  if (stream.closed) return
  stream._final = withoutEnd
  // node:http2 keeps this code back while it reads frames, sometimes for ever.
  if (code === constants.NGHTTP2_CANCEL) setImmediate(closeNow, stream, code)
  else stream.close(code)
}

function withoutEnd(callback: () => void): void {
  callback()
}

function closeNow(stream: Http2Stream, code: number): void {
  stream.close(code)
}
