/** gRPC: one answer, a stream of answers, a stream both ways, and statuses that arrive as trailers. */
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js'
import { contentOf } from '../shared/content.ts'
import { ECHO_SERVICE, type EchoMessage } from '../shared/grpc-echo.ts'
import { type Case, type Kind, must, type Outcome } from './kind.ts'

/** One call on a channel of its own. */
export const grpc: Kind = {
  name: 'grpc',
  weight: 6,
  async run(given) {
    // Of its own: grpc-js shares connections between channels otherwise, and one fault would be everybody's.
    const options = { 'grpc.use_local_subchannel_pool': 1 }
    const client = new Client(given.targets.grpc, credentials.createInsecure(), options)
    try {
      const call = given.random.pick([unary, refused, serverStream, brokenStream, bothWays, cancelled])
      return await call(given, client)
    } finally {
      client.close()
    }
  },
}

const deadline = (): { deadline: number } => ({ deadline: Date.now() + 20_000 })

async function unary({ id, random }: Case, client: Client): Promise<Outcome> {
  const sent = message(id, random.size(1, 100_000))
  const answer = await new Promise<EchoMessage | undefined>((resolve, reject) => {
    const { path, requestSerialize, responseDeserialize } = ECHO_SERVICE.unary
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, sent, deadline(), (error, value) =>
      error ? reject(error) : resolve(value),
    )
  })
  must(answer?.id === id && answer.text === sent.text, 'the echo is not what was sent')
  return 'right'
}

async function refused({ id }: Case, client: Client): Promise<Outcome> {
  const sent = { ...message(id, 10), fail: true }
  const error = await new Promise<ServiceError | null>((resolve) => {
    const { path, requestSerialize, responseDeserialize } = ECHO_SERVICE.unary
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, sent, deadline(), resolve)
  })
  must(error?.code === status.FAILED_PRECONDITION && error.details === id, `got ${String(error)}`)
  return 'rightError'
}

const serverStream = (given: Case, client: Client): Promise<Outcome> => stream(given, client, false)
const brokenStream = (given: Case, client: Client): Promise<Outcome> => stream(given, client, true)

async function stream({ id, random }: Case, client: Client, fail: boolean): Promise<Outcome> {
  const count = random.int(1, 50)
  const sent = { ...message(id, random.int(1, 2_000)), count, fail }
  const { path, requestSerialize, responseDeserialize } = ECHO_SERVICE.count
  const call = client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, sent, deadline())
  const received: EchoMessage[] = []
  call.on('data', (value: EchoMessage) => received.push(value))
  const error = await ended(call)
  must(
    received.every((value, i) => value.id === id && value.count === i),
    'a message is not of this call',
  )
  must(received.length === count, `got ${received.length} of ${count} messages`)
  must(
    error?.code === (fail ? status.RESOURCE_EXHAUSTED : undefined),
    `the stream ended with ${String(error)}`,
  )
  return fail ? 'rightError' : 'right'
}

async function bothWays({ id, random }: Case, client: Client): Promise<Outcome> {
  const { path, requestSerialize, responseDeserialize } = ECHO_SERVICE.chat
  const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, deadline())
  const sent = Array.from({ length: random.int(1, 20) }, (_, count) => ({ ...message(id, 500), count }))
  const received: EchoMessage[] = []
  call.on('data', (value: EchoMessage) => received.push(value))
  const over = ended(call)
  for (const value of sent) call.write(value)
  call.end()
  const error = await over
  must(error === undefined, `the stream ended with ${String(error)}`)
  must(received.length === sent.length, `got ${received.length} of ${sent.length} messages`)
  must(
    received.every((value, i) => value.id === id && value.count === i),
    'a message is not of this call',
  )
  return 'right'
}

async function cancelled({ id, random }: Case, client: Client): Promise<Outcome> {
  const { path, requestSerialize, responseDeserialize } = ECHO_SERVICE.chat
  const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, deadline())
  call.on('data', () => {})
  const over = ended(call)
  call.write(message(id, 100))
  setTimeout(() => call.cancel(), random.int(0, 50))
  const error = await over
  must(error?.code === status.CANCELLED, `a cancelled call ended with ${String(error)}`)
  return 'right'
}

/** Resolves at the end of a call, with its error when it failed. */
function ended(call: NodeJS.EventEmitter): Promise<ServiceError | undefined> {
  return new Promise((resolve) => {
    let failure: ServiceError | undefined
    call.on('error', (error: ServiceError) => {
      failure = error
    })
    call.on('status', () => setImmediate(() => resolve(failure)))
  })
}

function message(id: string, bytes: number): EchoMessage {
  return { id, count: 0, fail: false, text: contentOf(id, bytes).toString('base64') }
}
