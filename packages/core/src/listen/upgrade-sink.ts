import type { IncomingMessage, ServerResponse as NodeResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { takeReceived } from '../connections.ts'
import { GatewayError } from '../errors.ts'
import { removeHeader } from '../headers/list.ts'
import { ServerResponse, STATUS_CODES, validateHeaderName, validateHeaderValue } from '../node-http.ts'
import { closeLingering } from './linger.ts'
import { NodeSink, type SinkContext } from './node-sink.ts'

/** Bytes that a client may send before it knows whether its connection switches; more wait on the wire. */
const EARLY_BYTES = 65_536

/**
 * Answers a request that node:http handed out with its connection: as an ordinary response, after which the connection
 * is closed, or with 101, after which the connection is a tunnel's. Whatever the client sent behind its request is the
 * tunnel's, or nobody's: it is never read as another request.
 */
export class UpgradeSink extends NodeSink {
  private readonly connection: Duplex
  private readonly protocol: string
  private early: Buffer = Buffer.alloc(0)
  /** Whether nobody has said yet what becomes of the connection. */
  private undecided = true

  /**
   * @param head bytes that came after the request.
   * @param protocol what the connection may switch to; empty for nothing.
   */
  constructor(
    request: IncomingMessage,
    connection: Duplex,
    head: Buffer,
    protocol: string,
    context: SinkContext,
  ) {
    const response = new ServerResponse(request)
    response.shouldKeepAlive = false
    response.assignSocket(connection as Parameters<NodeResponse['assignSocket']>[0])
    super(request, response, context)
    this.connection = connection
    this.protocol = protocol
    if (head.length > 0) connection.unshift(head)
    // node:http's own listeners went with the connection: unheard, a reset would end the process.
    connection.on('error', ignore)
    // Read, or nobody would learn that the client went away. Where node:http still parses a body, it reads.
    if (connection === request.socket) connection.on('readable', this.readEarly)
    // So did its word that there is room again.
    connection.on('drain', this.passDrain)
    response.once('finish', () => {
      this.stopReading()
      closeLingering(connection)
    })
  }

  override onClose(aborted: (error: GatewayError) => void): void {
    super.onClose(aborted)
    this.connection.once('end', () => {
      if (this.undecided) aborted(new GatewayError('GW_CLIENT_ABORTED'))
    })
  }

  override start(status: number, reason: string, headers: string[]): void {
    if (status !== 101) {
      super.start(status, reason, headers)
      return
    }
    // Not in an informational response (RFC 9110 section 8.6).
    removeHeader(headers, 'content-length')
    let text = `HTTP/1.1 101 ${STATUS_CODES[101]}\r\nconnection: Upgrade\r\nupgrade: ${this.protocol}\r\n`
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i] as string
      const value = headers[i + 1] as string
      validateHeaderName(name)
      validateHeaderValue(name, value)
      text += `${name}: ${value}\r\n`
    }
    this.response.detachSocket(this.connection as Parameters<NodeResponse['detachSocket']>[0])
    this.connection.write(`${text}\r\n`, 'latin1')
  }

  takeOver(): Duplex {
    this.stopReading()
    if (this.early.length > 0) this.connection.unshift(this.early)
    return this.connection
  }

  override abort(): void {
    // A tunnel ends its connections itself.
    if (this.undecided) super.abort()
  }

  private stopReading(): void {
    this.undecided = false
    this.connection.off('readable', this.readEarly)
    this.connection.off('drain', this.passDrain)
  }

  private readonly passDrain = (): void => {
    this.response.emit('drain')
  }

  private readonly readEarly = (): void => {
    this.early = Buffer.concat([this.early, takeReceived(this.connection)])
    if (this.early.length >= EARLY_BYTES) this.connection.off('readable', this.readEarly)
  }
}

function ignore(): void {}
