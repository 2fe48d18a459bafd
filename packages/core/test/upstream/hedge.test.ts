/** Attempts side by side: the first head wins, and nothing is left of the others. */
import { expect, test } from 'vitest'
import { type Attempt, definePlugin, type Exchange, type GatewayOptions } from '../../src/index.ts'
import { createTestGateway, createUpstream, type TestUpstream, until } from '../../src/testing.ts'
import { http2Upstream } from '../http2/peers.ts'
import { RawClient } from '../listen/raw-client.ts'

type Told = [number: number, status: number, code: string | undefined, endpoint: string | undefined]

/** Sends each attempt to the next upstream, and starts another when there is no head after 30 ms. */
function hedging(
  upstreams: readonly Pick<TestUpstream, 'url'>[],
  ended: Told[] = [],
  wanted: (exchange: Exchange) => boolean | undefined = () => true,
  protocol: 'http1' | 'http2' = 'http1',
) {
  return definePlugin({
    name: 'hedging',
    version: '1.0.0',
    api: '1.0',
    fault: 'transform',
    setup(gateway) {
      const endpoints = upstreams.map(({ url }) => gateway.endpoint(url, { protocol }))
      const route = gateway.addRoute({ id: 'hedged', hedgeAfterMs: 30 })
      gateway.hooks.pickRoute.tap(() => route)
      gateway.hooks.onRoute.tap(({ hooks }) => {
        hooks.pickEndpoint.tap(async ({ attempt }) => {
          await Promise.resolve()
          return endpoints[Math.min(attempt?.number ?? 0, endpoints.length - 1)]
        })
        hooks.onAttemptEnd.tap(({ attempt, endpoint }) => {
          if (attempt) ended.push([attempt.number, attempt.status, attempt.error?.code, endpoint?.url])
        })
        hooks.pickHedge.tap(wanted)
      })
    },
  })()
}

/** On a slow machine a third would start before the second is done. */
const TWO: GatewayOptions = { limits: { attempts: 2 } }

const start = (plugin: ReturnType<typeof hedging>, options: GatewayOptions = {}) =>
  createTestGateway([plugin], options)

function chain(exchange: Exchange | undefined): number[] {
  const numbers: number[] = []
  for (let attempt: Attempt | null = exchange?.attempt ?? null; attempt; attempt = attempt.previous)
    numbers.push(attempt.number)
  return numbers
}

test('a second attempt wins where the first is slow, and nothing is left of the first', async () => {
  const ended: Told[] = []
  await using slow = await createUpstream({ kind: 'silent' })
  await using quick = await createUpstream({ kind: 'answer', status: 200, body: 'quick' })
  await using gateway = await start(hedging([slow, quick], ended), TWO)
  expect(await (await gateway.fetch('/')).text()).toBe('quick')
  await gateway.finished(1)
  expect(ended).toEqual([
    [1, 0, 'GW_UPSTREAM_OUTPACED', slow.url],
    [2, 200, undefined, quick.url],
  ])
  const [exchange] = gateway.exchanges
  expect([exchange?.error, exchange?.endpoint?.url, chain(exchange)]).toEqual([null, quick.url, [2, 1]])
  await until(async () => (await slow.connections()) === 0, 'the first attempt’s connection to be gone')
  expect(exchange?.attempt?.previous?.endpoint?.inFlight).toBe(0)
  expect(exchange?.endpoint?.inFlight).toBe(0)
})

test('the first attempt wins where the second is slower, and its response is whole', async () => {
  const ended: Told[] = []
  await using second = await createUpstream({ kind: 'silent' })
  await using first = await createUpstream({
    kind: 'custom',
    handle: (_request, response) => {
      void until(() => second.requests.length === 1, 'the second attempt').then(() => {
        response.write('first ')
        setTimeout(() => response.end('is whole'), 50)
      })
    },
  })
  await using gateway = await start(hedging([first, second], ended), TWO)
  expect(await (await gateway.fetch('/')).text()).toBe('first is whole')
  await gateway.finished(1)
  expect(ended).toEqual([
    [2, 0, 'GW_UPSTREAM_OUTPACED', second.url],
    [1, 200, undefined, first.url],
  ])
  expect(chain(gateway.exchanges[0])).toEqual([1, 2])
  expect(gateway.exchanges[0]?.endpoint?.url).toBe(first.url)
})

