import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { defineSlot, exchangeOf } from '../../src/index.ts'
import { RawClient } from '../listen/raw-client.ts'
import { createHost } from './callee-host.ts'

const who = defineSlot<string, 'test-who'>('test-who', '1.0')
const GET = 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n'

test('a handler behind the middleware reads what plugins found out', async () => {
  const seen: (string | undefined)[] = []
  await using host = await createHost(
    (request, response) => {
      const exchange = exchangeOf(request)
      seen.push(exchange?.seat, exchange?.path, exchange?.get(who))
      response.end()
    },
    (hooks) => hooks.preForward.tap((exchange) => exchange.set(who, 'alice')),
  )
  using client = await RawClient.open(host.port)
  await client.exchange(GET)
  expect(seen).toEqual(['callee', '/a', 'alice'])
})

test('there is none before the guards let the request pass, and none of one that did not come through', async () => {
  let early: unknown
  await using host = await createHost((request, response) => {
    early = exchangeOf(request)
    response.end()
  })
  const server = createServer((request, response) => {
    expect(exchangeOf(request)).toBeUndefined()
    response.end('plain')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  for (const port of [host.port, (server.address() as AddressInfo).port]) {
    using client = await RawClient.open(port)
    expect((await client.exchange(GET)).status).toBe(200)
  }
  expect(early).toBeDefined()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})
