/** The handler in a server of the host's, and hosts that read the body first. */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createTestGateway, type TestGateway } from '../../src/testing.ts'
import { RawClient } from './raw-client.ts'

async function host(gateway: TestGateway, before: (then: () => void) => RequestListener) {
  const server = createServer((request, response) => {
    before(() => gateway.gateway.handler(request, response))(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const post = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc'

test('a request that nobody touched is forwarded with its body', async () => {
  await using gateway = await createTestGateway([])
  await using server = await host(gateway, (then) => () => then())
  using client = await RawClient.open(server.port)
  expect((await client.exchange(post)).status).toBe(200)
  expect(gateway.upstream.requests[0]?.body().toString()).toBe('abc')
})

test('a body that was read to its end is a fault of the host, said at once', async () => {
  await using gateway = await createTestGateway([])
  await using server = await host(gateway, (then) => (request) => request.on('end', then).resume())
  using client = await RawClient.open(server.port)
  const response = await client.exchange(post)
  expect([response.status, JSON.parse(response.body)]).toMatchObject([500, { code: 'GW_HOST_BODY_READ' }])
  expect(gateway.upstream.requests).toEqual([])
})

test('a body that was read in part is one, too', async () => {
  await using gateway = await createTestGateway([])
  await using server = await host(gateway, (then) => (request) => {
    request.once('data', () => {
      request.pause()
      then()
    })
  })
  using client = await RawClient.open(server.port)
  client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc')
  expect((await client.response()).status).toBe(500)
})

test('a host may wait before it calls the handler, as long as it does not read', async () => {
  await using gateway = await createTestGateway([])
  await using server = await host(gateway, (then) => () => void setTimeout(then, 30))
  using client = await RawClient.open(server.port)
  expect((await client.exchange(post)).status).toBe(200)
  expect(gateway.upstream.requests[0]?.body().toString()).toBe('abc')
})

test('a request without a body may have been looked at', async () => {
  await using gateway = await createTestGateway([])
  await using server = await host(gateway, (then) => (request) => request.on('end', then).resume())
  using client = await RawClient.open(server.port)
  expect((await client.exchange('GET / HTTP/1.1\r\nHost: a\r\n\r\n')).status).toBe(200)
})
