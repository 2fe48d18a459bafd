/** What the gateway itself has to say, a gRPC client can read: a fitting status and a text, never a page of HTTP. */
import { Metadata, status } from '@grpc/grpc-js'
import { describe, expect, test } from 'vitest'
import { defineErrors, GatewayError, type Reply } from '../../src/index.ts'
import { createTestGateway, type TestGateway } from '../../src/testing.ts'
import { http2Upstream, type OnStream } from '../http2/peers.ts'
import { plugin } from '../support.ts'
import { call, grpcClient } from './peers.ts'

defineErrors({
  GW_TEAM_UNKNOWN: {
    status: 403,
    source: 'client',
    stage: 'hooks',
    retryable: false,
    text: '100 % \u00fcnbekannt',
  },
})

const guard = (answer: () => Reply | GatewayError) =>
  plugin('guard', ({ hooks }) => hooks.onRoute.tap((route) => route.hooks.preForward.tap(answer)), {
    fault: 'guard',
  })

async function refusal(
  gateway: TestGateway,
  metadata = new Metadata(),
): Promise<[number | undefined, string | undefined]> {
  using client = grpcClient(gateway.url)
  const { error } = await call(client, Buffer.from('x'), metadata)
  return [error?.code, error?.details]
}

describe('a guard', () => {
  test.each([
    [401, status.UNAUTHENTICATED],
    [403, status.PERMISSION_DENIED],
    [404, status.UNIMPLEMENTED],
    [429, status.UNAVAILABLE],
    [503, status.UNAVAILABLE],
  ])('that replies %i', async (code, expected) => {
    await using gateway = await createTestGateway([guard(() => ({ status: code, body: 'no' }))])
    expect((await refusal(gateway))[0]).toBe(expected)
  })

  test('that refuses with an error of its own', async () => {
    await using gateway = await createTestGateway([guard(() => new GatewayError('GW_TEAM_UNKNOWN'))])
    expect(await refusal(gateway)).toEqual([
      status.PERMISSION_DENIED,
      '100 % \u00fcnbekannt (GW_TEAM_UNKNOWN)',
    ])
  })

  test('that throws, and one that hangs', async () => {
    const throws = guard(() => {
      throw new Error('secret')
    })
    await using broken = await createTestGateway([throws])
    const [code, details] = await refusal(broken)
    expect(code).toBe(status.UNAVAILABLE)
    expect(details).toContain('GW_GUARD_THREW')
    expect(details).not.toContain('secret')
    const hangs = guard(() => new Promise(() => {}) as never)
    await using hanging = await createTestGateway([hangs], { timeouts: { pluginMs: 50 } })
    expect((await refusal(hanging))[0]).toBe(status.UNAVAILABLE)
  })
})

describe('the gateway', () => {
  const refusesWith = async (onStream: OnStream, more: object, expected: [number, string]): Promise<void> => {
    await using upstream = await http2Upstream(onStream)
    await using gateway = await createTestGateway([], { upstream: upstream.options, ...more })
    const [code, details] = await refusal(gateway)
    expect(code).toBe(expected[0])
    expect(details).toContain(expected[1])
  }

  test('without a route', async () => {
    await using gateway = await createTestGateway([], { upstream: undefined })
    const [code, details] = await refusal(gateway)
    expect([code, details]).toEqual([
      status.UNIMPLEMENTED,
      'No route matches this request. (GW_ROUTE_NOT_FOUND)',
    ])
  })

  test('with an upstream that is down', async () => {
    const upstream = await http2Upstream(() => {})
    await upstream.close()
    await using gateway = await createTestGateway([], { upstream: upstream.options })
    const [code, details] = await refusal(gateway)
    expect(code).toBe(status.UNAVAILABLE)
    expect(details).toContain('GW_UPSTREAM_CONNECT_REFUSED')
  })

  test('with an upstream that resets', () =>
    refusesWith((stream) => stream.close(2), {}, [status.UNAVAILABLE, 'GW_UPSTREAM_RESET']))

  test('with an upstream that refuses', () =>
    refusesWith((stream) => stream.close(7), {}, [status.UNAVAILABLE, 'GW_UPSTREAM_BUSY']))

  test('with an upstream that does not answer', async () => {
    const silent: OnStream = (stream) => stream.resume()
    await refusesWith(silent, { timeouts: { headersMs: 60 } }, [
      status.DEADLINE_EXCEEDED,
      'GW_UPSTREAM_HEADERS_TIMEOUT',
    ])
    await refusesWith(silent, { timeouts: { totalMs: 60 } }, [
      status.DEADLINE_EXCEEDED,
      'GW_UPSTREAM_TOTAL_TIMEOUT',
    ])
  })

  test('with an upstream that stops in the middle is a cut, which a client reads as INTERNAL', async () => {
    await using upstream = await http2Upstream((stream) => {
      stream.resume()
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' })
      stream.write(Buffer.from([0, 0, 0, 0, 9, 1]))
    })
    await using gateway = await createTestGateway([], {
      upstream: upstream.options,
      timeouts: { idleMs: 60 },
    })
    expect((await refusal(gateway))[0]).toBe(status.INTERNAL)
  })

  test('with a message that is too large', () =>
    refusesWith((stream) => stream.resume(), { limits: { requestBodyBytes: 3 } }, [
      status.RESOURCE_EXHAUSTED,
      'GW_REQ_BODY_TOO_LARGE',
    ]))

  test('with headers that are too large', async () => {
    const metadata = new Metadata()
    metadata.set('x-long', 'x'.repeat(20_000))
    await using gateway = await createTestGateway([])
    const [code, details] = await refusal(gateway, metadata)
    expect(code).toBe(status.RESOURCE_EXHAUSTED)
    expect(details).toContain('GW_REQ_HEADERS_TOO_LARGE')
  })
})
