/** Which requests may leave HTTP (RFC 9110 section 7.8), and the way back for those that may not. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { sameName } from '../headers/list.ts'
import { runningResponse } from './parser-errors.ts'

/**
 * The protocol that a request may switch to: asked for by a GET without a body, one of a list, and first in line on its
 * connection. Empty for none: the request is then one like any other.
 */
export function upgradeOf(request: IncomingMessage, allowed: readonly string[]): string {
  const { upgrade, connection } = request.headers
  if (upgrade === undefined || request.method !== 'GET' || request.httpVersionMinor === 0) return ''
  if (request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined)
    return ''
  if (!/(?:^|,)\s*upgrade\s*(?:,|$)/i.test(connection ?? '')) return ''
  // A connection that still owes the answer to an earlier request cannot change hands.
  if (runningResponse(request.socket)) return ''
  const protocol = upgrade.trim().toLowerCase()
  return allowed.includes(protocol) ? protocol : ''
}

/**
 * Gives a request that node:http handed out with its connection back to its server, without what made node:http do so:
 * it is parsed again, body and all, and so is what follows it.
 * @returns false when node:http still parses the connection (a body, from Node 26 on): the request can be answered as it is.
 */
export function backToHttp(request: IncomingMessage, connection: Duplex, head: Buffer): boolean {
  if (runningResponse(request.socket)) {
    connection.destroy()
    return true
  }
  const { socket } = request
  if (connection !== socket) return false
  const { server } = socket as typeof socket & { server: NodeJS.EventEmitter }
  socket.unshift(Buffer.concat([Buffer.from(headOf(request), 'latin1'), head]))
  server.emit('encrypted' in socket ? 'secureConnection' : 'connection', socket)
  return true
}

/** The head as it came, as far as a parser reads it, but for `Upgrade`. */
function headOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  let text = `${method} ${url} HTTP/${httpVersion}\r\n`
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    if (!sameName(name, 'upgrade')) text += `${name}: ${rawHeaders[i + 1]}\r\n`
  }
  return `${text}\r\n`
}
