import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import type { WebSocketScenario } from '../../scenario.ts'
import { listen, type Running, shut } from '../serve.ts'

/** Sends every message back. */
export async function startWebSocket({ path }: WebSocketScenario): Promise<Running> {
  const server = createServer((_req, res) => res.writeHead(426).end())
  const sockets = new WebSocketServer({ server, path })
  sockets.on('connection', (socket) => {
    socket.on('error', () => {})
    socket.on('message', (message, isBinary) => socket.send(message, { binary: isBinary }))
  })
  return {
    url: await listen(server),
    close: () => {
      for (const socket of sockets.clients) socket.terminate()
      shut(server)
    },
  }
}
