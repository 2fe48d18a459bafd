import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { GatewayError } from '../errors.ts'
import { type ProblemWriter, refuseConnect, refuseUnparsed } from './parser-errors.ts'

/** Header bytes that the parser takes before core's own, lower limit can answer with a problem document. */
const PARSER_HEADER_BYTES = 81_920
/** How long an idle connection is kept: longer than the idle time of the proxies that usually stand in front (60 s). */
const KEEP_ALIVE_MS = 75_000
/** How long a client may take to send a head. */
const HEAD_MS = 30_000

/**
 * Makes the gateway's own server.
 * @param expecting takes requests whose clients wait for a 100 before they send the body.
 */
export function openServer(
  handler: RequestListener,
  expecting: RequestListener,
  problem: ProblemWriter,
): Server {
  const server = createServer(
    {
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
    },
    handler,
  )
  // node:http cuts silently what is above; core counts and refuses.
  server.maxHeadersCount = 0
  server.on('checkContinue', expecting)
  server.on('checkExpectation', handler)
  server.on('clientError', (error, socket) => refuseUnparsed(error, socket as Socket, problem))
  server.on('connect', (_request, socket) => refuseConnect(socket, problem))
  return server
}

/**
 * Starts listening.
 * @throws {GatewayError} GW_LISTEN_FAILED.
 */
export function listenOn(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void => {
      reject(new GatewayError('GW_LISTEN_FAILED', { message: explain(error, host, port), cause: error }))
    }
    server.once('error', failed)
    server.listen({ host, port }, () => {
      server.off('error', failed)
      resolve(server.address() as AddressInfo)
    })
  })
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): string {
  const where = `${host}:${port}`
  const code = error.code ?? error.message
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${host} is taken by another process. Stop it or choose another port`
  if (code === 'EACCES') return `Listening on ${where} is not allowed. Choose a port above 1023`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `${host} is not an address of this machine. Choose one that is, such as 127.0.0.1`
  }
  return `Cannot listen on ${where}: ${code}`
}

/** Stops accepting and resolves when the last connection is gone. */
export function stopServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
}
