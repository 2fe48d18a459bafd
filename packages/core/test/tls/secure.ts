/** A gateway that listens with TLS, and clients that speak to it. */
import { once } from 'node:events'
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import type {
  GatewayOptions,
  ListenAddress,
  ListenOptions,
  ListenTls,
  PluginInstance,
} from '../../src/index.ts'
import {
  createTestGateway,
  TestAuthority,
  type TestCertificate,
  type TestCertificateSubject,
  type TestGateway,
} from '../../src/testing.ts'

/** Signs what servers show. */
export const serverAuthority = new TestAuthority('Servers CA')
/** Signs what clients show. */
export const clientAuthority = new TestAuthority('Clients CA')
/** Signs what nobody believes. */
export const foreignAuthority = new TestAuthority('Foreign CA')

/** A server's certificate for `localhost` and 127.0.0.1 unless told otherwise. */
export function serverCertificate(subject: Partial<TestCertificateSubject> = {}): TestCertificate {
  return serverAuthority.issue({ name: 'server', names: ['DNS:localhost', 'IP:127.0.0.1'], ...subject })
}

/** A gateway, and its listener with TLS. */
export interface SecureGateway extends AsyncDisposable {
  readonly test: TestGateway
  readonly address: ListenAddress
  readonly port: number
}

/** Starts a gateway whose second listener speaks TLS. */
export async function secureGateway(
  tls: Partial<ListenTls> = {},
  listen: Omit<ListenOptions, 'tls'> = {},
  options: GatewayOptions = {},
  plugins: readonly PluginInstance[] = [],
): Promise<SecureGateway> {
  const test = await createTestGateway(plugins, options)
  try {
    const address = await test.gateway.listen({ port: 0, ...listen, tls: { ...serverCertificate(), ...tls } })
    return { test, address, port: address.port, [Symbol.asyncDispose]: () => test.close() }
  } catch (error) {
    await test.close()
    throw error
  }
}

/** Opens a TLS connection to 127.0.0.1 that believes `serverAuthority`. Rejects when the handshake fails. */
export async function openTls(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({
    host: '127.0.0.1',
    port,
    ca: serverAuthority.cert,
    servername: 'localhost',
    ...options,
  })
  await once(socket, 'secureConnect')
  return socket
}

/** Opens an HTTP/2 session over TLS. */
export async function openHttp2(port: number, options: ConnectionOptions = {}): Promise<ClientHttp2Session> {
  const socket = await openTls(port, { ALPNProtocols: ['h2'], ...options })
  const session = connectHttp2('https://localhost', { createConnection: () => socket })
  session.on('error', () => {})
  return session
}

/** Sends a request over a session and reads its answer. */
export async function requestHttp2(
  session: ClientHttp2Session,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; body: string }> {
  const stream = session.request({ ':path': '/', ...headers })
  let status = 0
  stream.on('response', (head) => {
    status = Number(head[':status'])
  })
  let body = ''
  for await (const chunk of stream) body += chunk
  return { status, body }
}
