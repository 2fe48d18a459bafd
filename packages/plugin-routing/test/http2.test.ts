/** A service that speaks HTTP/2, as gRPC servers do, is reached over it: with its trailers, and beside services that do not. */
import { connect, createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { createGateway } from '@postern/core'
import { expect, it } from 'vitest'
import { routing } from '../src/index.ts'
import { startService } from './_support/services.ts'

it('reaches each service in the version that it speaks', async () => {
  const server = createServer()
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.resume()
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'x-path': headers[':path'] }))
    stream.end('message')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await using plain = await startService('plain')
  const services = {
    orders: { endpoints: [`http://127.0.0.1:${port}`], protocol: 'http2' as const },
    plain: { endpoints: [plain.url] },
  }
  const routes = [
    { match: { path: '/orders.v1.Orders' }, to: 'orders' },
    { match: { path: '/plain' }, to: 'plain' },
  ]
  const gateway = createGateway([routing({ services, routes })], { logger: false })
  const { url } = await gateway.listen({ port: 0 })
  const client = connect(url)
  try {
    const ask = (path: string) =>
      new Promise<{ body: string; trailers: unknown }>((resolve, reject) => {
        const stream = client.request({
          ':path': path,
          ':method': 'POST',
          'content-type': 'application/grpc',
        })
        let body = ''
        let trailers: unknown
        stream.on('error', reject)
        stream.on('trailers', (found) => {
          trailers = found
        })
        stream.on('data', (chunk) => {
          body += String(chunk)
        })
        stream.on('close', () => resolve({ body, trailers }))
        stream.end('x')
      })
    const path = '/orders.v1.Orders/Get'
    const { body, trailers } = await ask(path)
    expect(body).toBe('message')
    expect(trailers).toMatchObject({ 'grpc-status': '0', 'x-path': path })
    expect((await ask('/plain/7')).body).toBe('plain /plain/7')
  } finally {
    client.destroy()
    await gateway.close({ graceMs: 100 })
    server.close()
  }
})
