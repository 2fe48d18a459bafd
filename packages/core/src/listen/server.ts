import type { IncomingMessage, RequestListener, Server, ServerOptions } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TlsOptions } from 'node:tls'
import { runningResponse } from '../connections.ts'
import { createServer } from '../node-http.ts'
import { type Refuse, refuseConnect, refuseUnparsed } from './parser-errors.ts'

/** Header bytes that the parser takes before core's own, lower limit can answer with a problem document. */
const PARSER_HEADER_BYTES = 81_920
/** How long an idle connection is kept: longer than the idle time of the proxies that usually stand in front (60 s). */
const KEEP_ALIVE_MS = 75_000
/** How long a client may take to send a head. */
export const HEAD_MS = 30_000

/** Who takes what node:http hands out. */
export interface Http1Handlers {
  /** Requests. */
  readonly request: RequestListener
  /** Requests that would like to leave HTTP, with their connection and what was read of it. */
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void
  /** Answers what node:http makes no request of. */
  readonly refuse: Refuse
  /** Told of TLS handshakes that failed. */
  readonly handshakeFailed: (error: Error) => void
}

/** Makes the gateway's own server, with TLS where settings for it are given. */
export function openServer(handlers: Http1Handlers, tls?: TlsOptions): Server | TlsServer {
  const options: ServerOptions = {
    keepAliveTimeout: KEEP_ALIVE_MS,
    headersTimeout: HEAD_MS,
    // Bodies are timed by the exchange: a long upload that moves is not late.
    requestTimeout: 0,
    connectionsCheckingInterval: 5_000,
    maxHeaderSize: PARSER_HEADER_BYTES,
    // Refused by core with a code; node:http would answer without a body.
    requireHostHeader: false,
    insecureHTTPParser: false,
    noDelay: true,
    // A connection that still owes the answer to an earlier request cannot change hands.
    shouldUpgradeCallback: (request) => !runningResponse(request.socket),
  }
  const server = tls
    ? createTlsServer({ ...options, ...tls }, handlers.request)
    : createServer(options, handlers.request)
  // node:http cuts silently what is above; core counts and refuses.
  server.maxHeadersCount = 0
  server.on('checkContinue', handlers.request)
  server.on('checkExpectation', handlers.request)
  server.on('upgrade', handlers.upgrade)
  server.on('clientError', (error, socket) => refuseUnparsed(error, socket as Socket, handlers.refuse))
  // node:https would hand it to `clientError`, where an answer waits for a handshake that never comes.
  server.removeAllListeners('tlsClientError')
  server.on('tlsClientError', (error: Error, socket: Socket) => {
    handlers.handshakeFailed(error)
    socket.destroy()
  })
  server.on('connect', (_request, socket) => refuseConnect(socket, handlers.refuse))
  return server
}
