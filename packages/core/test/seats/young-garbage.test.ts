/**
 * What an exchange leaves behind dies young, also when a guard made it wait: a young collection frees it, whichever seat it
 * came through. Else every collection copies what nobody needs, and the event loop stands still meanwhile (decision 0010).
 */
import { Agent, createServer, request } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createGateway, type Gateway } from '../../src/index.ts'
import { collector, onFreePort, plugin } from '../support.ts'

const EXCHANGES = 300
/** In a header of each request: whatever keeps the exchange keeps this. */
const WEIGHT = 'x'.repeat(10_000)
/** Of each exchange, in bytes: far below its weight. */
const LEFT_BYTES = 3_000

const collect = collector()

const waits = plugin(
  'waits',
  (host) => {
    host.hooks.onRoute.tap(({ hooks }) => hooks.preForward.tap(() => setImmediate(undefined)))
  },
  { fault: 'guard' },
)

/** Runs exchanges one after the other; what each of them left that a young collection cannot free, in bytes. */
async function leftBy(exchange: () => Promise<unknown>): Promise<number> {
  for (let i = 0; i < 50; i++) await exchange()
  collect()
  for (let i = 0; i < EXCHANGES; i++) await exchange()
  await setImmediate()
  for (let i = 0; i < 3; i++) collect({ type: 'minor' })
  const young = process.memoryUsage().heapUsed
  collect()
  return (young - process.memoryUsage().heapUsed) / EXCHANGES
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 })

/** One request; all of them share a connection. */
function get(port: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, host: '127.0.0.1', agent, headers: { 'x-weight': WEIGHT } })
    outgoing.on('response', (response) => response.resume().on('end', resolve)).on('error', reject)
    outgoing.end()
  })
}

/** A gateway, its upstream's address, and their end. No test gateway of the kit: that keeps what it saw. */
async function gatewayOf(): Promise<{ gateway: Gateway; upstream: string } & AsyncDisposable> {
  const server = await onFreePort(createServer((incoming, response) => response.end(incoming.url)))
  const upstream = `http://127.0.0.1:${server.port}`
  const gateway = createGateway([waits], { upstream, logger: false })
  return {
    gateway,
    upstream,
    async [Symbol.asyncDispose]() {
      await gateway.close()
      await server[Symbol.asyncDispose]()
    },
  }
}

test('hop', async () => {
  await using ends = await gatewayOf()
  const { port } = await ends.gateway.listen({ host: '127.0.0.1', port: 0 })
  expect(await leftBy(() => get(port))).toBeLessThan(LEFT_BYTES)
})

test('callee', async () => {
  await using ends = await gatewayOf()
  const guard = ends.gateway.middleware()
  const answer = createServer((incoming, response) => guard(incoming, response, () => response.end('hello')))
  await using host = await onFreePort(answer)
  expect(await leftBy(() => get(host.port))).toBeLessThan(LEFT_BYTES)
})

test('caller', async () => {
  await using ends = await gatewayOf()
  const dispatcher = ends.gateway.dispatcher()
  const exchange = () =>
    new Promise<void>((resolve, reject) => {
      const headers = { 'x-weight': `${WEIGHT}${Math.random()}` }
      dispatcher.dispatch(
        { origin: ends.upstream, path: '/', method: 'GET', headers },
        { onRequestStart() {}, onResponseEnd: () => resolve(), onResponseError: (_, error) => reject(error) },
      )
    })
  expect(await leftBy(exchange)).toBeLessThan(LEFT_BYTES)
})

test('fetch', async () => {
  await using ends = await gatewayOf()
  const exchange = async () => {
    const response = await ends.gateway.fetch(ends.upstream, {
      headers: { 'x-weight': `${WEIGHT}${Math.random()}` },
    })
    await response.text()
  }
  expect(await leftBy(exchange)).toBeLessThan(LEFT_BYTES)
})
