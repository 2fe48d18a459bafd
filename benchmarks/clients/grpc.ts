import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js'
import type { GrpcScenario } from '../scenario.ts'
import type { Answer } from './answer.ts'
import { type Clients, lanesOn, type Size } from './lanes.ts'

/** Messages go as they are: what Protocol Buffers cost is no matter of the proxy. */
const asIs = (bytes: Buffer) => bytes

/** How long a connection may take to open. */
const OPEN_MS = 5_000

/**
 * gRPC channels, each with a connection of its own.
 * @throws Error when one is not open in time
 */
export async function openGrpc(
  url: string,
  scenario: GrpcScenario,
  token: string,
  { connections, streams }: Size,
): Promise<Clients> {
  const { host } = new URL(url)
  const channels = Array.from(
    { length: connections },
    () => new Client(host, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 }),
  )
  await Promise.all(channels.map(opened))
  const message = Buffer.from(scenario.message)
  const metadata = new Metadata()
  metadata.set('authorization', `Bearer ${token}`)
  return {
    lanes: lanesOn(channels, streams, (channel) => call(channel, scenario.path, message, metadata)),
    close: () => {
      for (const channel of channels) channel.close()
    },
  }
}

function opened(channel: Client): Promise<void> {
  return new Promise((resolve, reject) =>
    channel.waitForReady(Date.now() + OPEN_MS, (error) => (error ? reject(error) : resolve())),
  )
}

/** A call that fails is an answer too, with the status that the trailers gave: they are what a proxy loses most easily. */
function call(channel: Client, path: string, message: Buffer, metadata: Metadata): Promise<Answer> {
  return new Promise((resolve) => {
    const answered = (error: ServiceError | null, reply?: Buffer) =>
      resolve({
        status: error?.code ?? 0,
        contentType: undefined,
        contentLength: undefined,
        body: reply ?? Buffer.from(error?.details ?? ''),
      })
    channel.makeUnaryRequest(path, asIs, asIs, message, metadata, answered)
  })
}
