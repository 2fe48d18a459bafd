import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttp2Server } from 'node:http2'
import type { Socket } from 'node:net'
import type { ServerParams } from './messages.ts'
import { listen, listenOn, type Running, scenarioOf, shut } from './serve.ts'

/** What a proxy library for node:http does with requests. */
export interface Handler {
  readonly request: (req: IncomingMessage, res: ServerResponse) => void
  /** With upgrades, where it forwards them. */
  readonly upgrade?: (req: IncomingMessage, socket: Socket, head: Buffer) => void
  /** Ends what it holds. */
  readonly close: () => void
}

/** Serves a handler in the protocol that the scenario's clients speak. Over HTTP/2, node:http2 gives it the same shapes. */
export async function serveHandler(params: ServerParams, handler: Handler): Promise<Running> {
  const { wire } = scenarioOf(params)
  const { request, upgrade, close } = handler
  if (wire === 'http2-http1' || wire === 'http2-http2') {
    const server = createHttp2Server((req, res) =>
      request(req as unknown as IncomingMessage, res as unknown as ServerResponse),
    )
    const stop = () => {
      server.close()
      close()
    }
    return { url: await listenOn(server), close: stop }
  }
  const server = createServer(request)
  if (wire === 'websocket' && upgrade) {
    server.on('upgrade', (req, socket, head) => upgrade(req, socket as Socket, head))
  }
  const stop = () => {
    shut(server)
    close()
  }
  return { url: await listen(server), close: stop }
}
