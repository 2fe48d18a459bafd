/** Which requests may leave HTTP (RFC 9110 section 7.8), and the way back for those that may not. */
import type { IncomingMessage, Server } from 'node:http'
import { sameName } from '../headers/list.ts'

/** Header lines that node:http keeps when its server says nothing else. */
const DEFAULT_MAX_HEADERS = 2_000
/** Before Node 26 the body of such a request stands, unparsed, in the bytes after its head. */
const PARSES_BODIES = Number.parseInt(process.versions.node, 10) >= 26

/**
 * The protocol that a request may switch to: asked for by a GET without a body, one of a list. Empty for none: the
 * request is then one like any other.
 */
export function upgradeOf(request: IncomingMessage, allowed: readonly string[]): string {
  const { upgrade, connection } = request.headers
  if (upgrade === undefined || request.method !== 'GET' || request.httpVersionMinor === 0) return ''
  if (hasBody(request)) return ''
  if (!/(?:^|,)\s*upgrade\s*(?:,|$)/i.test(connection ?? '')) return ''
  const protocol = upgrade.trim().toLowerCase()
  return allowed.includes(protocol) ? protocol : ''
}

/**
 * Gives a request that node:http handed out with its connection back to its server, without what made node:http do so:
 * it is parsed again, body and all, and so is what follows it.
 * @param head bytes that came after the request.
 * @returns false when the request has to be answered as it is, as the last of its connection: its body was parsed, or is not
 *   to be trusted.
 */
export function backToHttp(request: IncomingMessage, head: Buffer): boolean {
  if (PARSES_BODIES && hasBody(request)) return false
  const { socket } = request
  const { server } = socket as typeof socket & { server: Server }
  // node:http cuts what is above, and with it the framing of the body.
  const most = server.maxHeadersCount ?? DEFAULT_MAX_HEADERS
  if (most > 0 && request.rawHeaders.length >= most * 2) return false
  socket.unshift(Buffer.concat([Buffer.from(headOf(request), 'latin1'), head]))
  server.emit('encrypted' in socket ? 'secureConnection' : 'connection', socket)
  return true
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
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
