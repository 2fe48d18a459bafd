/**
 * Requests behind others on one connection of HTTP/1.1 (RFC 9112 section 9.3.2): only safe ones are carried out side by
 * side, and few, or one client could take every place of an upstream with one connection.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { runningResponse } from '../connections.ts'
import { SAFE_METHODS } from '../methods.ts'

/** Requests that are carried out, or answered and not yet sent, beside the one whose answer is due. */
const MAX_BESIDE = 15
/** Requests that may wait on a connection: whoever sends more without an answer is cut, since each takes memory. */
const MAX_WAITING = 1_000

const queues = new WeakMap<Socket, Queue>()

/** Whether a request came before those in front of it on its connection were answered. */
export function isBehind({ socket }: IncomingMessage, response: ServerResponse): boolean {
  const running = runningResponse(socket)
  return Boolean(running) && running !== response
}

/** Calls back when a request behind others may begin; never when its connection ends before. */
export function beginInOrder(request: IncomingMessage, response: ServerResponse, begin: () => void): void {
  const { socket } = request
  let queue = queues.get(socket)
  if (!queue) {
    queue = new Queue(socket)
    queues.set(socket, queue)
  }
  queue.join({ response, isSafe: isSafe(request), begin })
}

interface Waiting {
  readonly response: ServerResponse
  readonly isSafe: boolean
  readonly begin: () => void
}

/** The requests of one connection behind the one whose answer is due. */
class Queue {
  readonly #socket: Socket
  readonly #waiting: Waiting[] = []
  #beside = 0

  constructor(socket: Socket) {
    this.#socket = socket
  }

  join(waiting: Waiting): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#socket.destroy()
      return
    }
    this.#waiting.push(waiting)
    // Its answer is the next that is due: all before it are out.
    waiting.response.once('socket', () => this.#onTurn(waiting))
    this.#beginBeside()
  }

  #onTurn(waiting: Waiting): void {
    if (this.#waiting[0] === waiting) {
      this.#waiting.shift()
      waiting.begin()
    } else this.#beside--
    this.#beginBeside()
  }

  #beginBeside(): void {
    const due = runningResponse(this.#socket)
    if (!due || !isSafe(due.req)) return
    while (this.#beside < MAX_BESIDE && this.#waiting[0]?.isSafe) {
      this.#beside++
      this.#waiting.shift()?.begin()
    }
  }
}

function isSafe({ method = '' }: IncomingMessage): boolean {
  return SAFE_METHODS.has(method)
}
