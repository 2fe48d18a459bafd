/** The upstream as a process: HTTP/1.1 with WebSocket, the same behind a slow door, HTTP/2, and gRPC. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { WebSocketServer } from 'ws'
import { answerQuestions } from '../shared/answer-questions.ts'
import { behave } from './behave.ts'
import { startGrpcUpstream } from './grpc.ts'
import { createHttp2Upstream } from './http2.ts'

/** Where the parts of an upstream listen: ports of 127.0.0.1. */
export interface UpstreamPorts {
  readonly http: number
  /** Takes a connection, and reads from it only after a while. */
  readonly slow: number
  readonly http2: number
  readonly grpc: number
}

/** How long the slow door lets a connection wait. */
const DOOR_MS = 150

const http = createServer((request, response) => void behave(request, response))
// Longer than any round: who closes an idle connection here is the gateway, or `closeIdle`.
http.keepAliveTimeout = 600_000
const sockets = new WebSocketServer({ server: http, perMessageDeflate: false, maxPayload: 2 ** 24 })
sockets.on('connection', (socket) => {
  socket.on('error', () => {})
  socket.on('message', (data: Buffer, isBinary) => {
    const text = isBinary ? '' : data.toString()
    if (text === 'cut') socket.terminate()
    else if (text.startsWith('close ')) socket.close(Number(text.slice(6)), 'as asked')
    else socket.send(data, { binary: isBinary })
  })
})
const slow = createTcpServer({ pauseOnConnect: true }, (socket) => {
  socket.on('error', () => {})
  setTimeout(() => {
    http.emit('connection', socket)
    socket.resume()
  }, DOOR_MS)
})
const http2 = createHttp2Upstream()
let grpc: Awaited<ReturnType<typeof startGrpcUpstream>> | undefined

async function listen(server: Server, port = 0): Promise<number> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

answerQuestions(
  {
    /** Starts everything; the HTTP/1.1 part on a given port, when it has to come back where it was. */
    async listen(port: number): Promise<UpstreamPorts> {
      grpc = await startGrpcUpstream()
      return {
        http: await listen(http, port),
        slow: await listen(slow),
        http2: await listen(http2.server),
        grpc: grpc.port,
      }
    },
    closeIdle() {
      http.closeIdleConnections()
      http2.closeIdle()
    },
  },
  () => process.exit(),
)
