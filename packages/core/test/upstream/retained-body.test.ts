/** Bodies that are kept while they stream, so that another attempt can send them. */
import { expect, test } from 'vitest'
import { createGateway, definePlugin, type Exchange, GatewayError } from '../../src/index.ts'
import { createTestGateway, type TestUpstream, until } from '../../src/testing.ts'
import { RawClient } from '../listen/raw-client.ts'
import { plugin, thrownBy } from '../support.ts'

const KEPT_BYTES = 100_000

/** A route that keeps bodies and repeats what may be repeated. */
function keeping(
  upstream: TestUpstream,
  retainBodyBytes = KEPT_BYTES,
  seen: (exchange: Exchange) => void = () => {},
) {
  return definePlugin({
    name: 'keeping',
    version: '1.0.0',
    api: '1.0',
    fault: 'transform',
    setup(gateway) {
      const route = gateway.addRoute({
        id: 'kept',
        endpoint: gateway.endpoint(upstream.url),
        retainBodyBytes,
      })
      gateway.hooks.pickRoute.tap(() => route)
      gateway.hooks.onRoute.tap(({ hooks }) => {
        hooks.pickRetry.tap(() => 0)
        hooks.mapResponse.tap(seen)
      })
    },
  })()
}

/** Resets the first request of a connection as soon as this many bytes of its body came, and echoes the others. */
async function resetting(afterBytes: number, retainBodyBytes?: number) {
  let count = 0
  return createTestGateway(
    (upstream) => [keeping(upstream, retainBodyBytes)],
    {},
    {
      kind: 'custom',
      handle: (request, response) => {
        const isFirst = ++count === 1
        const chunks: Buffer[] = []
        let bytes = 0
        request.on('data', (chunk: Buffer) => {
          chunks.push(chunk)
          bytes += chunk.length
          if (isFirst && bytes >= afterBytes) request.socket.resetAndDestroy()
        })
        request.on('end', () => {
          if (!isFirst) response.end(Buffer.concat(chunks))
        })
      },
    },
  )
}

const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`

test('a body that was sent whole is sent again whole', async () => {
  await using gateway = await resetting(60_000)
  using client = await RawClient.open(gateway.port)
  const body = 'abcdefghij'.repeat(6_000)
  client.send(`GET / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  const response = await client.response()
  expect(response.body).toBe(body)
  await gateway.finished(1)
  const [exchange] = gateway.exchanges
  expect(exchange?.attempt?.number).toBe(2)
  expect(exchange?.requestBytes).toBe(body.length)
  expect(Buffer.from(exchange?.retainedBody ?? []).toString()).toBe(body)
})

test('what the client still sends goes on in the next attempt', async () => {
  await using gateway = await resetting(5)
  using client = await RawClient.open(gateway.port)
  client.send(`GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunk('first')}`)
  await until(() => gateway.upstream.requests.length === 2, 'the second attempt')
  client.send(chunk(' second'))
  client.send(`${chunk(' third')}0\r\n\r\n`)
  expect((await client.response()).body).toBe('first second third')
})

test('of a body above the bound nothing is kept, and nothing is sent again', async () => {
  await using gateway = await resetting(150_000)
  using client = await RawClient.open(gateway.port)
  const body = 'x'.repeat(150_000)
  // Chunked: that it is too large is found out on the way.
  client.send(`GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(body)}0\r\n\r\n`)
  expect((await client.response()).status).toBe(502)
  await gateway.finished(1)
  expect(gateway.upstream.requests.length).toBe(1)
  expect(gateway.exchanges[0]?.retainedBody).toBeNull()
})

test('a body above the bound reaches the upstream whole', async () => {
  await using gateway = await createTestGateway((upstream) => [keeping(upstream, 10)])
  const response = await gateway.fetch('/', { method: 'POST', body: 'x'.repeat(300_000) })
  expect(response.status).toBe(200)
  expect(gateway.upstream.requests[0]?.body().length).toBe(300_000)
})

test('the body of a client that goes away meanwhile is not sent again', async () => {
  await using gateway = await resetting(5)
  using client = await RawClient.open(gateway.port)
  client.send('GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nfirst')
  await until(() => gateway.upstream.requests.length === 2, 'the second attempt')
  client.destroy()
  await gateway.finished(1)
  await until(() => gateway.upstream.requests[1]?.aborted() === true, 'the upstream to see the cut')
  expect(gateway.exchanges[0]?.error?.code).toBe('GW_CLIENT_ABORTED')
})

test('an early answer lets a large upload end', async () => {
  await using gateway = await createTestGateway(
    (upstream) => [keeping(upstream)],
    {},
    { kind: 'early-reply', status: 413 },
  )
  using client = await RawClient.open(gateway.port)
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunk('x'.repeat(50_000))}`)
  expect((await client.response()).status).toBe(413)
  await gateway.finished(1)
})

test('the retained body is known once it was read whole, of every form', async () => {
  const seen: [string, string | undefined][] = []
  await using gateway = await createTestGateway((upstream) => [
    keeping(upstream, 10, ({ method, retainedBody }) => {
      seen.push([method, retainedBody ? Buffer.from(retainedBody).toString() : undefined])
    }),
  ])
  await (await gateway.fetch('/')).text()
  await (await gateway.fetch('/', { method: 'POST', body: '0123456789' })).text()
  await (await gateway.fetch('/', { method: 'PUT', body: '0123456789x' })).text()
  await (await gateway.gateway.fetch('http://a/', { method: 'PATCH', body: 'in process' })).text()
  expect(seen).toEqual([
    ['GET', ''],
    ['POST', '0123456789'],
    ['PUT', undefined],
    ['PATCH', 'in process'],
  ])
})

test('bytes to retain that are no number stop the start', () => {
  const made = plugin('bad', (host) => {
    host.addRoute({ id: 'bad', retainBodyBytes: -1 })
  })
  const error = thrownBy(() => createGateway([made]))
  expect(error).toBeInstanceOf(GatewayError)
  expect((error as GatewayError).message).toContain('Route "bad": retainBodyBytes is -1')
})
