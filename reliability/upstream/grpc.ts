/** The upstream's gRPC service: echoes, counts, and refuses when asked to. */
import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js'
import { ECHO_SERVICE, type EchoMessage } from '../shared/grpc-echo.ts'

/** Makes and starts the server on a free port of 127.0.0.1. */
export async function startGrpcUpstream(): Promise<{ readonly server: Server; readonly port: number }> {
  // Its connections cannot be reached from here to be closed: they end by themselves soon after the load.
  const server = new Server({ 'grpc.max_connection_idle_ms': 1_000 })
  server.addService(ECHO_SERVICE, { unary, count, chat })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    )
  })
  return { server, port }
}

function unary(call: ServerUnaryCall<EchoMessage, EchoMessage>, done: sendUnaryData<EchoMessage>): void {
  if (call.request.fail) done({ code: status.FAILED_PRECONDITION, details: call.request.id })
  else done(null, call.request)
}

function count(call: ServerWritableStream<EchoMessage, EchoMessage>): void {
  for (let i = 0; i < call.request.count; i++) call.write({ ...call.request, count: i })
  if (call.request.fail)
    call.emit('error', { code: status.RESOURCE_EXHAUSTED, details: call.request.id, metadata: undefined })
  else call.end()
}

function chat(call: ServerDuplexStream<EchoMessage, EchoMessage>): void {
  call.on('data', (message: EchoMessage) => call.write(message))
  call.on('end', () => call.end())
}
