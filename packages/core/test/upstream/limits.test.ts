/** Bounds of the upload and of the number of attempts that run at once. */
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import type { GatewayOptions } from '../../src/index.ts'
import { createTestGateway, until } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'

describe('the size of a request body', () => {
  const limits = { requestBodyBytes: 10 }
  test('at the limit passes, announced and in chunks', async () => {
    await using gateway = await createTestGateway([], { limits })
    using client = await RawClient.open(gateway.port)
    const announced = await client.exchange(
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789',
    )
    const chunked = await client.exchange(
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n',
    )
    expect([announced.status, chunked.status]).toEqual([200, 200])
  })

  test('announced above it is refused before anything is sent', async () => {
    await using gateway = await createTestGateway([], { limits })
    using client = await RawClient.open(gateway.port)
    const response = await client.exchange(
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n0123456789a',
    )
    expect([response.status, JSON.parse(response.body)]).toMatchObject([
      413,
      { code: 'GW_REQ_BODY_TOO_LARGE' },
    ])
    expect(gateway.upstream.requests).toEqual([])
  })

  test('above it in chunks is refused when it gets there, and the upstream never sees a complete request', async () => {
    await using gateway = await createTestGateway([], { limits })
    using client = await RawClient.open(gateway.port)
    client.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n')
    await until(() => gateway.upstream.requests.length === 1, 'the request')
    client.send('6\r\n56789a\r\n')
    const response = await client.response()
    expect([response.status, JSON.parse(response.body)]).toMatchObject([
      413,
      { code: 'GW_REQ_BODY_TOO_LARGE' },
    ])
    await until(() => gateway.upstream.requests[0]?.aborted() === true, 'the upstream to see the cut')
    await client.closed()
  })
})

