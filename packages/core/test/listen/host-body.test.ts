/** The handler in a server of the host's, and hosts that read the body first. */
import { createServer, type RequestListener } from 'node:http'
import { expect, test } from 'vitest'
import { createTestGateway, type TestGateway } from '../../src/testing.ts'
import { onFreePort } from '../support.ts'
import { RawClient } from './raw-client.ts'

async function host(gateway: TestGateway, before: (then: () => void) => RequestListener) {
  const server = createServer((request, response) => {
    before(() => gateway.gateway.handler(request, response))(request, response)
  })
  return onFreePort(server)
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

test.each([
  ['bytes as they came', 'abc', 'abc'],
  ['something else: the length is that of what is sent', '{"name":"Zoë"}', '{"name":"Zoë"}'],
  ['nothing at all', '', ''],
])('with the option hostBody it is forwarded again: %s', async (_what, given, received) => {
  await using gateway = await createTestGateway([], { hostBody: () => given })
  await using server = await host(gateway, (then) => (request) => request.on('end', then).resume())
  using client = await RawClient.open(server.port)
  expect((await client.exchange(post)).status).toBe(200)
  expect((await client.exchange(post)).status).toBe(200)
  const [first, second] = gateway.upstream.requests
  expect([first?.body().toString(), second?.body().toString()]).toEqual([received, received])
  expect(first?.headers['content-length']).toBe(String(Buffer.byteLength(received)))
})

test('what the parser unpacked is not announced as packed', async () => {
  await using gateway = await createTestGateway([], { hostBody: () => Buffer.from('unpacked') })
  await using server = await host(gateway, (then) => (request) => request.on('end', then).resume())
  using client = await RawClient.open(server.port)
  await client.exchange(
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  )
  const [seen] = gateway.upstream.requests
  expect([seen?.body().toString(), seen?.headers['content-encoding']]).toEqual(['unpacked', undefined])
})

test('a hostBody that has nothing to give is the same fault as none', async () => {
  await using gateway = await createTestGateway([], { hostBody: () => undefined })
  await using server = await host(gateway, (then) => (request) => request.on('end', then).resume())
  using client = await RawClient.open(server.port)
  const response = await client.exchange(post)
  expect([response.status, JSON.parse(response.body)]).toMatchObject([500, { code: 'GW_HOST_BODY_READ' }])
})

test('a hostBody that throws fails its own request only', async () => {
  let fails = true
  await using gateway = await createTestGateway([], {
    hostBody: () => {
      if (fails) throw new Error('no body today')
      return 'abc'
    },
  })
  await using server = await host(gateway, (then) => (request) => request.on('end', then).resume())
  using client = await RawClient.open(server.port)
  expect((await client.exchange(post)).status).toBe(500)
  fails = false
  expect((await client.exchange(post)).status).toBe(200)
})
