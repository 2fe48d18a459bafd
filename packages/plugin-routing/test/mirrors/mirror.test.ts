import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { createLogRecorder, until } from '@postern/core/testing'
import { describe, expect, it } from 'vitest'
import type { MirrorOptions, RouteOptions } from '../../src/index.ts'
import { listening } from '../_support/listening.ts'
import { deadAddress, startRouting, startService, startStuck } from '../_support/services.ts'

/** A service that keeps what it gets. */
async function startShadow() {
  const seen: { line: string; body: string; headers: Record<string, unknown> }[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      seen.push({ line: `${request.method} ${request.url}`, body, headers: request.headers })
      response.writeHead(500).end('nobody gets this')
    })
  })
  return { ...(await listening(server)), seen }
}

function start(
  orders: string,
  shadow: string,
  mirror: Partial<MirrorOptions> = {},
  route: Partial<RouteOptions> = {},
) {
  const { logger, lines } = createLogRecorder()
  const gateway = startRouting(
    {
      services: { orders: { endpoints: [orders] }, shadow: { endpoints: [shadow] } },
      routes: [{ match: { path: '/orders' }, to: 'orders', mirror: { to: 'shadow', ...mirror }, ...route }],
    },
    { logger },
  )
  const dropped = () => lines.filter(({ message }) => message === 'Requests were not mirrored')
  return Object.assign(gateway, { dropped })
}

describe('a mirror', () => {
  it('gets a copy of what the upstream got, marked; the client gets the answer of the upstream', async () => {
    await using orders = await startService('orders')
    await using shadow = await startShadow()
    await using gateway = start(
      orders.url,
      shadow.url,
      {},
      {
        stripPrefix: true,
        rewrite: { query: { add: { b: '2' } }, requestHeaders: { set: { 'x-added': 'yes' } } },
      },
    )
    const init = { method: 'POST', body: 'hello', headers: { authorization: 'Bearer t' } }
    expect(await gateway.ask('http://gateway/orders/7?a=1', init)).toBe('200 orders /7?a=1&b=2')
    await until(() => shadow.seen.length === 1, 'the copy')
    expect(shadow.seen[0]).toMatchObject({
      line: 'POST /7?a=1&b=2',
      body: 'hello',
      headers: { 'x-postern-mirror': '1', 'x-added': 'yes', authorization: 'Bearer t' },
    })
  })

  it('works for requests without a body, from the wire and in the caller seat; no copy is copied', async () => {
    await using orders = await startService('orders')
    await using shadow = await startShadow()
    await using gateway = start(orders.url, shadow.url)
    const { port } = await gateway.gateway.listen({ port: 0 })
    await (await fetch(`http://127.0.0.1:${port}/orders/1`)).text()
    await (await fetch(`http://127.0.0.1:${port}/orders/2`, { method: 'PUT', body: 'wire' })).text()
    const dispatcher = gateway.gateway.dispatcher()
    await (await fetch('http://x/orders/3', { dispatcher, method: 'PUT', body: 'call' } as object)).text()
    await until(() => shadow.seen.length === 3, 'three copies')
    await gateway.ask('http://gateway/orders/4', { headers: { 'x-postern-mirror': '1' } })
    await gateway.ask('http://gateway/orders/5')
    await until(() => shadow.seen.length >= 4, 'the last copy')
    expect(shadow.seen.map(({ line, body }) => `${line} ${body}`).toSorted()).toEqual([
      'GET /orders/1 ',
      'GET /orders/5 ',
      'PUT /orders/2 wire',
      'PUT /orders/3 call',
    ])
  })

  it('that hangs takes no more than its share, and nothing of it is left after the end', async () => {
    await using orders = await startService('orders')
    await using stuck = await startStuck('shadow')
    const gateway = start(orders.url, stuck.url, { maxInFlight: 2, timeoutMs: 600_000 })
    for (let i = 0; i < 5; i++)
      expect(await gateway.ask(`http://gateway/orders/${i}`)).toBe(`200 orders /orders/${i}`)
    await until(() => stuck.waiting.length === 2, 'two copies')
    expect(gateway.dropped()[0]?.fields).toMatchObject({ service: 'shadow', sent: 2, full: 1 })
    await gateway.gateway.close({ graceMs: 100 })
    await until(
      () => stuck.waiting.every(({ destroyed, socket }) => destroyed || !socket),
      'the copies to be cut',
    )
  })

  it('that hangs is given up after its own time, and its place is free again', async () => {
    await using orders = await startService('orders')
    await using stuck = await startStuck('shadow')
    await using gateway = start(orders.url, stuck.url, { maxInFlight: 1, timeoutMs: 20 })
    await until(async () => {
      await gateway.ask('http://gateway/orders/1')
      return stuck.waiting.length >= 3
    }, 'three copies, one after the other')
  })

  it('that is down changes nothing', async () => {
    await using orders = await startService('orders')
    await using gateway = start(orders.url, await deadAddress())
    for (let i = 0; i < 3; i++) expect(await gateway.ask('http://gateway/orders')).toBe('200 orders /orders')
  })

  it('whose endpoints are not found yet changes nothing', async () => {
    await using orders = await startService('orders')
    const nowhere = { watch: () => ({ close: () => {} }) }
    await using gateway = startRouting({
      services: { orders: { endpoints: [orders.url] }, shadow: { discovery: nowhere } },
      routes: [{ match: { path: '/orders' }, to: 'orders', mirror: { to: 'shadow' } }],
    })
    expect(await gateway.ask('http://gateway/orders')).toBe('200 orders /orders')
    expect(gateway.gateway.stats().plugins[0]?.hooks['onAttemptEnd']?.faults).toBe(0)
  })

  it('gets no body that is larger than allowed, and no copy without its body', async () => {
    await using orders = await startService('orders')
    await using shadow = await startShadow()
    await using gateway = start(orders.url, shadow.url, { bodyBytes: 8 })
    const { port } = await gateway.gateway.listen({ port: 0 })
    const put = (body: string) => fetch(`http://127.0.0.1:${port}/orders`, { method: 'PUT', body })
    expect(await (await put('123456789')).text()).toBe('orders /orders')
    expect(await (await put('12345678')).text()).toBe('orders /orders')
    await until(() => shadow.seen.length === 1, 'the copy')
    expect(shadow.seen.map(({ body }) => body)).toEqual(['12345678'])
    expect(gateway.dropped()[0]?.fields).toMatchObject({ body: 1, sent: 0 })
  })

  it('gets no more than its share', async () => {
    await using orders = await startService('orders')
    await using shadow = await startShadow()
    await using none = start(orders.url, shadow.url, { percent: 0 })
    for (let i = 0; i < 20; i++) await none.ask('http://gateway/orders')
    await using half = start(orders.url, shadow.url, { percent: 50 })
    for (let i = 0; i < 200; i++) await half.ask('http://gateway/orders')
    // Fewer than 40 or more than 160 of 200 are one in 10^17.
    await until(() => shadow.seen.length > 40, 'copies')
    expect(shadow.seen.length).toBeLessThan(160)
  })

  it('gets no request that the upstream did not answer', async () => {
    await using shadow = await startShadow()
    await using gateway = start(await deadAddress(), shadow.url)
    expect(await gateway.ask('http://gateway/orders')).toMatch(/^502/)
    expect(shadow.seen).toHaveLength(0)
  })

  it('is refused where its service does not exist', () => {
    expect(() => start('http://a', 'http://b', { to: 'shade' })).toThrow('routes[0].mirror.to: found "shade"')
  })
})
