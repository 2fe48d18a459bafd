/** Requests behind others on one connection of HTTP/1.1 (RFC 9112 section 9.3.2): only safe ones are carried out side by side. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { SAFE_METHODS } from '../methods.ts'
import { runningResponse } from './parser-errors.ts'

/** Requests that may wait on a connection: whoever sends more without an answer is cut, since each takes memory. */
const MAX_WAITING = 1_000

/** How many wait, by connection: once one did, all that follow on its connection take their turn. */
const waiting = new WeakMap<Socket, number>()

/** Whether a request may begin only when the answers before it are out. */
export function mustWait({ method = '', socket }: IncomingMessage, response: ServerResponse): boolean {
  const running = runningResponse(socket)
  if (!running || running === response) return false
  return waiting.has(socket) || !SAFE_METHODS.has(method) || !SAFE_METHODS.has(running.req.method ?? '')
}

/** Calls back when it is a request's turn; never when its connection ends before. */
export function waitForTurn({ socket }: IncomingMessage, response: ServerResponse, begin: () => void): void {
  count(socket, 1)
  response.once('socket', () => {
    count(socket, -1)
    begin()
  })
}

function count(socket: Socket, change: number): void {
  const now = (waiting.get(socket) ?? 0) + change
  waiting.set(socket, now)
  if (now > MAX_WAITING) socket.destroy()
}