describe('a client that stalls in its upload', () => {
  test.each([
    ['before the first byte', ''],
    ['in the middle', '0123'],
  ])('%s gets 408, and the upstream is cut', async (_when, part) => {
    await using gateway = await createTestGateway([], { timeouts: { idleMs: 150 } })
    using client = await RawClient.open(gateway.port)
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n${part}`)
    const response = await client.response()
    expect([response.status, JSON.parse(response.body)]).toMatchObject([408, { code: 'GW_REQ_BODY_TIMEOUT' }])
    await gateway.finished(1)
    await until(async () => (await gateway.upstream.connections()) === 0, 'the upstream connection to end')
  })

  test('a slow but steady upload passes', async () => {
    await using gateway = await createTestGateway([], { timeouts: { idleMs: 400, headersMs: 400 } })
    using client = await RawClient.open(gateway.port)
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 40\r\n\r\n')
    for (let i = 0; i < 40; i++) {
      client.send('x')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    expect((await client.response()).status).toBe(200)
  })

  test('an upstream that stops reading is at fault itself', async () => {
    await using gateway = await createTestGateway(
      [],
      { timeouts: { idleMs: 200 } },
      {
        kind: 'custom',
        handle: (request) => request.pause(),
      },
    )
    using client = await RawClient.open(gateway.port)
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n')
    client.send(Buffer.alloc(30_000_000))
    const response = await client.response()
    expect([response.status, JSON.parse(response.body)]).toMatchObject([
      504,
      { code: 'GW_UPSTREAM_IDLE_TIMEOUT' },
    ])
  })
})

describe('concurrency per endpoint', () => {
  test('above it the answer is 503 with retry-after, and it recovers', async () => {
    await using gateway = await createTestGateway(
      [],
      { limits: { concurrencyPerEndpoint: 2 }, timeouts: { queueMs: 50 } },
      { kind: 'silent' },
    )
    const abort = new AbortController()
    const held = [1, 2].map((i) => gateway.fetch(`/held/${i}`, { signal: abort.signal }).catch(() => {}))
    await until(() => gateway.upstream.requests.length === 2, 'two requests')
    const busy = await gateway.fetch('/busy')
    expect([busy.status, busy.headers.get('retry-after'), await busy.json()]).toMatchObject([
      503,
      '1',
      { code: 'GW_UPSTREAM_BUSY' },
    ])
    expect(gateway.upstream.requests.length).toBe(2)
    abort.abort()
    await Promise.all(held)
    await gateway.finished(3)
    gateway.upstream.behave({ kind: 'echo' })
    expect((await gateway.fetch('/')).status).toBe(200)
  })

  /** A gateway whose upstream runs one request at a time and answers when told. */
  async function oneAtATime(options: GatewayOptions) {
    const answers: (() => void)[] = []
    const gateway = await createTestGateway([], options, {
      kind: 'custom',
      handle: (request, response) => {
        answers.push(() => response.end(request.url))
      },
    })
    return { gateway, answers }
  }

  test('whoever waits gets the next place, in order', async () => {
    const { gateway, answers } = await oneAtATime({
      limits: { concurrencyPerEndpoint: 1 },
      timeouts: { queueMs: 10_000 },
    })
    const got: string[] = []
    const all = [1, 2, 3].map(async (i) => {
      await until(() => gateway.gateway.stats().inFlight === i - 1, `request ${i - 1} to be under way`)
      got.push(await (await gateway.fetch(`/${i}`)).text())
    })
    for (let i = 0; i < 3; i++) {
      await until(() => answers.length === i + 1, `request ${i + 1} at the upstream`)
      if (i === 0) await until(() => gateway.gateway.stats().inFlight === 3, 'the others to wait')
      expect(gateway.upstream.requests.length).toBe(i + 1)
      answers[i]?.()
    }
    await Promise.all(all)
    expect(got).toEqual(['/1', '/2', '/3'])
    await gateway.close()
  })

  test('the queue is bounded: above it the answer comes at once', async () => {
    const { gateway, answers } = await oneAtATime({
      limits: { concurrencyPerEndpoint: 1, queuedPerEndpoint: 1 },
      timeouts: { queueMs: 60_000 },
    })
    const held = [gateway.fetch('/1'), gateway.fetch('/2')]
    await until(() => gateway.gateway.stats().inFlight === 2, 'one to run and one to wait')
    const busy = await gateway.fetch('/3')
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([503, '1'])
    for (let i = 0; i < 2; i++) {
      await until(() => answers.length > i, 'the upstream')
      answers[i]?.()
    }
    expect((await Promise.all(held)).map((response) => response.status)).toEqual([200, 200])
    await gateway.close()
  })

  test('a client that goes away while it waits leaves the queue', async () => {
    const { gateway, answers } = await oneAtATime({
      limits: { concurrencyPerEndpoint: 1, queuedPerEndpoint: 1 },
      timeouts: { queueMs: 60_000 },
    })
    const first = gateway.fetch('/1')
    await until(() => answers.length === 1, 'the first at the upstream')
    const gone = new AbortController()
    const left = gateway.fetch('/gone', { signal: gone.signal }).catch(() => {})
    await until(() => gateway.gateway.stats().inFlight === 2, 'one to wait')
    gone.abort()
    await left
    await until(() => gateway.gateway.stats().inFlight === 1, 'the queue to be empty')
    const third = gateway.fetch('/3')
    await until(() => gateway.gateway.stats().inFlight === 2, 'another to wait')
    answers[0]?.()
    await until(() => answers.length === 2, 'the third at the upstream')
    answers[1]?.()
    expect(await Promise.all([first, third].map(async (one) => (await one).text()))).toEqual(['/1', '/3'])
    expect(gateway.upstream.requests.map(({ url }) => url)).toEqual(['/1', '/3'])
    await gateway.close()
  })

  test.each(['http1', 'http2'] as const)(
    'requests that are abandoned while connections open count as long as these do: %s',
    async (protocol) => {
      // It takes connections, and never answers a TLS handshake: they open for as long as `connectMs` allows.
      let opened = 0
      const upstream = createServer((socket) => {
        opened++
        socket.on('error', () => {})
      })
      await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
      const { port } = upstream.address() as AddressInfo
      await using gateway = await createTestGateway([], {
        upstream: { url: `https://127.0.0.1:${port}`, protocol },
        timeouts: { connectMs: 1_000 },
        limits: { concurrencyPerEndpoint: 5, queuedPerEndpoint: 0 },
      })
      for (let i = 0; i < 100; i++) {
        const abandoned = new AbortController()
        const outcome = gateway.gateway.fetch('http://service/', { signal: abandoned.signal })
        await new Promise((resolve) => setImmediate(resolve))
        abandoned.abort()
        await outcome.catch(() => {})
      }
      await until(() => gateway.gateway.stats().inFlight === 0, 'nothing to run')
      expect(opened).toBeLessThanOrEqual(5)
      // Their places come back when the last of them is given up.
      await until(async () => (await gateway.gateway.fetch('http://service/')).status === 504, 'a place')
      upstream.close()
    },
  )

  test('every way of failing gives its place back', async () => {
    await using gateway = await createTestGateway([], {
      limits: { concurrencyPerEndpoint: 1 },
      timeouts: { headersMs: 500, idleMs: 500 },
    })
    const faults = [
      { kind: 'reset-before-head' },
      { kind: 'garbage' },
      { kind: 'silent' },
      { kind: 'stall-in-body', bytes: 1 },
      { kind: 'reset-in-body', length: 10, bytes: 5 },
      { kind: 'huge-headers', bytes: 100_000 },
    ] as const
    for (const fault of faults) {
      gateway.upstream.behave(fault)
      await gateway
        .fetch('/')
        .then((response) => response.text())
        .catch(() => {})
      gateway.upstream.behave({ kind: 'echo' })
      await until(() => gateway.exchanges.at(-1)?.finishedMs !== 0, 'the end of the exchange')
      expect((await gateway.fetch('/')).status).toBe(200)
      await gateway.finished(gateway.exchanges.length)
    }
  })
})
