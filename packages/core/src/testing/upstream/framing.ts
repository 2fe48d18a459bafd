/** Answers that break the grammar of HTTP/1.1 messages. */
import { type Call, rawResponse } from './call.ts'

/** Sends a good chunk, then breaks the chunked coding (RFC 9112 section 7.1). */
export interface BadChunkBehaviour {
  /** Says so. */
  readonly kind: 'bad-chunk'
  /**
   * `size`: the next size is no number. `cut`: the next chunk is shorter than its size, and the connection closes.
   * `no-last`: the connection closes without the last chunk.
   */
  readonly fault: 'size' | 'cut' | 'no-last'
}

/** Sends a head whose length can be read in two ways (RFC 9112 section 6.3), and a body for one of them. */
export interface AmbiguousLengthBehaviour {
  /** Says so. */
  readonly kind: 'ambiguous-length'
  /** `repeated`: the same `content-length` twice. `different`: two of them. `chunked`: one beside `transfer-encoding`. */
  readonly lengths: 'repeated' | 'different' | 'chunked'
}

/** Writes exact bytes, whatever they are. */
export interface BytesBehaviour {
  /** Says so. */
  readonly kind: 'bytes'
  /** The bytes; a string is latin1. */
  readonly bytes: string | Uint8Array
  /** What becomes of the connection. Default: `keep`. */
  readonly end?: 'keep' | 'close' | 'reset'
}

const BROKEN: Readonly<Record<BadChunkBehaviour['fault'], string>> = {
  size: 'zz\r\nabc\r\n',
  cut: 'a\r\nabc',
  'no-last': '',
}

const LENGTHS: Readonly<
  Record<AmbiguousLengthBehaviour['lengths'], readonly [headers: string[], body: string]>
> = {
  repeated: [['content-length: 5', 'content-length: 5'], 'hello'],
  different: [['content-length: 5', 'content-length: 4'], 'hello'],
  chunked: [['content-length: 3', 'transfer-encoding: chunked'], '5\r\nhello\r\n0\r\n\r\n'],
}

/** Chunks that are none. */
export function sendBadChunk({ socket }: Call, { fault }: BadChunkBehaviour): void {
  const bytes = rawResponse(['transfer-encoding: chunked'], `3\r\nabc\r\n${BROKEN[fault]}`)
  if (fault === 'size') socket.write(bytes)
  else socket.end(bytes)
}

/** One length too many. */
export function sendAmbiguousLength({ socket }: Call, { lengths }: AmbiguousLengthBehaviour): void {
  socket.write(rawResponse(...LENGTHS[lengths]))
}

/** Another protocol. */
export function sendGarbage({ socket }: Call): void {
  socket.end('SSH-2.0-OpenSSH_9.2\r\n\r\n')
}

/** Exact bytes. */
export function sendBytes(call: Call, { bytes, end = 'keep' }: BytesBehaviour): void {
  const exact = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes
  if (end === 'reset') call.reset(exact)
  else if (end === 'close') call.socket.end(exact)
  else call.socket.write(exact)
}
