/** Answers that end too early, too late or not at all. */
import { type Call, filler, rawResponse } from './call.ts'

/** Resets after so many bytes of the response, its head included. */
export interface ResetAtBehaviour {
  /** Says so. */
  readonly kind: 'reset-at'
  /** Bytes that are sent. 0 resets before the head, which has 63 bytes and the digits of `length`. */
  readonly bytes: number
  /** Announced `content-length`. Default: 1000. */
  readonly length?: number
}

/** Announces more than it sends, then resets. */
export interface ResetInBodyBehaviour {
  /** Says so. */
  readonly kind: 'reset-in-body'
  /** Announced `content-length`. */
  readonly length: number
  /** Bytes that are sent. */
  readonly bytes: number
}

/** Sends a part of the head, then nothing more. To send nothing at all is `silent`. */
export interface StallInHeadBehaviour {
  /** Says so. */
  readonly kind: 'stall-in-head'
}

/** Sends the head and a part of the body, then nothing more. */
export interface StallBehaviour {
  /** Says so. */
  readonly kind: 'stall-in-body'
  /** Bytes that are sent. */
  readonly bytes: number
}

/** Announces one length and sends another, then closes without a reset. */
export interface WrongLengthBehaviour {
  /** Says so. */
  readonly kind: 'wrong-length'
  /** Announced `content-length`. */
  readonly length: number
  /** Bytes that are sent: fewer, or more. */
  readonly bytes: number
}

/** Says that nothing more comes (FIN), and goes on reading. */
export interface HalfCloseBehaviour {
  /** Says so. */
  readonly kind: 'half-close'
  /** When: without any answer, in the middle of a body of known length, or behind a complete answer. */
  readonly at: 'before-answer' | 'in-body' | 'after-answer'
}

/** What `reset-at` cuts. */
function plainResponse(length: number): Buffer {
  return rawResponse(['content-type: text/plain', `content-length: ${length}`], filler(length))
}

/** Cuts a response anywhere. */
export function resetAt(call: Call, { bytes, length = 1_000 }: ResetAtBehaviour): void {
  call.reset(plainResponse(length).subarray(0, bytes))
}

/** Cuts a body. */
export function resetInBody(call: Call, { length, bytes }: ResetInBodyBehaviour): void {
  call.reset(rawResponse([`content-length: ${length}`], filler(bytes)))
}

/** Half a head. */
export function stallInHead({ socket }: Call): void {
  socket.write('HTTP/1.1 200 OK\r\ncontent-ty')
}

/** Half a body. */
export function stallInBody({ response }: Call, { bytes }: StallBehaviour): void {
  response.writeHead(200, { 'content-type': 'text/plain' })
  response.write(filler(bytes))
}

/** Another length than it says. */
export function sendWrongLength({ socket }: Call, { length, bytes }: WrongLengthBehaviour): void {
  socket.end(rawResponse([`content-length: ${length}`], filler(bytes)))
}

/** Closes its own side only. */
export function halfClose(call: Call, { at }: HalfCloseBehaviour): void {
  const { socket } = call
  if (at === 'before-answer') socket.end()
  else if (at === 'in-body') socket.end(rawResponse(['content-length: 10'], filler(5)))
  else call.whenComplete(() => socket.end(rawResponse(['content-length: 5'], filler(5))))
}