test('a fault of one is not the answer while the other runs', async () => {
  const ended: Told[] = []
  await using well = await createUpstream({
    kind: 'custom',
    handle: (_request, response) => {
      void until(() => ended.length === 1, 'the end of the other').then(() => response.end('well'))
    },
  })
  await using sick = await createUpstream({ kind: 'answer', status: 503, body: 'sick' })
  await using gateway = await start(hedging([well, sick], ended), TWO)
  expect(await (await gateway.fetch('/')).text()).toBe('well')
  await gateway.finished(1)
  expect(ended.map(([number, status]) => [number, status])).toEqual([
    [2, 503],
    [1, 200],
  ])
})

test('where the rest fails, too, the client gets an error', async () => {
  const ended: Told[] = []
  await using breaks = await createUpstream({
    kind: 'custom',
    handle: (request) => {
      void until(() => ended.length === 1, 'the end of the other').then(() =>
        request.socket.resetAndDestroy(),
      )
    },
  })
  await using sick = await createUpstream({ kind: 'answer', status: 503, body: 'sick' })
  await using gateway = await start(hedging([breaks, sick], ended), TWO)
  const response = await gateway.fetch('/')
  expect([response.status, await response.json()]).toMatchObject([502, { code: 'GW_UPSTREAM_RESET' }])
  await gateway.finished(1)
  expect(chain(gateway.exchanges[0])).toEqual([1, 2])
})

test('where nobody wants another, or the attempts are used up, there is none', async () => {
  await using upstream = await createUpstream({ kind: 'silent' })
  await using declined = await start(
    hedging([upstream], [], () => undefined),
    { timeouts: { totalMs: 150 } },
  )
  expect((await declined.fetch('/')).status).toBe(504)
  expect(upstream.requests.length).toBe(1)
  await using limited = await start(hedging([upstream]), {
    limits: { attempts: 3 },
    timeouts: { totalMs: 300 },
  })
  expect((await limited.fetch('/')).status).toBe(504)
  expect(upstream.requests.length).toBe(4)
  await limited.finished(1)
  expect(limited.exchanges[0]?.endpoint?.inFlight).toBe(0)
})

test('a plugin that fails about a second attempt leaves the first alone', async () => {
  await using slow = await createUpstream({
    kind: 'custom',
    handle: (_request, response) => void setTimeout(() => response.end('late'), 150),
  })
  const gateway = await start(
    hedging([slow], [], () => {
      throw new Error('broken')
    }),
  )
  expect(await (await gateway.fetch('/')).text()).toBe('late')
  await gateway.close()
})

test.each(['POST', 'DELETE'])('%s is never sent twice at once', async (method) => {
  await using upstream = await createUpstream({ kind: 'silent' })
  await using gateway = await start(hedging([upstream]), { timeouts: { totalMs: 150 } })
  expect((await gateway.fetch('/', { method })).status).toBe(504)
  expect(upstream.requests.length).toBe(1)
})

test('a client that goes away cancels all of them', async () => {
  const ended: Told[] = []
  await using upstream = await createUpstream({ kind: 'silent' })
  await using gateway = await start(hedging([upstream], ended), { limits: { attempts: 2 } })
  using client = await RawClient.open(gateway.port)
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await until(() => upstream.requests.length === 2, 'both attempts')
  client.destroy()
  await gateway.finished(1)
  expect(ended.map(([number, , code]) => [number, code])).toEqual([
    [1, 'GW_CLIENT_ABORTED'],
    [2, 'GW_CLIENT_ABORTED'],
  ])
  await until(async () => (await upstream.connections()) === 0, 'both connections to be gone')
})

test('a stream that lost is reset over HTTP/2', async () => {
  let count = 0
  let resets = 0
  await using upstream = await http2Upstream((stream) => {
    if (++count === 1) stream.on('close', () => resets++)
    else {
      stream.respond({ ':status': 200 })
      stream.end('second')
    }
  })
  await using gateway = await start(
    hedging([upstream], [], () => true, 'http2'),
    TWO,
  )
  expect(await (await gateway.fetch('/')).text()).toBe('second')
  await until(() => resets === 1, 'the reset of the first stream')
})

test('informational responses are those of the attempt that wins, ahead of its head', async () => {
  const hinting = (name: string, answers: boolean) =>
    createUpstream({
      kind: 'custom',
      handle: (request, response) => {
        response.writeEarlyHints({ link: `</${name}.css>; rel=preload` })
        if (answers) request.on('end', () => response.end(name)).resume()
      },
    })
  await using slow = await hinting('slow', false)
  await using quick = await hinting('quick', true)
  await using gateway = await start(hedging([slow, quick]), TWO)
  using client = await RawClient.open(gateway.port)
  client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  await until(() => client.ended, 'the end of the answer')
  expect(client.received.match(/HTTP\/1\.1 \d{3}|\w+\.css/g)).toEqual([
    'HTTP/1.1 103',
    'quick.css',
    'HTTP/1.1 200',
  ])
})
