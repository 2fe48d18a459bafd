/** What every child process of the quickstart does: it listens, says where, and ends with its parent. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How long a child goes on after SIGTERM. */
const LINGER_MS = 500

/** Answers one request. What it rejects with becomes a 500. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

/** Listens on a free port of 127.0.0.1 and tells the parent the address. */
export async function serve(answer: Answer): Promise<string> {
  endWithParent()
  const server = createServer((request, response) => {
    Promise.resolve(answer(request, response)).catch((error: unknown) => {
      if (response.headersSent) response.destroy()
      else sendJson(response, 500, { error: String(error) })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  process.send?.({ url })
  return url
}

/** Sends a JSON answer. */
export function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(`${JSON.stringify(body)}\n`)
}

function endWithParent(): void {
  // The channel also closes when the parent is killed without a chance to say goodbye.
  process.on('disconnect', () => process.exit(0))
  // Ctrl-C reaches every process of the terminal. The parent drains first and then stops this one.
  process.on('SIGINT', () => {})
  // A supervisor may send this to all processes at once: what the gateway still drains needs its services.
  process.on('SIGTERM', () => setTimeout(() => process.exit(0), LINGER_MS))
}
