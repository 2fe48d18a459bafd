import { GatewayError, isGatewayError } from '../errors.ts'
import type { Reply } from '../exchange.ts'
import { removeHeader } from '../headers/list.ts'
import type { LiveExchange } from '../live-exchange.ts'
import type { Sink } from '../seams.ts'
import { grpcHeaders, isGrpc } from './grpc.ts'
import { addOwnHeaders } from './own-headers.ts'
import { problemBody, problemHeaders } from './problem.ts'

/** Sends the head that stands on the exchange; plugins may have changed it before. */
export type SendHead = (exchange: LiveExchange, sink: Sink, reason: string) => void

/** Answers in place of an upstream: a reply as it is, an error as a problem document. */
export function answer(
  exchange: LiveExchange,
  sink: Sink,
  given: Reply | GatewayError,
  sendHead: SendHead,
): void {
  if (isGatewayError(given)) answerError(exchange, sink, given, sendHead)
  else answerReply(exchange, sink, given, sendHead)
}

function answerReply(exchange: LiveExchange, sink: Sink, reply: Reply, sendHead: SendHead): void {
  if (!Number.isInteger(reply.status) || reply.status < 200 || reply.status > 599) {
    throw new GatewayError('GW_PLUGIN_THREW', {
      message: `A plugin replied with status ${reply.status}; it must be 200 to 599`,
    })
  }
  const body = typeof reply.body === 'string' ? Buffer.from(reply.body) : (reply.body ?? EMPTY)
  const headers = reply.headers ? reply.headers.slice() : []
  removeHeader(headers, 'content-length')
  removeHeader(headers, 'transfer-encoding')
  if (reply.status !== 204 && reply.status !== 304) headers.push('content-length', String(body.length))
  send(exchange, sink, reply.status, headers, body, sendHead)
}

/** The client gets code, text and ids; whatever else the error knows stays here. */
function answerError(exchange: LiveExchange, sink: Sink, error: GatewayError, sendHead: SendHead): void {
  exchange.error ??= error
  if (isGrpc(exchange)) {
    send(exchange, sink, 200, grpcHeaders(error), EMPTY, sendHead)
    return
  }
  const status = error.status >= 400 ? error.status : 500
  const body = problemBody(error, exchange)
  send(exchange, sink, status, problemHeaders(error, body.length), body, sendHead)
}

function send(
  exchange: LiveExchange,
  sink: Sink,
  status: number,
  headers: string[],
  body: Uint8Array,
  sendHead: SendHead,
): void {
  exchange.status = status
  exchange.responseHeaders = headers
  sendHead(exchange, sink, '')
  if (body.length > 0 && exchange.method !== 'HEAD') {
    exchange.responseBytes += body.length
    sink.write(body)
  }
  sink.end([])
}

/** Sends the head that stands on the exchange. */
export function respondHead(exchange: LiveExchange, sink: Sink, reason: string): void {
  const { hop, seat } = exchange
  // Clients of HTTP/2 reset the stream for one (RFC 9110 section 8.6).
  if (exchange.status === 204) removeHeader(exchange.responseHeaders, 'content-length')
  if (seat !== 'caller' && (hop.timingHeader !== '' || hop.requestIdHeader !== '')) addOwnHeaders(exchange)
  sink.start(exchange.status, reason, exchange.responseHeaders)
  // After the start: a head that cannot be written leaves the client waiting, and an error can still be answered.
  exchange.respondedMs = performance.now()
}

const EMPTY = Buffer.alloc(0)
