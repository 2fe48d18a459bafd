/** The gRPC service of the workload. Messages are JSON: what they look like inside means nothing to a gateway. */
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js'

/** Request and response of every method. */
export interface EchoMessage {
  /** The case. */
  readonly id: string
  /** How many messages are asked for, or which one this is. */
  readonly count: number
  /** Whether the server must refuse. */
  readonly fail: boolean
  /** Ballast. */
  readonly text: string
}

type EchoMethod = MethodDefinition<EchoMessage, EchoMessage>

/** The path under which the service is found. */
export const ECHO_PATH = '/postern.reliability.Echo'

const serialize = (message: EchoMessage): Buffer => Buffer.from(JSON.stringify(message))
const deserialize = (bytes: Buffer): EchoMessage => JSON.parse(bytes.toString()) as EchoMessage

function method(name: string, requestStream: boolean, responseStream: boolean): EchoMethod {
  return {
    path: `${ECHO_PATH}/${name}`,
    requestStream,
    responseStream,
    requestSerialize: serialize,
    requestDeserialize: deserialize,
    responseSerialize: serialize,
    responseDeserialize: deserialize,
  }
}

/** Its methods: one answer, a stream of answers, a stream both ways. */
export const ECHO_SERVICE = {
  unary: method('unary', false, false),
  count: method('count', false, true),
  chat: method('chat', true, true),
} satisfies ServiceDefinition
