import {
  type IncomingMessage,
  ServerResponse,
  STATUS_CODES,
  validateHeaderName,
  validateHeaderValue,
} from 'node:http'
import type { Duplex } from 'node:stream'
import { NodeSink, type SinkContext } from './node-sink.ts'

/** Whether a client asks for a switch that is allowed: a GET without a body, to a protocol of the list (RFC 9110 section 7.8). */
export function upgradeOf(request: IncomingMessage, allowed: readonly string[]): string {
  const { upgrade, connection } = request.headers
  if (upgrade === undefined || request.method !== 'GET' || request.httpVersionMinor === 0) return ''
  if (request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined)
    return ''
  if (!/(?:^|,)\s*upgrade\s*(?:,|$)/i.test(connection ?? '')) return ''
  const protocol = upgrade.trim().toLowerCase()
  return allowed.includes(protocol) ? protocol : ''
}

/**
 * Answers a request that node:http handed out with its connection: as an ordinary response, after which the connection
 * is closed, or with 101, after which the connection is a tunnel's.
 */
export class UpgradeSink extends NodeSink {
  private readonly socket: Duplex
  private readonly switching: ServerResponse
  private readonly protocol: string

  /** @param head bytes that came after the request. */
  constructor(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    protocol: string,
    context: SinkContext,
  ) {
    const response = new ServerResponse(request)
    response.shouldKeepAlive = false
    response.assignSocket(socket as Parameters<ServerResponse['assignSocket']>[0])
    super(request, response, context)
    this.socket = socket
    this.switching = response
    this.protocol = protocol
    if (head.length > 0) socket.unshift(head)
    // node:http's own listeners went with the connection: unheard, a reset would end the process.
    socket.on('error', ignore)
    response.once('finish', () => socket.end())
  }

  override start(status: number, reason: string, headers: string[]): void {
    if (status !== 101) {
      super.start(status, reason, headers)
      return
    }
    let text = `HTTP/1.1 101 ${STATUS_CODES[101]}\r\nconnection: Upgrade\r\nupgrade: ${this.protocol}\r\n`
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i] as string
      const value = headers[i + 1] as string
      validateHeaderName(name)
      validateHeaderValue(name, value)
      text += `${name}: ${value}\r\n`
    }
    this.switching.detachSocket(this.socket as Parameters<ServerResponse['detachSocket']>[0])
    this.socket.write(`${text}\r\n`, 'latin1')
  }

  takeOver(): Duplex {
    return this.socket
  }

  override abort(): void {
    super.abort()
    this.socket.destroy()
  }
}

function ignore(): void {}
