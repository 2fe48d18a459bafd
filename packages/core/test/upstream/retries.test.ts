/** Which failed attempts are sent again, when a plugin asks for it. */
import { createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { type Attempt, definePlugin, type GatewayOptions } from '../../src/index.ts'
import { createTestGateway, until } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'

/** Always asks for another attempt after `delayMs`, and notes every attempt that ended. */
function retrying(delayMs = 0, ended: Attempt[] = [], urls: readonly string[] = []) {
  return definePlugin({
    name: 'retrying',
    version: '1.0.0',
    api: '1.0',
    fault: 'transform',
    setup(gateway) {
      const endpoints = urls.map((url) => gateway.endpoint(url))
      gateway.hooks.onRoute.tap(({ hooks }) => {
        if (urls.length > 0) hooks.pickEndpoint.tap((exchange) => endpoints[exchange.attempt?.number ?? 0])
        hooks.onAttemptEnd.tap((exchange) => {
          if (exchange.attempt) ended.push(exchange.attempt)
        })
        hooks.pickRetry.tap(() => delayMs)
      })
    },
  })()
}

/** The path decides: `/resets/2` resets two times, then answers. */
async function failingTimes(options: GatewayOptions = {}, ended: Attempt[] = [], delayMs = 0) {
  const seen = new Map<string, number>()
  return createTestGateway([retrying(delayMs, ended)], options, {
    kind: 'custom',
    handle: (request, response) => {
      const url = request.url ?? ''
      const count = (seen.get(url) ?? 0) + 1
      seen.set(url, count)
      if (count <= Number(url.split('/')[2])) request.socket.resetAndDestroy()
      else request.on('end', () => response.end(`attempt ${count}`)).resume()
    },
  })
}

test.each(['GET', 'OPTIONS'])('%s is sent again after a reset', async (method) => {
  const ended: Attempt[] = []
  await using gateway = await failingTimes({}, ended)
  const response = await gateway.fetch('/resets/2', { method })
  expect(await response.text()).toBe('attempt 3')
  await gateway.finished(1)
  expect(ended.map(({ number, status, error }) => [number, status, error?.code])).toEqual([
    [1, 0, 'GW_UPSTREAM_RESET'],
    [2, 0, 'GW_UPSTREAM_RESET'],
    [3, 200, undefined],
  ])
  expect(ended.map(({ previous }) => previous)).toEqual([null, ended[0], ended[1]])
  expect(gateway.exchanges[0]?.error).toBeNull()
})

test('HEAD is sent again after a reset', async () => {
  await using gateway = await failingTimes()
  expect((await gateway.fetch('/resets/1', { method: 'HEAD' })).status).toBe(200)
})

test.each(['POST', 'PUT', 'PATCH', 'DELETE'])(
  '%s is not sent again once something was sent',
  async (method) => {
    const ended: Attempt[] = []
    await using gateway = await failingTimes({}, ended)
    const response = await gateway.fetch('/resets/1', {
      method,
      ...(method === 'DELETE' ? {} : { body: 'abc' }),
    })
    expect(response.status).toBe(502)
    await gateway.finished(1)
    expect(gateway.upstream.requests.length).toBe(1)
    expect(ended.length).toBe(1)
  },
)

test('a GET whose body was on its way is not sent again', async () => {
  await using gateway = await failingTimes()
  using client = await RawClient.open(gateway.port)
  expect(
    (await client.exchange('GET /resets/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc')).status,
  ).toBe(502)
  expect(gateway.upstream.requests.length).toBe(1)
})

test('POST is sent again when no connection took it, and its body is whole', async () => {
  await using gateway = await createTestGateway([])
  const ended: Attempt[] = []
  await gateway.reload([
    retrying(0, ended, ['http://127.0.0.1:1', 'http://127.0.0.1:1', gateway.upstream.url]),
  ])
  const response = await gateway.fetch('/', { method: 'POST', body: 'x'.repeat(200_000) })
  expect(response.status).toBe(200)
  expect(gateway.upstream.requests[0]?.body().length).toBe(200_000)
  expect(ended.map(({ error }) => error?.code)).toEqual([
    'GW_UPSTREAM_CONNECT_REFUSED',
    'GW_UPSTREAM_CONNECT_REFUSED',
    undefined,
  ])
})

test('nothing is sent again once the head went out', async () => {
  const ended: Attempt[] = []
  await using gateway = await createTestGateway(
    [retrying(0, ended)],
    {},
    { kind: 'reset-in-body', length: 10, bytes: 5 },
  )
  const response = await gateway.fetch('/')
  await expect(response.text()).rejects.toThrow()
  await gateway.finished(1)
  expect(ended.length).toBe(1)
  expect(gateway.upstream.requests.length).toBe(1)
})

test.each([1, 2, 5])('at most %i attempts are made', async (attempts) => {
  const ended: Attempt[] = []
  await using gateway = await failingTimes({ limits: { attempts } }, ended)
  expect((await gateway.fetch('/resets/99')).status).toBe(502)
  await gateway.finished(1)
  expect(ended.map(({ number }) => number)).toEqual(Array.from({ length: attempts }, (_, i) => i + 1))
})

test('headers are made afresh for each attempt', async () => {
  await using gateway = await failingTimes()
  await (await gateway.fetch('/resets/2')).text()
  for (const { headers } of gateway.upstream.requests) {
    expect(headers.via?.split(',').length).toBe(1)
    expect(headers['x-forwarded-for']).toBe('127.0.0.1')
  }
})

describe('one deadline for all attempts', () => {
  test('a delay that would pass it is not waited for', async () => {
    await using gateway = await failingTimes({ timeouts: { totalMs: 2_000 } }, [], 600_000)
    const response = await gateway.fetch('/resets/1')
    expect([response.status, await response.json()]).toMatchObject([502, { code: 'GW_UPSTREAM_RESET' }])
  })

  test('an attempt that missed it is the last', async () => {
    const ended: Attempt[] = []
    await using gateway = await createTestGateway(
      [retrying(0, ended)],
      { timeouts: { totalMs: 100 } },
      { kind: 'silent' },
    )
    expect((await gateway.fetch('/')).status).toBe(504)
    await gateway.finished(1)
    expect(ended.map(({ error }) => error?.code)).toEqual(['GW_UPSTREAM_TOTAL_TIMEOUT'])
  })

  test('each attempt has its own time to headers', async () => {
    const ended: Attempt[] = []
    await using gateway = await createTestGateway(
      [retrying(0, ended)],
      { timeouts: { headersMs: 60 } },
      { kind: 'silent' },
    )
    expect((await gateway.fetch('/')).status).toBe(504)
    expect(ended.map(({ error }) => error?.code)).toEqual(
      Array.from({ length: 3 }, () => 'GW_UPSTREAM_HEADERS_TIMEOUT'),
    )
  })
})

test('a client that goes away while a retry waits ends it', async () => {
  await using gateway = await failingTimes({}, [], 600_000)
  using client = await RawClient.open(gateway.port)
  client.send('GET /resets/1 HTTP/1.1\r\nHost: a\r\n\r\n')
  await until(() => gateway.upstream.requests.length === 1, 'the first attempt')
  client.destroy()
  await gateway.finished(1)
  expect(gateway.exchanges[0]?.error?.code).toBe('GW_CLIENT_ABORTED')
})

test('a port that accepts and closes at once is a reset, not a hang', async () => {
  const door = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve))
  const { port } = door.address() as { port: number }
  await using gateway = await createTestGateway([retrying()], { upstream: `http://127.0.0.1:${port}` })
  expect((await gateway.fetch('/')).status).toBe(502)
  door.close()
})
