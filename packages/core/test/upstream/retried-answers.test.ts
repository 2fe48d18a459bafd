/** Answers that make room for another attempt, methods that a route lets repeat, and the time of one attempt. */
import { describe, expect, test } from 'vitest'
import {
  type Attempt,
  definePlugin,
  type Exchange,
  type GatewayOptions,
  type RouteDefinition,
} from '../../src/index.ts'
import { createTestGateway, type TestUpstream, until } from '../../src/testing.ts'
import { http2Upstream } from '../http2/peers.ts'
import { RawClient } from '../listen/raw-client.ts'

interface Retrying {
  readonly route?: Partial<RouteDefinition>
  readonly delayMs?: (exchange: Exchange) => number | undefined
  readonly ended?: Attempt[]
}

/** Always asks for another attempt, and notes every attempt that ended. */
function retrying(
  upstream: Pick<TestUpstream, 'url'>,
  { route = {}, delayMs = () => 0, ended = [] }: Retrying = {},
) {
  return definePlugin({
    name: 'retrying',
    version: '1.0.0',
    api: '1.0',
    fault: 'transform',
    setup(gateway) {
      const made = gateway.addRoute({ id: 'retried', endpoint: gateway.endpoint(upstream.url), ...route })
      gateway.hooks.pickRoute.tap(() => made)
      gateway.hooks.onRoute.tap(({ hooks }) => {
        hooks.onAttemptEnd.tap(({ attempt }) => {
          if (attempt) ended.push(attempt)
        })
        hooks.pickRetry.tap(delayMs)
      })
    },
  })()
}

/** Answers 503 so many times, then 200. */
function busyTimes(times: number, how: Retrying = {}, options: GatewayOptions = {}, body = 'busy') {
  let count = 0
  return createTestGateway((upstream) => [retrying(upstream, how)], options, {
    kind: 'custom',
    handle: (request, response) => {
      count++
      response.statusCode = count <= times ? 503 : 200
      const answer = count <= times ? body : `attempt ${count}`
      request.on('end', () => response.setHeader('x-attempt', count).end(answer)).resume()
    },
  })
}

test('an answer makes room for another attempt, and the client sees nothing of it', async () => {
  const ended: Attempt[] = []
  const asked: [number | undefined, string | undefined, string[]][] = []
  const delayMs = ({ attempt, responseHeaders }: Exchange): number => {
    asked.push([attempt?.status, attempt?.error?.code, responseHeaders.slice(0, 2)])
    return 0
  }
  await using gateway = await busyTimes(2, { ended, delayMs })
  const response = await gateway.fetch('/')
  expect([response.status, response.headers.get('x-attempt'), await response.text()]).toEqual([
    200,
    '3',
    'attempt 3',
  ])
  await gateway.finished(1)
  expect(asked).toEqual([
    [503, undefined, ['x-attempt', '1']],
    [503, undefined, ['x-attempt', '2']],
  ])
  expect(ended.map(({ number, status, error }) => [number, status, error])).toEqual([
    [1, 503, null],
    [2, 503, null],
    [3, 200, null],
  ])
  expect(gateway.exchanges[0]?.responseBytes).toBe('attempt 3'.length)
})

test('a short answer that is dropped leaves its connection usable, and no place taken', async () => {
  await using gateway = await busyTimes(2)
  await (await gateway.fetch('/')).text()
  await until(() => gateway.exchanges[0]?.endpoint?.inFlight === 0, 'the places to be free')
  const opened = gateway.upstream.opened
  await (await gateway.fetch('/')).text()
  expect([gateway.upstream.opened, await gateway.upstream.connections()]).toEqual([opened, opened])
})

test('a long answer that is dropped is cut, and its place is free again', async () => {
  await using gateway = await busyTimes(1, {}, {}, 'x'.repeat(5_000_000))
  expect(await (await gateway.fetch('/')).text()).toBe('attempt 2')
  await gateway.finished(1)
  await until(() => gateway.exchanges[0]?.endpoint?.inFlight === 0, 'the place to be free')
})

