/** Whoever goes away first, the other side learns it at once. */
import { describe, expect, test } from 'vitest'
import { definePlugin } from '../../src/index.ts'
import { createTestGateway, until } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

describe.each(['cleanly', 'with a reset'] as const)('a client that goes away %s', (how) => {
  const leave = (client: RawClient): void => {
    if (how === 'cleanly') client.socket.end()
    else client.socket.resetAndDestroy()
  }

  test('before the head of the answer', async () => {
    await using gateway = await createTestGateway([], {}, { kind: 'silent' })
    using client = await RawClient.open(gateway.port)
    client.send(GET)
    await until(() => gateway.upstream.requests.length === 1, 'the request')
    leave(client)
    await gateway.finished(1)
    await until(async () => (await gateway.upstream.connections()) === 0, 'the upstream connection to end')
    expect(gateway.exchanges[0]).toMatchObject({
      aborted: true,
      status: 499,
      error: { code: 'GW_CLIENT_ABORTED' },
    })
  })

  test('during the upload', async () => {
    await using gateway = await createTestGateway([])
    using client = await RawClient.open(gateway.port)
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc')
    await until(() => gateway.upstream.requests[0]?.body().length === 3, 'the first bytes')
    leave(client)
    await gateway.finished(1)
    await until(() => gateway.upstream.requests[0]?.aborted() === true, 'the upstream to see it')
    expect(['GW_CLIENT_ABORTED', 'GW_REQ_BODY_ABORTED']).toContain(gateway.exchanges[0]?.error?.code)
  })

  test('during the upload of a pipelined request', async () => {
    const uncaught: unknown[] = []
    const note = (error: unknown): void => void uncaught.push(error)
    process.on('uncaughtException', note)
    await using gateway = await createTestGateway([], {}, { kind: 'silent' })
    using client = await RawClient.open(gateway.port)
    // Both are safe: another method would wait for the answer to the first.
    client.send(`${GET}GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc`)
    await until(() => gateway.upstream.requests.length === 2, 'both requests')
    leave(client)
    await gateway.finished(2)
    await until(async () => (await gateway.upstream.connections()) === 0, 'the upstream connections to end')
    process.off('uncaughtException', note)
    // Nobody listened any more when node:http said that the second was cut: that ends the whole process.
    expect(uncaught).toEqual([])
  })

  test('during the download', async () => {
    await using gateway = await createTestGateway([], {}, { kind: 'stall-in-body', bytes: 10 })
    using client = await RawClient.open(gateway.port)
    client.send(GET)
    await until(() => client.received.includes('x'.repeat(10)), 'the first bytes')
    leave(client)
    await gateway.finished(1)
    await until(async () => (await gateway.upstream.connections()) === 0, 'the upstream connection to end')
    expect(gateway.exchanges[0]).toMatchObject({ aborted: true, status: 200, responseBytes: 10 })
  })

  test('while a guard thinks', async () => {
    let signal: AbortSignal | undefined
    const slow = definePlugin({
      name: 'slow-guard',
      version: '1.0.0',
      api: '1.0',
      fault: 'guard',
      setup(host) {
        host.hooks.onRoute.tap(({ hooks }) => {
          hooks.preForward.tap((exchange) => {
            signal = exchange.signal
            return new Promise<undefined>(() => {})
          })
        })
      },
    })
    await using gateway = await createTestGateway([slow()])
    using client = await RawClient.open(gateway.port)
    client.send(GET)
    await until(() => signal !== undefined, 'the guard')
    leave(client)
    await gateway.finished(1)
    expect(signal?.aborted).toBe(true)
    expect(gateway.upstream.requests).toEqual([])
  })
})

test('a client that goes away while a connection is opened ends the attempt, and nothing is sent later', async () => {
  await using gateway = await createTestGateway([])
  using client = await RawClient.open(gateway.port)
  client.send(GET)
  client.socket.resetAndDestroy()
  await client.closed()
  await gateway.fetch('/after')
  await until(() => gateway.upstream.requests.some(({ url }) => url === '/after'), 'the next request')
  expect(gateway.gateway.stats().inFlight).toBe(0)
})

test('an aborted exchange costs the others nothing', async () => {
  await using gateway = await createTestGateway(
    [],
    {},
    { kind: 'trickle', chunks: 20, bytes: 1_000, everyMs: 10 },
  )
  const clients = await Promise.all(Array.from({ length: 10 }, () => RawClient.open(gateway.port)))
  for (const client of clients) client.send(GET)
  await until(() => clients.every(({ received }) => received !== ''), 'all to begin')
  for (const client of clients.slice(0, 5)) client.socket.resetAndDestroy()
  for (const client of clients.slice(5)) expect((await client.response()).body.length).toBe(20_000)
  for (const client of clients) client.destroy()
  await gateway.finished(10)
})

test('an upstream that goes away during the upload is an answer to the client', async () => {
  await using gateway = await createTestGateway(
    [],
    {},
    {
      kind: 'custom',
      handle: (request) => request.once('data', () => request.socket.resetAndDestroy()),
    },
  )
  using client = await RawClient.open(gateway.port)
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nabc')
  expect((await client.response()).status).toBe(502)
})
