/** gRPC without proto files: messages are bytes, methods have plain paths. */
import {
  type Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  type ClientUnaryCall,
  type ClientWritableStream,
  credentials,
  type Metadata,
  makeGenericClientConstructor,
  Server,
  ServerCredentials,
  type ServiceError,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import type { TestCertificate } from '../../src/testing.ts'
import { serverAuthority } from '../tls/secure.ts'

const bytes = { serialize: (value: Buffer) => value, deserialize: (value: Buffer) => value }

const method = (name: string, requestStream: boolean, responseStream: boolean) => ({
  path: `/test.Echo/${name}`,
  requestStream,
  responseStream,
  requestSerialize: bytes.serialize,
  requestDeserialize: bytes.deserialize,
  responseSerialize: bytes.serialize,
  responseDeserialize: bytes.deserialize,
})

/** One method of each kind. */
const service = {
  unary: method('Unary', false, false),
  serverStream: method('ServerStream', false, true),
  clientStream: method('ClientStream', true, false),
  bidi: method('Bidi', true, true),
}

type OnDone = (error: ServiceError | null, value?: Buffer) => void

/** What a client of the service can do. */
export interface EchoClient extends Client {
  unary(value: Buffer, metadata: Metadata, options: { deadline?: number }, done: OnDone): ClientUnaryCall
  serverStream(value: Buffer, metadata?: Metadata): ClientReadableStream<Buffer>
  clientStream(metadata: Metadata, done: OnDone): ClientWritableStream<Buffer>
  bidi(metadata?: Metadata, options?: { deadline?: number }): ClientDuplexStream<Buffer, Buffer>
}

const LIMITS = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 }

export interface GrpcServer extends AsyncDisposable {
  readonly url: string
  readonly server: Server
}

/** Starts a server on a free port. */
export async function grpcServer(
  handlers: UntypedServiceImplementation,
  tls?: TestCertificate,
): Promise<GrpcServer> {
  const server = new Server(LIMITS)
  server.addService(service, handlers)
  const secured = tls
    ? ServerCredentials.createSsl(null, [
        { cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) },
      ])
    : ServerCredentials.createInsecure()
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', secured, (error, bound) => (error ? reject(error) : resolve(bound)))
  })
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    server,
    [Symbol.asyncDispose]: async () => server.forceShutdown(),
  }
}

const EchoConstructor = makeGenericClientConstructor(service, 'Echo')

/** Opens a client; dispose it. Retries are off: a test sees what the gateway said, not what another try brought. */
export function grpcClient(url: string, tls?: TestCertificate): EchoClient & Disposable {
  const secured = tls
    ? credentials.createSsl(Buffer.from(serverAuthority.cert))
    : credentials.createInsecure()
  const options = {
    ...LIMITS,
    'grpc.enable_retries': 0,
    'grpc.use_local_subchannel_pool': 1,
    // grpc-js asks for the host by SNI, and an address cannot be asked for.
    ...(tls ? { 'grpc.ssl_target_name_override': 'localhost' } : {}),
  }
  const client = new EchoConstructor(new URL(url).host, secured, options) as unknown as EchoClient
  return Object.assign(client, { [Symbol.dispose]: () => client.close() })
}

/** A unary call, whose error is a value. */
export function call(
  client: EchoClient,
  value: Buffer,
  metadata: Metadata,
  deadline?: number,
): Promise<{ error: ServiceError | null; value: Buffer | undefined; headers: Metadata | undefined }> {
  return new Promise((resolve) => {
    let headers: Metadata | undefined
    client
      .unary(value, metadata, deadline === undefined ? {} : { deadline }, (error, answer) =>
        resolve({ error, value: answer, headers }),
      )
      .on('metadata', (found: Metadata) => {
        headers = found
      })
  })
}