test('the last answer goes to the client as it is', async () => {
  await using gateway = await busyTimes(99)
  const response = await gateway.fetch('/')
  expect([response.status, await response.text()]).toEqual([503, 'busy'])
  expect(gateway.upstream.requests.length).toBe(3)
})

test.each([
  ['nobody wants another', () => undefined],
  ['the wait does not fit into the total time', () => 600_000],
])('where %s, the answer goes to the client', async (_name, delayMs) => {
  await using gateway = await busyTimes(99, { delayMs }, { timeouts: { totalMs: 5_000 } })
  const response = await gateway.fetch('/')
  expect([response.status, await response.text()]).toEqual([503, 'busy'])
  expect(gateway.upstream.requests.length).toBe(1)
})

test('nobody is asked about an answer that was asked for', async () => {
  let asked = 0
  const delayMs = (): undefined => {
    asked++
  }
  await using gateway = await busyTimes(0, { delayMs })
  await (await gateway.fetch('/')).text()
  expect(asked).toBe(0)
})

test('a throw about an answer fails the exchange', async () => {
  const delayMs = (): number => {
    throw new Error('broken')
  }
  await using gateway = await busyTimes(99, { delayMs })
  expect((await gateway.fetch('/')).status).toBe(500)
})

test('a client that goes away while the wait lasts gets no second attempt', async () => {
  await using gateway = await busyTimes(99, { delayMs: () => 600_000 })
  using client = await RawClient.open(gateway.port)
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await until(() => gateway.upstream.requests.length === 1, 'the first attempt')
  client.destroy()
  await gateway.finished(1)
  expect(gateway.exchanges[0]?.error?.code).toBe('GW_CLIENT_ABORTED')
  expect(gateway.exchanges[0]?.status).toBe(499)
})

describe('methods', () => {
  test('POST is not repeated unless the route says so', async () => {
    await using gateway = await busyTimes(1, { route: { retainBodyBytes: 1_000 } })
    expect((await gateway.fetch('/', { method: 'POST', body: 'abc' })).status).toBe(503)
  })

  test('POST is repeated with its body where the route says so', async () => {
    await using gateway = await busyTimes(1, {
      route: { retainBodyBytes: 1_000, repeatMethods: ['POST'] },
    })
    expect((await gateway.fetch('/', { method: 'POST', body: 'abc' })).status).toBe(200)
    expect(gateway.upstream.requests.length).toBe(2)
    expect((await gateway.gateway.fetch('http://a/', { method: 'GET' })).status).toBe(200)
  })

  test('what the route leaves out is not repeated, GET included', async () => {
    await using gateway = await busyTimes(1, { route: { repeatMethods: ['PUT'] } })
    expect((await gateway.fetch('/')).status).toBe(503)
  })
})

test('an answer over HTTP/2 makes room, too, on the same connection', async () => {
  let count = 0
  let sessions = 0
  await using upstream = await http2Upstream((stream) => {
    count++
    stream.respond({ ':status': count === 1 ? 503 : 200 })
    stream.end(`attempt ${count}`)
  })
  upstream.server.on('session', () => sessions++)
  await using gateway = await createTestGateway([
    definePlugin({
      name: 'over-http2',
      version: '1.0.0',
      api: '1.0',
      fault: 'transform',
      setup(host) {
        const endpoint = host.endpoint(upstream.url, { protocol: 'http2' })
        const route = host.addRoute({ id: 'h2', endpoint })
        host.hooks.pickRoute.tap(() => route)
        host.hooks.onRoute.tap(({ hooks }) => hooks.pickRetry.tap(() => 0))
      },
    })(),
  ])
  expect(await (await gateway.fetch('/')).text()).toBe('attempt 2')
  expect(sessions).toBe(1)
  await gateway.finished(1)
  expect(gateway.exchanges[0]?.endpoint?.inFlight).toBe(0)
})

