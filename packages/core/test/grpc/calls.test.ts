/** gRPC passes as if the gateway were not there: every kind of call, status, deadline, cancellation and size. */
import {
  Metadata,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type StatusObject,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js'
import { describe, expect, test } from 'vitest'
import { createTestGateway, type TestGateway, until } from '../../src/testing.ts'
import { serverAuthority, serverCertificate } from '../tls/secure.ts'
import { call, type GrpcServer, grpcClient, grpcServer } from './peers.ts'

const seen = { metadata: new Metadata(), cancelled: 0 }

const echo: UntypedServiceImplementation = {
  unary: (request: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
    seen.metadata = request.metadata
    request.on('cancelled', () => seen.cancelled++)
    const [wanted] = request.metadata.get('x-status')
    if (wanted === 'never') return
    const initial = new Metadata()
    initial.set('x-initial', 'here')
    request.sendMetadata(initial)
    const trailers = new Metadata()
    trailers.set('x-trailer', 'there')
    trailers.set('x-trailer-bin', Buffer.from([0, 255, 1]))
    if (wanted === undefined) done(null, request.request, trailers)
    else done({ code: Number(wanted), details: 'why: 100% \u00e4\u20ac\n', metadata: trailers })
  },
  serverStream: (request: ServerWritableStream<Buffer, Buffer>) => {
    request.on('cancelled', () => seen.cancelled++)
    for (let i = 0; i < Number(request.request); i++) request.write(Buffer.from(String(i)))
    if (request.metadata.get('x-open').length === 0) request.end()
  },
  clientStream: (request: ServerReadableStream<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
    let bytes = 0
    request.on('cancelled', () => seen.cancelled++)
    if (request.metadata.get('x-early').length > 0) {
      done({ code: status.RESOURCE_EXHAUSTED, details: 'enough' })
      return
    }
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    request.on('end', () => done(null, Buffer.from(String(bytes))))
  },
  bidi: (request: ServerDuplexStream<Buffer, Buffer>) => {
    request.on('cancelled', () => seen.cancelled++)
    request.on('data', (chunk: Buffer) => request.write(chunk))
    request.on('end', () => request.end())
  },
}

const via = (server: GrpcServer, more = {}): Promise<TestGateway> =>
  createTestGateway([], { upstream: { url: server.url, protocol: 'http2' }, ...more })

describe('calls', () => {
  test('of each kind', async () => {
    await using server = await grpcServer(echo)
    await using gateway = await via(server)
    using client = grpcClient(gateway.url)

    expect((await call(client, Buffer.from('hello'), new Metadata())).value?.toString()).toBe('hello')

    const streamed: string[] = []
    for await (const chunk of client.serverStream(Buffer.from('5'))) streamed.push(String(chunk))
    expect(streamed).toEqual(['0', '1', '2', '3', '4'])

    const counted = await new Promise((resolve) => {
      const upload = client.clientStream(new Metadata(), (_error, value) => resolve(value?.toString()))
      for (let i = 0; i < 10; i++) upload.write(Buffer.alloc(1_000))
      upload.end()
    })
    expect(counted).toBe('10000')

    const talk = client.bidi()
    const answers: string[] = []
    talk.on('data', (chunk: Buffer) => answers.push(chunk.toString()))
    const over = new Promise<StatusObject>((resolve) => talk.on('status', resolve))
    for (const word of ['a', 'b', 'c']) {
      talk.write(Buffer.from(word))
      await until(() => answers.at(-1) === word, 'its echo')
    }
    talk.end()
    expect((await over).code).toBe(status.OK)
  })

  test('carry metadata both ways, binary too', async () => {
    await using server = await grpcServer(echo)
    await using gateway = await via(server)
    using client = grpcClient(gateway.url)
    const metadata = new Metadata()
    metadata.add('x-many', '1')
    metadata.add('x-many', '2')
    metadata.set('x-some-bin', Buffer.from([0, 1, 254, 255]))
    const { headers } = await call(client, Buffer.from('x'), metadata)
    expect(seen.metadata.get('x-many').join()).toMatch(/^1, ?2$/)
    expect(seen.metadata.get('x-some-bin')).toEqual([Buffer.from([0, 1, 254, 255])])
    expect(headers?.get('x-initial')).toEqual(['here'])
  })

  test('carry 4 MiB both ways', async () => {
    await using server = await grpcServer(echo)
    await using gateway = await via(server)
    using client = grpcClient(gateway.url)
    const big = Buffer.alloc(4 * 1_048_576, 'x')
    const { value, error } = await call(client, big, new Metadata())
    expect(error).toBeNull()
    expect(value?.equals(big)).toBe(true)
  })

  test('pass through TLS on both legs', async () => {
    const tls = serverCertificate()
    await using server = await grpcServer(echo, tls)
    await using gateway = await createTestGateway([], {
      upstream: { url: server.url, protocol: 'http2', tls: { ca: serverAuthority.cert } },
    })
    const { url } = await gateway.gateway.listen({ port: 0, tls })
    using client = grpcClient(url, tls)
    const { error, value } = await call(client, Buffer.from('secret'), new Metadata())
    expect(error).toBeNull()
    expect(value?.toString()).toBe('secret')
  })
})

/** Every status but OK, by name. */
const FAILURES = Object.entries(status).filter(([name]) => /^[A-Z]/.test(name) && name !== 'OK')

describe('statuses', () => {
  test.each(FAILURES)('%s arrives as sent', async (_name, code) => {
    await using server = await grpcServer(echo)
    await using gateway = await via(server)
    using client = grpcClient(gateway.url)
    const metadata = new Metadata()
    metadata.set('x-status', String(code))
    const { error } = await call(client, Buffer.from('x'), metadata)
    expect([error?.code, error?.details]).toEqual([code, 'why: 100% \u00e4\u20ac\n'])
    expect(error?.metadata.get('x-trailer')).toEqual(['there'])
    expect(error?.metadata.get('x-trailer-bin')).toEqual([Buffer.from([0, 255, 1])])
  })

  test('of a method that is not there, which is all trailers', async () => {
    await using server = await grpcServer({ unary: echo['unary'] as never })
    await using gateway = await via(server)
    using client = grpcClient(gateway.url)
    const error = await new Promise<StatusObject>((resolve) => {
      const stream = client.serverStream(Buffer.from('1'))
      stream.on('error', () => {})
      stream.on('status', resolve)
      stream.resume()
    })
    expect(error.code).toBe(status.UNIMPLEMENTED)
  })

  test('that come before the client has sent all', async () => {
    await using server = await grpcServer(echo)
    await using gateway = await via(server)
    using client = grpcClient(gateway.url)
    const metadata = new Metadata()
    metadata.set('x-early', '1')
    const error = await new Promise((resolve) => {
      const upload = client.clientStream(metadata, (failure) => resolve([failure?.code, failure?.details]))
      upload.on('error', () => {})
      upload.write(Buffer.alloc(1_000))
    })
    expect(error).toEqual([status.RESOURCE_EXHAUSTED, 'enough'])
  })
})

describe('whoever gives up', () => {
  test('by its deadline ends the call upstream', async () => {
    await using server = await grpcServer(echo)
    await using gateway = await via(server)
    using client = grpcClient(gateway.url)
    const metadata = new Metadata()
    metadata.set('x-status', 'never')
    const before = seen.cancelled
    const { error } = await call(client, Buffer.from('x'), metadata, Date.now() + 150)
    expect(error?.code).toBe(status.DEADLINE_EXCEEDED)
    await until(() => seen.cancelled > before, 'the call to be cancelled upstream')
    await until(() => gateway.gateway.stats().inFlight === 0, 'nothing to run')
  })

  test('by cancelling, before an answer, in a download and in a talk', async () => {
    await using server = await grpcServer(echo)
    await using gateway = await via(server)
    using client = grpcClient(gateway.url)
    const never = new Metadata()
    never.set('x-status', 'never')
    let before = seen.cancelled
    let started = gateway.gateway.stats().inFlight
    const unary = client.unary(Buffer.from('x'), never, {}, () => {})
    await until(() => gateway.gateway.stats().inFlight > started, 'the call')
    unary.cancel()
    await until(() => seen.cancelled > before, 'the call to be cancelled upstream')

    before = seen.cancelled
    const open = new Metadata()
    open.set('x-open', '1')
    const download = client.serverStream(Buffer.from('1'), open)
    download.on('error', () => {})
    download.on('data', () => download.cancel())
    await until(() => seen.cancelled > before, 'the download to be cancelled upstream')

    before = seen.cancelled
    started = gateway.gateway.stats().inFlight
    const talk = client.bidi()
    talk.on('error', () => {})
    talk.write(Buffer.from('x'))
    talk.on('data', () => talk.cancel())
    await until(() => seen.cancelled > before, 'the talk to be cancelled upstream')
    await until(() => gateway.gateway.stats().inFlight === 0, 'nothing to run')
  })

  test('as a server that dies fails the calls that run, not those after it is back', async () => {
    const server = await grpcServer(echo)
    await using gateway = await via(server)
    using client = grpcClient(gateway.url)
    const talk = client.bidi()
    talk.on('error', () => {})
    const over = new Promise<StatusObject>((resolve) => talk.on('status', resolve))
    const first = new Promise((resolve) => talk.once('data', resolve))
    talk.write(Buffer.from('x'))
    await first
    server.server.forceShutdown()
    expect((await over).code).toBe(status.INTERNAL)
    expect((await call(client, Buffer.from('x'), new Metadata())).error?.code).toBe(status.UNAVAILABLE)
  })
})

describe('a talk in which nobody says a word', () => {
  test('lives as long as idleMs allows', async () => {
    await using server = await grpcServer(echo)
    await using gateway = await via(server, { timeouts: { idleMs: 250, headersMs: 100 } })
    using client = grpcClient(gateway.url)
    const talk = client.bidi()
    const answers: string[] = []
    talk.on('error', () => {})
    talk.on('data', (chunk: Buffer) => answers.push(chunk.toString()))
    const over = new Promise<StatusObject>((resolve) => talk.on('status', resolve))
    // Longer than idleMs altogether, never longer than that without a word.
    for (let i = 0; i < 5; i++) {
      talk.write(Buffer.from(String(i)))
      await until(() => answers.length === i + 1, 'its echo')
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    expect((await over).code).not.toBe(status.OK)
    expect(answers).toEqual(['0', '1', '2', '3', '4'])
    expect(gateway.exchanges[0]?.error?.code).toMatch(/^GW_(UPSTREAM_IDLE|REQ_BODY)_TIMEOUT$/)
  })
})
