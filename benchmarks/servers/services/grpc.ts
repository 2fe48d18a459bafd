import { Server, ServerCredentials, status } from '@grpc/grpc-js'
import type { GrpcScenario } from '../../scenario.ts'
import { HOST } from '../../scenarios.ts'
import type { Running } from '../serve.ts'

const asIs = (bytes: Buffer) => bytes

/** Answers the scenario's message with its reply, and refuses any other. */
export async function startGrpc({ path, message, reply }: GrpcScenario): Promise<Running> {
  const expected = Buffer.from(message)
  const answer = Buffer.from(reply)
  const server = new Server()
  const codec = {
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  }
  const get = { path, requestStream: false, responseStream: false, ...codec }
  server.addService(
    { get },
    {
      get: (call: { request: Buffer }, done: (error: object | null, reply?: Buffer) => void) =>
        call.request.equals(expected)
          ? done(null, answer)
          : done({ code: status.INVALID_ARGUMENT, details: 'another message came' }),
    },
  )
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`${HOST}:0`, ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  )
  return { url: `http://${HOST}:${port}`, close: () => server.forceShutdown() }
}
