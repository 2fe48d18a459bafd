/** A client that writes exact bytes and reads answers one by one, as a browser's parser never would. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { until } from '../../src/testing.ts'

/** One answer as it stood on the wire. */
export interface RawResponse {
  readonly status: number
  readonly reason: string
  /** Flat, wire case and order. */
  readonly headers: readonly string[]
  readonly body: string
  /** First value of a header, by lower-case name. */
  header(lowerName: string): string | undefined
}

/** How long a busy machine may take to answer, with 200 MB perhaps. */
const GENEROUS_MS = 30_000

/** One connection. */
export class RawClient {
  readonly socket: Socket
  /** Whether it went with a reset. */
  reset = false
  /** Whether the other side said that nothing more comes. */
  ended = false
  /** What came and was not yet read as an answer. */
  received = ''

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.received += chunk.toString('latin1')
    })
    socket.on('end', () => {
      this.ended = true
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNRESET') this.reset = true
    })
  }

  /** Opens a connection to a port of 127.0.0.1. */
  static async open(port: number): Promise<RawClient> {
    const client = new RawClient(connect({ port, host: '127.0.0.1', noDelay: true }))
    await once(client.socket, 'connect')
    return client
  }

  /** Speaks over a connection that is open already. */
  static over(socket: Socket): RawClient {
    return new RawClient(socket)
  }

  /** Writes exact bytes: strings are latin1. */
  send(bytes: string | Uint8Array): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  }

  /** Waits until all written bytes left this process. Rejects when the connection broke before. */
  flushed(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket.write('', (error) => (error ? reject(error) : resolve()))
    })
  }

  /**
   * Reads the next answer. Rejects when none comes.
   * @param method of the request: an answer to HEAD has no body.
   */
  async response(method = 'GET'): Promise<RawResponse> {
    let found: { response: RawResponse; rest: string } | undefined
    await until(
      () => {
        found = parse(this.received, method, this.ended || this.socket.destroyed)
        return found !== undefined || this.socket.destroyed
      },
      'an answer',
      GENEROUS_MS,
    )
    found ??= parse(this.received, method, true)
    if (!found) throw new Error(`The connection closed, got ${JSON.stringify(this.received.slice(0, 200))}`)
    this.received = found.rest
    return found.response
  }

  /** Waits until the connection is gone, cleanly or not. */
  closed(): Promise<void> {
    return until(
      () => this.socket.destroyed,
      `the connection to close, got ${JSON.stringify(this.received.slice(0, 200))}`,
      GENEROUS_MS,
    )
  }

  /** Sends a request and reads its answer. */
  async exchange(bytes: string): Promise<RawResponse> {
    this.send(bytes)
    return this.response(bytes.slice(0, bytes.indexOf(' ')))
  }

  /** Closes it. */
  destroy(): void {
    this.socket.destroy()
  }

  [Symbol.dispose](): void {
    this.destroy()
  }
}

function parse(
  text: string,
  method: string,
  ended: boolean,
): { response: RawResponse; rest: string } | undefined {
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd === -1) return undefined
  const [first = '', ...lines] = text.slice(0, headEnd).split('\r\n')
  const start = /^HTTP\/1\.1 (\d{3}) (.*)$/.exec(first)
  if (!start) throw new Error(`Not an answer: ${JSON.stringify(first)}`)
  const status = Number(start[1])
  if (status < 200 && status !== 101) return parse(text.slice(headEnd + 4), method, ended)
  const headers = lines.flatMap((line) => [
    line.slice(0, line.indexOf(':')),
    line.slice(line.indexOf(':') + 1).trim(),
  ])
  const header = (lowerName: string): string | undefined => {
    const at = headers.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === lowerName)
    return at === -1 ? undefined : headers[at + 1]
  }
  const read = readBody(text.slice(headEnd + 4), status, method, header, ended)
  if (!read) return undefined
  return { response: { status, reason: start[2] ?? '', headers, body: read.body, header }, rest: read.rest }
}

function readBody(
  text: string,
  status: number,
  method: string,
  header: (lowerName: string) => string | undefined,
  ended: boolean,
): { body: string; rest: string } | undefined {
  if (method === 'HEAD' || status === 204 || status === 304) return { body: '', rest: text }
  const length = header('content-length')
  if (length !== undefined) {
    if (text.length < Number(length)) return undefined
    return { body: text.slice(0, Number(length)), rest: text.slice(Number(length)) }
  }
  if (header('transfer-encoding') === 'chunked') return readChunks(text)
  return ended ? { body: text, rest: '' } : undefined
}

function readChunks(text: string): { body: string; rest: string } | undefined {
  let body = ''
  let at = 0
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at)
    if (lineEnd === -1) return undefined
    const size = Number.parseInt(text.slice(at, lineEnd), 16)
    if (size === 0) {
      const end = text.indexOf('\r\n\r\n', lineEnd)
      if (text.startsWith('\r\n', lineEnd + 2)) return { body, rest: text.slice(lineEnd + 4) }
      return end === -1 ? undefined : { body, rest: text.slice(end + 4) }
    }
    if (text.length < lineEnd + 2 + size + 2) return undefined
    body += text.slice(lineEnd + 2, lineEnd + 2 + size)
    at = lineEnd + 2 + size + 2
  }
}
