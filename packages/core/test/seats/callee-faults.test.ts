/** Hosts and plugins that fail in the callee seat: the client always gets an end, the process lives. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { createGateway, type RouteHooks } from '../../src/index.ts'
import { createLogRecorder, until } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'
import { createHost } from './callee-host.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

test('a host that throws is answered for: 502, and the next request works', async () => {
  await using host = await createHost((request, response) => {
    if (request.url === '/') throw new Error('the host’s own secret')
    response.end('ok')
  })
  using client = await RawClient.open(host.port)
  const response = await client.exchange(GET)
  expect(response.status).toBe(502)
  expect(response.body).not.toContain('secret')
  expect(host.exchanges[0]?.error?.cause).toMatchObject({ message: 'the host’s own secret' })
  expect((await client.exchange('GET /next HTTP/1.1\r\nHost: a\r\n\r\n')).body).toBe('ok')
})

test('a host that throws after its head is cut', async () => {
  await using host = await createHost((_request, response) => {
    response.writeHead(200, { 'content-length': '10' }).write('part')
    throw new Error('late')
  })
  using client = await RawClient.open(host.port)
  client.send(GET)
  await client.closed()
  expect(client.received).toMatch(/^(HTTP\/1\.1 200 [\s\S]*part)?$/)
  expect(host.exchanges.length).toBe(1)
})

test('next(error) is the host’s own business: its error handler answers', async () => {
  const gateway = createGateway([], { logger: createLogRecorder().logger })
  const middleware = gateway.middleware()
  const server = createServer((request, response) => {
    // What a framework does: a chain of handlers with an error handler at its end.
    const failed = (error: unknown): void => void response.writeHead(500).end(String(error))
    middleware(request, response, (error) => (error ? failed(error) : failed('from a later handler')))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  using client = await RawClient.open((server.address() as AddressInfo).port)
  const response = await client.exchange(GET)
  expect([response.status, response.body]).toEqual([500, 'from a later handler'])
  client.destroy()
  await new Promise((resolve) => server.close(resolve))
  await gateway.close()
})

describe('a plugin that throws in mapResponse', () => {
  const broken = (hooks: RouteHooks): void =>
    hooks.mapResponse.tap((exchange) => {
      if (exchange.status === 200) throw new Error('broken')
    })

  test('under writeHead: the client gets 500 in place of the host’s answer', async () => {
    await using host = await createHost((_request, response) => {
      response.writeHead(200, { 'x-secret': '1' }).write('part')
      setImmediate(() => response.end('secret'))
    }, broken)
    using client = await RawClient.open(host.port)
    const response = await client.exchange(GET)
    expect([response.status, response.header('x-secret')]).toEqual([500, undefined])
    expect(JSON.parse(response.body)).toMatchObject({ code: 'GW_PLUGIN_THREW' })
    await until(() => host.exchanges.length === 1, 'the exchange to end')
    const next = await client.exchange(GET)
    expect([next.status, client.received]).toEqual([500, ''])
  })

  test.each(['write', 'end'] as const)(
    'under %s: nothing of the host’s answer reaches the client',
    async (how) => {
      await using host = await createHost((_request, response) => {
        response[how]('secret')
        setImmediate(() => response.end('secret'))
      }, broken)
      using client = await RawClient.open(host.port)
      client.send(GET)
      await client.closed()
      await until(() => host.exchanges.length === 1, 'the exchange to end')
      expect([client.received, host.exchanges[0]?.error?.code]).toEqual(['', 'GW_PLUGIN_THREW'])
    },
  )
})

test('a host that destroys its response ends the exchange', async () => {
  await using host = await createHost((_request, response) => response.destroy())
  using client = await RawClient.open(host.port)
  client.send(GET)
  await client.closed()
  await until(() => host.exchanges.length === 1, 'the exchange to end')
  expect(client.received).toBe('')
})

test('a header that node:http refuses fails in the host, not in the gateway', async () => {
  let failed: unknown
  await using host = await createHost((_request, response) => {
    try {
      response.writeHead(200, { 'x-bad': 'a\nb' })
    } catch (error) {
      failed = error
      response.writeHead(500, {})
    }
    response.end()
  })
  using client = await RawClient.open(host.port)
  const response = await client.exchange(GET)
  expect([response.status, (failed as NodeJS.ErrnoException).code]).toEqual([500, 'ERR_INVALID_CHAR'])
  await until(() => host.exchanges.length === 1, 'the exchange to end')
  expect(host.exchanges[0]?.error).toBeNull()
})
