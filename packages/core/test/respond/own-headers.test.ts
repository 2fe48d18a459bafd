/** Headers of the gateway's own, by option: the request id and the time that it took. */
import { describe, expect, test } from 'vitest'
import type { GatewayOptions } from '../../src/index.ts'
import { createTestGateway } from '../../src/testing.ts'
import { plugin } from '../support.ts'

async function exchanged(options: GatewayOptions, headers: Record<string, string> = {}) {
  await using gateway = await createTestGateway([], options)
  const response = await gateway.fetch('/', { headers })
  await response.arrayBuffer()
  await gateway.finished(1)
  return { response, id: gateway.exchanges[0]?.id, seen: gateway.upstream.requests[0]?.headers ?? {} }
}

describe('requestIdHeader', () => {
  const requestIdHeader = 'X-Request-ID'

  test('carries the id of the exchange to the upstream and back', async () => {
    const { response, id, seen } = await exchanged({ requestIdHeader })
    expect(id).toMatch(/^[0-9a-f]{32}$/)
    expect([seen['x-request-id'], response.headers.get('x-request-id')]).toEqual([id, id])
  })

  test('is nobody else’s to choose, nor under a name that CGI reads as the same', async () => {
    const { id, seen } = await exchanged(
      { requestIdHeader },
      { 'x-request-id': 'mine', x_request_id: 'mine' },
    )
    expect(id).not.toBe('mine')
    expect(seen['x-request-id']).toBe(id)
    expect(seen).not.toHaveProperty('x_request_id')
  })

  test('from a trusted caller it is the id of the exchange', async () => {
    const options = { requestIdHeader, trustedProxies: ['127.0.0.1'] }
    const { response, id, seen } = await exchanged(options, { 'x-request-id': 'order-4711:a' })
    expect([id, seen['x-request-id'], response.headers.get('x-request-id')]).toEqual(
      Array(3).fill('order-4711:a'),
    )
  })

  test.each([
    ['empty', ''],
    ['longer than 128 characters', 'a'.repeat(129)],
    ['with characters that logs and headers trip over', 'a b"{}'],
  ])('not one that is %s', async (_what, given) => {
    const options = { requestIdHeader, trustedProxies: ['127.0.0.1'] }
    const { id } = await exchanged(options, { 'x-request-id': given })
    expect(id).toMatch(/^[0-9a-f]{32}$/)
  })

  test('an id that a caller chose spreads over percentages like any other', async () => {
    const counted = plugin(
      '@test/half',
      (host) => {
        host.hooks.onRoute.tap((route) => route.hooks.preForward.tap(() => ({ status: 418 })))
      },
      { settings: { percent: 50 } },
    )
    await using gateway = await createTestGateway([counted], {
      requestIdHeader,
      trustedProxies: ['127.0.0.1'],
    })
    let enforced = 0
    for (let i = 0; i < 100; i++) {
      const response = await gateway.fetch('/', { headers: { 'x-request-id': `request-${i}` } })
      await response.arrayBuffer()
      if (response.status === 418) enforced++
    }
    expect(enforced).toBeGreaterThan(25)
    expect(enforced).toBeLessThan(75)
  })

  test('stands on answers of the gateway itself', async () => {
    await using gateway = await createTestGateway([], { requestIdHeader })
    const response = await gateway.fetch('/..%2f')
    const { exchangeId } = (await response.json()) as { exchangeId: string }
    expect(response.headers.get('x-request-id')).toBe(exchangeId)
  })

  test.each(['content-length', 'Via', 'bad name'])('a header "%s" is refused at the start', async (name) => {
    await expect(createTestGateway([], { requestIdHeader: name })).rejects.toThrow(/requestIdHeader/)
  })
})

describe('timingHeader', () => {
  test('server-timing tells gateway and upstream apart, after what the upstream said of itself', async () => {
    await using gateway = await createTestGateway(
      [],
      { timingHeader: 'server-timing' },
      { kind: 'answer', headers: { 'Server-Timing': 'db;dur=5' } },
    )
    const value = (await gateway.fetch('/')).headers.get('server-timing')
    expect(value).toMatch(/^db;dur=5, gateway;dur=\d+\.\d\d, upstream;dur=\d+\.\d\d$/)
  })

  test('an answer of the gateway itself has no upstream time', async () => {
    await using gateway = await createTestGateway([], { timingHeader: 'server-timing' })
    expect((await gateway.fetch('/..%2f')).headers.get('server-timing')).toMatch(/^gateway;dur=\d+\.\d\d$/)
  })

  test('any other header is the number of milliseconds, and nobody else’s', async () => {
    await using gateway = await createTestGateway(
      [],
      { timingHeader: 'x-gateway-time' },
      { kind: 'answer', headers: { 'X-Gateway-Time': 'fake' } },
    )
    expect((await gateway.fetch('/')).headers.get('x-gateway-time')).toMatch(/^\d+\.\d\d$/)
  })
})
