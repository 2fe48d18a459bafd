/** The status of gRPC, in the head of an answer and in its trailers: what it means to health, breakers and retries. */
import { connect, createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { describe, expect, it, test } from 'vitest'
import { type RouteOptions, routingView, type ServiceOptions } from '../src/index.ts'
import { listening } from './_support/listening.ts'
import { startRouting } from './_support/services.ts'

/** How a call ends: with a status in the head and nothing else, or in trailers behind a message. */
type Ending = readonly ['head' | 'trailers', string]

/** Starts a gRPC service whose calls end as the list says; the last entry counts for all that follow. */
async function startGrpc(...endings: readonly Ending[]) {
  const bodies: string[] = []
  const server = createServer()
  const answer = async (stream: ServerHttp2Stream): Promise<void> => {
    const [where, status] = endings[Math.min(bodies.length, endings.length - 1)] as Ending
    bodies.push('')
    const at = bodies.length - 1
    for await (const chunk of stream) bodies[at] += String(chunk)
    const head = { ':status': 200, 'content-type': 'application/grpc' }
    if (where === 'head') {
      stream.respond({ ...head, 'grpc-status': status }, { endStream: true })
      return
    }
    stream.respond(head, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': status }))
    stream.end('message')
  }
  server.on('stream', (stream: ServerHttp2Stream) => void answer(stream))
  return { bodies, ...(await listening(server as never)) }
}

/** A gateway before such a service. `call` makes one call and tells what stands in the head. */
function start(urls: readonly string[], service: ServiceOptions, route: Partial<RouteOptions> = {}) {
  const view = routingView()
  const orders: ServiceOptions = { endpoints: urls, protocol: 'http2', balance: 'round-robin', ...service }
  const gateway = startRouting({
    view,
    services: { orders },
    routes: [{ match: {}, to: 'orders', ...route }],
  })
  return {
    view,
    /** A call over HTTP/2 whose message comes piece by piece: what stands in its trailers, and its body. */
    async stream(...pieces: readonly string[]) {
      const client = connect((await gateway.gateway.listen({ port: 0, host: '127.0.0.1' })).url)
      const headers = {
        ':path': '/orders.v1.Orders/Get',
        ':method': 'POST',
        'content-type': 'application/grpc',
      }
      const stream = client.request(headers)
      let trailers: IncomingHttpHeaders = {}
      let body = ''
      stream.on('trailers', (found) => {
        trailers = found
      })
      for (const piece of pieces) {
        stream.write(piece)
        await new Promise((resolve) => setImmediate(resolve))
      }
      stream.end()
      for await (const chunk of stream) body += String(chunk)
      client.close()
      return `${String(trailers['grpc-status'])} ${body}`
    },
    async call(contentType = 'application/grpc') {
      const headers = { 'content-type': contentType }
      const init = { method: 'POST', headers, body: 'call' }
      const response = await gateway.gateway.fetch('http://orders/orders.v1.Orders/Get', init)
      return `${response.status} ${response.headers.get('grpc-status') ?? '-'} ${await response.text()}`
    },
    state: () => view.services()[0]?.endpoints.map(({ state }) => state),
    breaker: () => view.services()[0]?.breaker?.state,
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  }
}

describe('health', () => {
  const health = { passive: { consecutiveFailures: 3, grpcStatuses: ['UNAVAILABLE', 13] } } as const

  it.each<[string, Ending]>([
    ['the head', ['head', '14']],
    ['trailers', ['trailers', '14']],
    ['trailers, by its number', ['trailers', '13']],
  ])('ejects for a status in %s', async (_, ending) => {
    await using service = await startGrpc(ending)
    await using gateway = start([service.url], { health })
    for (let i = 0; i < 3; i++) await gateway.call()
    await expect.poll(gateway.state).toEqual(['ejected'])
  })

  it.each<[string, Ending, ServiceOptions]>([
    ['a status that is not named', ['trailers', '5'], { health }],
    ['a success', ['trailers', '0'], { health }],
    ['what is no status', ['trailers', 'fine'], { health }],
    ['any status without the option', ['trailers', '14'], {}],
  ])('does not eject for %s', async (_, ending, options) => {
    await using service = await startGrpc(ending)
    await using gateway = start([service.url], options)
    for (let i = 0; i < 6; i++) await gateway.call()
    expect(gateway.state()).toEqual(['healthy'])
    expect(gateway.view.services()[0]?.endpoints[0]?.consecutiveFailures).toBe(0)
  })
})

describe('a breaker', () => {
  const breaker = { consecutiveFailures: 2, openMs: 200, grpcStatuses: ['UNAVAILABLE'] } as const

  it.each<Ending>([
    ['head', '14'],
    ['trailers', '14'],
  ])('opens for a status in the %s, and closes with a success', async (where, status) => {
    await using service = await startGrpc([where, status], [where, status], ['trailers', '0'])
    await using gateway = start([service.url], { breaker })
    for (let i = 0; i < 2; i++) await gateway.call()
    await expect.poll(gateway.breaker).toBe('open')
    expect(await gateway.call()).toMatch(/GW_UPSTREAM_CIRCUIT_OPEN/)
    await expect.poll(gateway.breaker).toBe('half-open')
    await gateway.call()
    await expect.poll(gateway.breaker).toBe('closed')
    expect(service.bodies).toHaveLength(3)
  })

  it('of a route opens alone, where the one of the service reads no gRPC', async () => {
    await using service = await startGrpc(['trailers', '14'])
    await using gateway = start([service.url], { breaker: { consecutiveFailures: 1 } }, { breaker })
    for (let i = 0; i < 2; i++) await gateway.call()
    await expect
      .poll(() => gateway.view.explain({ host: 'a', path: '/', method: 'POST' }).breaker?.state)
      .toBe('open')
    expect(gateway.breaker()).toBe('closed')
  })

  it('learns of other calls from their head', async () => {
    await using service = await startGrpc(['trailers', '14'])
    await using gateway = start([service.url], { breaker })
    for (let i = 0; i < 4; i++) await gateway.call('text/plain')
    expect(gateway.breaker()).toBe('closed')
  })
})

describe('retries', () => {
  const retry = { backoffMs: 1, methods: ['POST'], grpcStatuses: ['UNAVAILABLE'] } as const

  it('repeat a call whose answer is nothing but such a status, with its message', async () => {
    await using service = await startGrpc(['head', '14'], ['head', '14'], ['trailers', '0'])
    await using gateway = start([service.url], {}, { retry })
    expect(await gateway.call()).toBe('200 - message')
    expect(service.bodies).toEqual(['call', 'call', 'call'])
  })

  it('repeat a call that streams in over HTTP/2, and its trailers reach the client', async () => {
    await using service = await startGrpc(['head', '14'], ['trailers', '0'])
    await using gateway = start([service.url], {}, { retry })
    expect(await gateway.stream('one ', 'two')).toBe('0 message')
    expect(service.bodies).toEqual(['one two', 'one two'])
  })

  it.each<[string, Ending, Partial<RouteOptions>, string]>([
    ['another status', ['head', '5'], { retry }, '200 5 '],
    ['a status in trailers: the client has the message', ['trailers', '14'], { retry }, '200 - message'],
    ['any status without the option', ['head', '14'], { retry: { methods: ['POST'] } }, '200 14 '],
  ])('do not repeat for %s', async (_, ending, route, answer) => {
    await using service = await startGrpc(ending)
    await using gateway = start([service.url], {}, route)
    expect(await gateway.call()).toBe(answer)
    expect(service.bodies).toHaveLength(1)
  })

  it('end with the last answer', async () => {
    await using service = await startGrpc(['head', '14'])
    await using gateway = start([service.url], {}, { retry, limits: { attempts: 2 } })
    expect(await gateway.call()).toBe('200 14 ')
    expect(service.bodies).toHaveLength(2)
  })
})

test.each<[Partial<RouteOptions>, ServiceOptions, string]>([
  [{ retry: { grpcStatuses: ['UNAVAILABLE'] } }, {}, 'Expected methods with "POST" beside grpcStatuses'],
  [{ retry: { methods: ['POST'], grpcStatuses: [] } }, {}, 'retry.grpcStatuses'],
  [{ breaker: { consecutiveFailures: 1, grpcStatuses: ['OK' as never] } }, {}, 'breaker.grpcStatuses[0]'],
  [{}, { health: { passive: { grpcStatuses: [0] } } }, 'health.passive.grpcStatuses[0]'],
  [{}, { health: { passive: { grpcStatuses: [17] } } }, 'Expected <=16'],
])('a mistake in the options stops the start: %j %j', (route, service, message) => {
  expect(() => start(['http://127.0.0.1:1'], service, route)).toThrow(message)
})
