import type { Duplex } from 'node:stream'

/** How long a connection is still read after its last answer. */
const LINGER_MS = 1_000

/**
 * Says that nothing more comes, and reads on for a moment: closing at once would reset the connection under the answer
 * (RFC 9112 section 9.6).
 */
export function closeLingering(connection: Duplex): void {
  connection.end()
  connection.resume()
  if (connection.destroyed) return
  const timer = setTimeout(() => connection.destroy(), LINGER_MS)
  connection.once('close', () => clearTimeout(timer))
}
