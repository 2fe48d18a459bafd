import type { Duplex } from 'node:stream'

/** How long a connection is still read after its last answer while nothing comes. */
const LINGER_MS = 1_000
/** How often that time may begin anew, since something came: a client that never stops is cut. */
const MAX_LINGERS = 3

/**
 * Says that nothing more comes, and reads on for a while: closing at once would reset the connection under the answer
 * (RFC 9112 section 9.6), and a client that writes all before it reads would never see it.
 */
export function closeLingering(connection: Duplex & { readonly bytesRead?: number }): void {
  connection.end()
  connection.resume()
  if (connection.destroyed) return
  let before = connection.bytesRead
  let lingers = 0
  const timer = setInterval(() => {
    lingers++
    if (connection.bytesRead === before || lingers === MAX_LINGERS) connection.destroy()
    before = connection.bytesRead
  }, LINGER_MS)
  connection.once('close', () => clearInterval(timer))
}
