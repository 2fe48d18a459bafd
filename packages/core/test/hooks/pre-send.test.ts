import { describe, expect, test } from 'vitest'
import { GatewayError, getHeader, type PluginInstance, setHeader } from '../../src/index.ts'
import { createTestGateway } from '../../src/testing.ts'
import { plugin } from '../support.ts'

/** Signs what `mapUpstreamRequest` of a plugin that comes later wrote. */
const signer = (settings = {}): PluginInstance =>
  plugin(
    'signer',
    ({ hooks }) =>
      hooks.onRoute.tap((route) =>
        route.hooks.preSend.tap(async (exchange) => {
          await Promise.resolve()
          const head = exchange.upstreamRequestHeaders
          setHeader(head, 'x-signed', `${getHeader(head, 'x-late')} for ${exchange.endpoint?.authority}`)
        }),
      ),
    { fault: 'guard', settings },
  )
const late = (): PluginInstance =>
  plugin('late', ({ hooks }) =>
    hooks.onRoute.tap((route) =>
      route.hooks.mapUpstreamRequest.tap((exchange) =>
        setHeader(exchange.upstreamRequestHeaders, 'x-late', 'written'),
      ),
    ),
  )

describe('preSend', () => {
  test('sees the complete request of each attempt, may wait, and changes its headers', async () => {
    await using tested = await createTestGateway([signer(), late()])
    expect((await tested.fetch('/')).status).toBe(200)
    const { host } = new URL(tested.upstream.url)
    expect(tested.upstream.requests[0]?.headers['x-signed']).toBe(`written for ${host}`)
    await tested.finished(1)
    expect(tested.exchanges[0]?.verdicts).toEqual([])
  })

  test('answers in place of the upstream', async () => {
    const refuser = plugin('refuser', ({ hooks }) =>
      hooks.onRoute.tap((route) =>
        route.hooks.preSend.tap(() => new GatewayError('GW_UPSTREAM_NO_ENDPOINT')),
      ),
    )
    await using tested = await createTestGateway([refuser])
    expect((await tested.fetch('/')).status).toBe(503)
    expect(tested.upstream.requests).toHaveLength(0)
  })

  test.each(['shadow', 'observe'] as const)('does not run in %s', async (mode) => {
    await using tested = await createTestGateway([signer({ mode }), late()])
    expect((await tested.fetch('/')).status).toBe(200)
    expect(tested.upstream.requests[0]?.headers['x-signed']).toBeUndefined()
  })

  test('of a guard that hangs is closed, not open', async () => {
    const hanging = plugin(
      'hanging',
      ({ hooks }) => hooks.onRoute.tap((route) => route.hooks.preSend.tap(() => new Promise<void>(() => {}))),
      { fault: 'guard' },
    )
    await using tested = await createTestGateway([hanging], { timeouts: { pluginMs: 50 } })
    expect((await tested.fetch('/')).status).toBe(503)
    expect(tested.upstream.requests).toHaveLength(0)
  })
})

test.each(['enforce', 'shadow', 'observe'] as const)(
  'a guard in %s serves a document of its own, and leaves no verdict',
  async (mode) => {
    const keys = plugin(
      'keys',
      ({ hooks }) =>
        hooks.preMatch.tap(({ path }) => (path === '/keys' ? { status: 200, body: 'keys' } : undefined), {
          serves: true,
        }),
      { fault: 'guard', settings: { mode } },
    )
    await using tested = await createTestGateway([keys])
    expect(await (await tested.fetch('/keys')).text()).toBe('keys')
    expect((await tested.fetch('/other')).status).toBe(200)
    await tested.finished(2)
    expect(tested.upstream.requests).toHaveLength(1)
    expect(tested.exchanges.map(({ verdicts }) => verdicts)).toEqual([[], []])
  },
)
