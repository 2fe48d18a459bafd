/** Upstreams that take their time. */
import type { RequestBehaviour } from './behaviour.ts'
import { type Call, filler, rawResponse } from './call.ts'

/** Sends a body slowly. */
export interface TrickleBehaviour {
  /** Says so. */
  readonly kind: 'trickle'
  /** Number of pieces. */
  readonly chunks: number
  /** Bytes of each. */
  readonly bytes: number
  /** Milliseconds between two. */
  readonly everyMs: number
}

/** Sends a head of 57 bytes byte by byte, then a body of 5 bytes, and closes. */
export interface TrickleHeadBehaviour {
  /** Says so. */
  readonly kind: 'trickle-head'
  /** Milliseconds between two bytes. */
  readonly everyMs: number
}

/** Takes the request body slowly. */
export interface SlowReaderBehaviour {
  /** Says so. */
  readonly kind: 'slow-reader'
  /** Bytes that are taken at a time. */
  readonly bytes: number
  /** Milliseconds between two takes. */
  readonly everyMs: number
  /** What follows when the whole body is there. Default: echo. */
  readonly next?: RequestBehaviour
}

/**
 * Accepts connections, for that is the kernel's work, and looks at them only after a while. A connection that is closed
 * meanwhile counts as open until then.
 */
export interface SlowAcceptBehaviour {
  /** Says so. */
  readonly kind: 'slow-accept'
  /** Milliseconds from the connection until its first byte is read. */
  readonly delayMs: number
  /** What follows, for each request. Default: echo. */
  readonly next?: RequestBehaviour
}

/** A slow body. */
export function trickle(call: Call, { chunks, bytes, everyMs }: TrickleBehaviour): void {
  const { response } = call
  response.writeHead(200, { 'content-type': 'text/plain' })
  response.flushHeaders()
  let left = chunks
  call.every(everyMs, () => {
    if (left-- > 0) response.write(filler(bytes))
    else response.end()
    return left >= 0
  })
}

/** A slow head. */
export function trickleHead(call: Call, { everyMs }: TrickleHeadBehaviour): void {
  const { socket } = call
  const bytes = rawResponse(['content-length: 5', 'connection: close'], filler(5))
  let at = 0
  call.every(everyMs, () => {
    const inHead = bytes.length - at > 5
    const end = inHead ? at + 1 : bytes.length
    socket.write(bytes.subarray(at, end))
    at = end
    if (at === bytes.length) socket.end()
    return at < bytes.length
  })
}

/** A slow upload. */
export function readSlowly(
  call: Call,
  { bytes, everyMs, next = { kind: 'echo' } }: SlowReaderBehaviour,
): void {
  const { request } = call
  call.every(everyMs, () => {
    // Less than asked for is left only at the end of the body.
    const chunk = (request.read(bytes) ?? (request.complete ? request.read() : null)) as Buffer | null
    if (chunk) call.keep(chunk)
    return !request.readableEnded
  })
  request.once('end', () => call.follow(next))
}