test('a call in the caller seat is repeated', async () => {
  await using gateway = await busyTimes(1)
  const dispatcher = gateway.gateway.dispatcher()
  const response = await fetch(gateway.upstream.url, { dispatcher } as unknown as RequestInit)
  expect(await response.text()).toBe('attempt 2')
})

describe('the time of one attempt', () => {
  test('another attempt follows', async () => {
    const ended: Attempt[] = []
    await using gateway = await createTestGateway(
      (upstream) => [retrying(upstream, { ended })],
      { timeouts: { attemptMs: 60 } },
      [{ kind: 'silent' }, { kind: 'echo' }],
    )
    expect((await gateway.fetch('/')).status).toBe(200)
    expect(ended[0]?.error?.code).toBe('GW_UPSTREAM_ATTEMPT_TIMEOUT')
  })

  test('without another attempt the client gets 504', async () => {
    await using gateway = await createTestGateway([], { timeouts: { attemptMs: 60 } }, { kind: 'silent' })
    const response = await gateway.fetch('/')
    expect([response.status, await response.json()]).toMatchObject([
      504,
      { code: 'GW_UPSTREAM_ATTEMPT_TIMEOUT' },
    ])
  })

  test('it ends with the head: a body may take longer', async () => {
    await using gateway = await createTestGateway(
      [],
      { timeouts: { attemptMs: 100 } },
      {
        kind: 'custom',
        handle: (_request, response) => {
          response.write('first ')
          setTimeout(() => response.end('last'), 400)
        },
      },
    )
    expect(await (await gateway.fetch('/')).text()).toBe('first last')
  })

  test('the time that a client takes to send is its own', async () => {
    await using gateway = await createTestGateway([], { timeouts: { attemptMs: 200 } })
    using client = await RawClient.open(gateway.port)
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc')
    await new Promise((resolve) => setTimeout(resolve, 600))
    client.send('def')
    expect((await client.response()).status).toBe(200)
  })
})

describe('an answer with a gRPC error in its head', () => {
  const start = (route: Partial<RouteDefinition>, grpcStatus = '14') => {
    let count = 0
    return createTestGateway(
      (upstream) => [retrying(upstream, { route })],
      {},
      {
        kind: 'custom',
        handle: (request, response) => {
          count++
          if (count === 1) response.setHeader('Grpc-Status', grpcStatus)
          request.on('end', () => response.end(`attempt ${count}`)).resume()
        },
      },
    )
  }

  test('makes room for another attempt where the route says so', async () => {
    await using gateway = await start({ repeatGrpcErrors: true })
    expect(await (await gateway.fetch('/')).text()).toBe('attempt 2')
  })

  test.each([
    ['without that', {}, '14'],
    ['with the status of a success', { repeatGrpcErrors: true }, '0'],
    ['of a method that may not be repeated', { repeatGrpcErrors: true, repeatMethods: ['PUT'] }, '14'],
  ])('is the client’s %s', async (_, route, status) => {
    await using gateway = await start(route, status)
    const response = await gateway.fetch('/')
    expect([await response.text(), response.headers.get('grpc-status')]).toEqual(['attempt 1', status])
  })
})

test('an attempt that ended shows the trailers of its answer', async () => {
  const ended: Attempt[] = []
  await using gateway = await createTestGateway(
    (upstream) => [retrying(upstream, { ended })],
    {},
    {
      kind: 'custom',
      handle: (_request, response) => {
        response.writeHead(200, { trailer: 'X-Sum' })
        response.write('body')
        response.addTrailers({ 'X-Sum': '7' })
        response.end()
      },
    },
  )
  await (await gateway.fetch('/')).text()
  await gateway.finished(1)
  expect(ended[0]?.trailers).toEqual(['X-Sum', '7'])
})
