/** The upstream of the fuzzed gateway: keeps every request that it can read strictly, and every byte that it cannot. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { FuzzCase } from './case.ts'
import { type Message, readRequests, readResponses } from './reader.ts'

/** What came since the last look. */
export interface Arrivals {
  readonly requests: readonly Message[]
  /** What was no request, with the reason. */
  readonly broken: readonly string[]
}

/** Up to here one write arrives in one read, so that no byte of it can look like a later answer. */
const ONE_READ_BYTES = 16_000

/** Where a client asks for the answer of a case. */
export function targetOfCase(number: number): string {
  return `/answer/${number}`
}

/** The answer to everything that asks for no case. */
export function echoOf(target: string): string {
  return `echo ${target}`
}

/** A raw TCP server. */
export class RecordingUpstream {
  /** Cases whose bytes are the answer to a request. */
  readonly cases = new Map<string, FuzzCase>()
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #requests: Message[] = []
  #broken: string[] = []

  private constructor() {
    this.#server = createServer((socket) => this.#serve(socket))
  }

  /** Starts it on a free port of 127.0.0.1. */
  static async start(): Promise<RecordingUpstream> {
    const upstream = new RecordingUpstream()
    upstream.#server.listen(0, '127.0.0.1')
    await once(upstream.#server, 'listening')
    return upstream
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** What came since the last call. */
  take(): Arrivals {
    const taken = { requests: this.#requests, broken: this.#broken }
    this.#requests = []
    this.#broken = []
    return taken
  }

  /** Stops it and cuts its connections. */
  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #serve(socket: Socket): void {
    let unread = ''
    this.#sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('data', (chunk) => {
      unread += chunk.toString('latin1')
      const { messages, consumed, rest, why } = readRequests(unread)
      for (const message of messages) {
        this.#requests.push(message)
        void this.#answer(message, socket)
      }
      if (rest === 'invalid') {
        this.#broken.push(`${why} in ${JSON.stringify(unread.slice(consumed, consumed + 500))}`)
        socket.destroy()
      }
      unread = unread.slice(consumed)
    })
  }

  async #answer({ start: [method, target] }: Message, socket: Socket): Promise<void> {
    const found = this.cases.get(target)
    if (!found) {
      const body = echoOf(target)
      const head = `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`
      socket.write(Buffer.from(method === 'HEAD' ? head : head + body, 'latin1'))
      return
    }
    const { bytes, closes } = found
    for (const piece of piecesOf(found)) {
      if (socket.destroyed) return
      socket.write(Buffer.from(piece, 'latin1'))
      await delay(1)
    }
    if (closes || bytes === '') socket.end()
  }
}

/**
 * An answer in its pieces. What is more than one answer goes out at once: a byte that comes after the next request was
 * sent is an answer to that one, and nobody can tell.
 */
function piecesOf({ bytes, pieces, closes }: FuzzCase): string[] {
  const { messages, consumed, rest } = readResponses(bytes, 'GET', closes)
  if (messages.length > 1 || (messages.length === 1 && rest !== 'end') || rest === 'invalid')
    return [bytes.length <= ONE_READ_BYTES ? bytes : bytes.slice(0, Math.max(consumed, ONE_READ_BYTES))]
  return cutUp(bytes, pieces)
}

/** Bytes in pieces of these lengths, the rest last. */
export function cutUp(bytes: string, lengths: readonly number[]): string[] {
  const pieces: string[] = []
  let at = 0
  for (const length of lengths) {
    if (at + length >= bytes.length) break
    pieces.push(bytes.slice(at, at + length))
    at += length
  }
  return [...pieces, bytes.slice(at)]
}
