/** The admin listener: plain HTTP/1.1 for operators and probes, apart from everything that traffic meets. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AdminOptions } from '../config/admin.ts'
import { messageOf } from '../errors.ts'
import { say } from '../output.ts'
import { type Answer, problem } from './answer.ts'
import { answer } from './pages.ts'
import type { AdminSource } from './source.ts'

/** A page that takes longer is given up: a probe would have. */
const ANSWER_MS = 10_000
/** How long a request may take to arrive, its body included; and how long an idle connection is kept. */
const REQUEST_MS = 5_000
const KEEP_ALIVE_MS = 5_000
/** Requests have short heads and no bodies. */
const HEAD_BYTES = 8_192
const BODY_BYTES = 16_384
const MOST_CONNECTIONS = 64

/** The listener, running. */
export interface AdminListener {
  /** URL, or path of the unix socket. */
  readonly address: string
  /** Stops it; answers under way get a moment. */
  close(): Promise<void>
}

/**
 * Starts the listener.
 * @throws {GatewayError} GW_LISTEN_FAILED, when it cannot listen there.
 */
export async function listenForOperators(options: AdminOptions, source: AdminSource): Promise<AdminListener> {
  // An import of it would load Node's own client too: see `node-http.ts` of core.
  const { createServer } = process.getBuiltinModule('node:http')
  const server = createServer(
    {
      maxHeaderSize: HEAD_BYTES,
      headersTimeout: REQUEST_MS,
      requestTimeout: REQUEST_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: 1_000,
      // Answered with a problem document.
      requireHostHeader: false,
    },
    (request, response) => void respond(request, response, options, source),
  )
  server.maxConnections = MOST_CONNECTIONS
  const { listenOn } = await import('@postern/core')
  const { host, port, socketPath } = options
  await listenOn(server, socketPath === undefined ? { host, port } : { socketPath, socketMode: 0o600 })
  // Alone it keeps no process alive: it ends with the gateway.
  server.unref()
  return { address: socketPath ?? urlOf(server.address() as AddressInfo), close: () => close(server) }
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  options: AdminOptions,
  source: AdminSource,
): Promise<void> {
  response.on('error', () => {})
  const { method = 'GET', url: target = '/', headers } = request
  let received = 0
  request.on('data', (chunk: Buffer) => {
    received += chunk.length
    if (received > BODY_BYTES) request.destroy()
  })
  request.on('error', () => {})
  const { host, authorization } = headers
  const { promise: late, resolve } = Promise.withResolvers<Answer>()
  const timer = setTimeout(
    () => resolve(problem(504, 'Too late', 'The gateway did not answer in time.')),
    ANSWER_MS,
  )
  const made = answer({ method, target, host, authorization }, options, source).catch((error: unknown) => {
    say(`The admin page ${JSON.stringify(target)} failed: ${messageOf(error)}`)
    return problem(500, 'Failed', 'The page could not be made. The gateway has said why on standard error.')
  })
  const { status, contentType, body, headers: more } = await Promise.race([made, late])
  clearTimeout(timer)
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...more,
  })
  response.end(method === 'HEAD' ? undefined : body)
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), 500)
  await closed
  clearTimeout(timer)
}
