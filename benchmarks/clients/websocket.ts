import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { WebSocketScenario } from '../scenario.ts'
import type { Answer } from './answer.ts'
import { type Clients, lanesOn, type Size } from './lanes.ts'

/**
 * WebSockets. Each has one message under way, so `streams` must be 1.
 * @throws Error when one is refused
 */
export async function openWebSocket(
  url: string,
  scenario: WebSocketScenario,
  token: string,
  { connections, streams }: Size,
): Promise<Clients> {
  const target = new URL(scenario.path, url)
  target.protocol = 'ws:'
  const options = { headers: { authorization: `Bearer ${token}` }, perMessageDeflate: false }
  const sockets = await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = new WebSocket(target, options)
      await once(socket, 'open')
      // 'close' follows, which ends whoever waits for an echo.
      socket.on('error', () => {})
      return socket
    }),
  )
  return {
    lanes: lanesOn(sockets, streams, (socket) => echo(socket, scenario.message)),
    close: () => {
      for (const socket of sockets) socket.terminate()
    },
  }
}

function echo(socket: WebSocket, message: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const closed = (code: number) => reject(new Error(`the WebSocket closed with code ${code}`))
    const received = (body: Buffer) => {
      socket.off('close', closed)
      resolve({ status: 101, contentType: undefined, contentLength: undefined, body })
    }
    socket.once('close', closed)
    socket.once('message', received)
    socket.send(message, (error) => error && reject(error))
  })
}
