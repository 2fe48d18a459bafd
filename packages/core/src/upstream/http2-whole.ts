/**
 * Whether a stream ended or was cut. node:http2 emits `end` for a stream that was reset with NO_ERROR, too, as servers in
 * Node do when their handler destroys a response; a body without a length would look complete. What tells the two apart is
 * whether the end was pushed before the stream counted as closed.
 */
import type { Http2Stream } from 'node:http2'
import { Readable } from 'node:stream'

const WHOLE = Symbol('whole')

type WatchedStream = Http2Stream & { [WHOLE]?: boolean }

/** Watches for the end of a stream. Call it before the stream can have ended. */
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
