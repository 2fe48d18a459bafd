/** HTTP/2 by hand (RFC 9113 section 4, RFC 7541): frames that no library would send, and what came back. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { until } from '../../src/testing.ts'

export const DATA = 0
export const HEADERS = 1
export const RST_STREAM = 3
export const SETTINGS = 4
export const PING = 6
export const GOAWAY = 7
export const WINDOW_UPDATE = 8
export const CONTINUATION = 9
export const END_STREAM = 1
export const END_HEADERS = 4
const ACK = 1
/** What a frame may hold unless the other side allows more. */
const FRAME_BYTES = 16_384
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

export interface Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

/** One side of a connection. Answers SETTINGS and PING unless told not to. */
export class RawPeer {
  readonly socket: Socket
  readonly frames: Frame[] = []
  closed = false
  answers = true
  onFrame: (frame: Frame) => void = () => {}
  #bytes: Buffer = Buffer.alloc(0)
  #prefaceBytes: number

  constructor(socket: Socket, isServer: boolean) {
    this.socket = socket
    this.#prefaceBytes = isServer ? PREFACE.length : 0
    socket.on('error', () => {})
    socket.on('close', () => {
      this.closed = true
    })
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
  }

  /** A client on a port of 127.0.0.1 that sent its preface and allows much to be sent. */
  static async open(port: number): Promise<RawPeer> {
    const peer = new RawPeer(connect({ port, host: '127.0.0.1', noDelay: true }), false)
    await once(peer.socket, 'connect')
    peer.socket.write(PREFACE)
    peer.settings([4, 16_777_216])
    peer.frame(WINDOW_UPDATE, 0, 0, uint32(1_073_741_824))
    return peer
  }

  frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): void {
    if (!this.socket.destroyed) this.socket.write(encodeFrame(type, flags, stream, payload))
  }

  /** Pairs of identifier and value. */
  settings(...pairs: [number, number][]): void {
    const payload = Buffer.concat(pairs.map(([id, value]) => Buffer.concat([uint16(id), uint32(value)])))
    this.frame(SETTINGS, 0, 0, payload)
  }

  /** A head, in as many frames as it needs. */
  headers(stream: number, flat: readonly string[], flags = END_HEADERS | END_STREAM): void {
    const block = headerBlock(flat)
    const fits = block.length <= FRAME_BYTES
    this.frame(HEADERS, fits ? flags : flags & ~END_HEADERS, stream, block.subarray(0, FRAME_BYTES))
    for (let at = FRAME_BYTES; at < block.length; at += FRAME_BYTES) {
      const isLast = at + FRAME_BYTES >= block.length
      this.frame(CONTINUATION, isLast ? flags & END_HEADERS : 0, stream, block.subarray(at, at + FRAME_BYTES))
    }
  }

  data(stream: number, body: string | Uint8Array, flags = 0): void {
    this.frame(DATA, flags, stream, Buffer.from(body as string))
  }

  reset(stream: number, code: number): void {
    this.frame(RST_STREAM, 0, stream, uint32(code))
  }

  goaway(lastStream: number, code = 0): void {
    this.frame(GOAWAY, 0, 0, Buffer.concat([uint32(lastStream), uint32(code)]))
  }

  of(stream: number, type?: number): Frame[] {
    return this.frames.filter(
      (frame) => frame.stream === stream && (type === undefined || frame.type === type),
    )
  }

  /** What the DATA frames of a stream said. */
  body(stream: number): string {
    return Buffer.concat(this.of(stream, DATA).map(({ payload }) => payload)).toString()
  }

  /** The code of the reset of a stream, if there was one. */
  resetCode(stream: number): number | undefined {
    return this.of(stream, RST_STREAM)[0]?.payload.readUInt32BE(0)
  }

  /** The codes and last streams of GOAWAY frames. */
  get goaways(): { last: number; code: number }[] {
    return this.of(0, GOAWAY).map(({ payload }) => ({
      last: payload.readUInt32BE(0) & 0x7fffffff,
      code: payload.readUInt32BE(4),
    }))
  }

  /** Whether a stream is over: complete or reset, or its connection with it. */
  isOver(stream: number): boolean {
    return (
      this.closed ||
      this.resetCode(stream) !== undefined ||
      this.of(stream).some(
        ({ type, flags }) => (type === DATA || type === HEADERS) && (flags & END_STREAM) !== 0,
      )
    )
  }

  over(stream: number): Promise<void> {
    return until(() => this.isOver(stream), `the end of stream ${stream}`)
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }

  #read(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
    if (this.#prefaceBytes > 0) {
      if (this.#bytes.length < this.#prefaceBytes) return
      this.#bytes = this.#bytes.subarray(this.#prefaceBytes)
      this.#prefaceBytes = 0
    }
    while (this.#bytes.length >= 9) {
      const length = this.#bytes.readUIntBE(0, 3)
      if (this.#bytes.length < 9 + length) return
      this.#take({
        type: this.#bytes[3] as number,
        flags: this.#bytes[4] as number,
        stream: this.#bytes.readUInt32BE(5) & 0x7fffffff,
        payload: Buffer.from(this.#bytes.subarray(9, 9 + length)),
      })
      this.#bytes = this.#bytes.subarray(9 + length)
    }
  }

  #take(frame: Frame): void {
    this.frames.push(frame)
    if (this.answers && (frame.flags & ACK) === 0) {
      if (frame.type === SETTINGS) this.frame(SETTINGS, ACK, 0)
      if (frame.type === PING) this.frame(PING, ACK, 0, frame.payload)
    }
    this.onFrame(frame)
  }
}

export interface RawHttp2Upstream extends AsyncDisposable {
  readonly url: string
  readonly peers: readonly RawPeer[]
}

/**
 * An upstream of hand-made frames.
 * @param onFrame gets every frame of every connection.
 * @param limits SETTINGS of its first frame.
 */
export async function rawHttp2Upstream(
  onFrame: (frame: Frame, peer: RawPeer) => void,
  ...limits: [number, number][]
): Promise<RawHttp2Upstream> {
  const peers: RawPeer[] = []
  const server = createServer((socket) => {
    const peer = new RawPeer(socket, true)
    peers.push(peer)
    peer.onFrame = (frame) => onFrame(frame, peer)
    peer.settings(...limits)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    peers,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const { socket } of peers) socket.destroy()
      }),
  }
}

/** The pseudo-headers of a plain request. */
export function get(path = '/', ...more: string[]): string[] {
  return [':method', 'GET', ':scheme', 'http', ':authority', 'a', ':path', path, ...more]
}

export function post(path = '/', ...more: string[]): string[] {
  return [':method', 'POST', ':scheme', 'http', ':authority', 'a', ':path', path, ...more]
}

export function encodeFrame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** Literal fields without indexing (RFC 7541 section 6.2.2), so that nothing is checked or lower-cased on the way. */
export function headerBlock(flat: readonly string[]): Buffer {
  const parts: Buffer[] = []
  for (let i = 0; i < flat.length; i += 2) {
    parts.push(Buffer.from([0]), literal(flat[i] as string), literal(flat[i + 1] as string))
  }
  return Buffer.concat(parts)
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes])
  const length = [127]
  let rest = bytes.length - 127
  for (; rest >= 128; rest >>= 7) length.push((rest & 127) | 128)
  length.push(rest)
  return Buffer.concat([Buffer.from(length), bytes])
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}
