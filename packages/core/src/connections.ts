/** What is done with bare connections, on both legs. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/**
 * Cuts a connection so that the other end can tell it from one that ended: with a reset, where there is one. What was
 * written and not yet sent is lost.
 */
export function cutConnection(connection: Duplex): void {
  // TLS tells by itself: the connection ends without its closing alert.
  if (connection instanceof Socket && connection.remoteFamily !== undefined && !('encrypted' in connection)) {
    // A turn later: in the turn of a write Node 22 closes cleanly instead.
    setImmediate(() => connection.resetAndDestroy())
    return
  }
  connection.destroy()
}

/** Takes what was received and is not yet read. */
export function takeReceived(connection: Duplex): Buffer {
  const chunks: Buffer[] = []
  // One `read` gives all of it, or one chunk, as Node's version goes.
  for (;;) {
    const chunk = connection.read() as Buffer | null
    if (chunk === null) return Buffer.concat(chunks)
    chunks.push(chunk)
  }
}

/** The response that a connection is busy with. */
export function runningResponse(
  socket: Duplex,
): (ServerResponse & { req: IncomingMessage }) | null | undefined {
  return (socket as { _httpMessage?: ServerResponse & { req: IncomingMessage } })._httpMessage
}
