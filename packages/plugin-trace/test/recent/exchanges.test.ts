/** The view `exchanges`: what it tells of the last requests, and what it never does. */
import { definePlugin, type GatewayOptions, type PluginInstance } from '@postern/core'
import { principal } from '@postern/core/contracts'
import { createUpstream, until } from '@postern/core/testing'
import { describe, expect, it } from 'vitest'
import { trace } from '../../src/index.ts'
import type { RecentExchange } from '../../src/recent/read.ts'
import type { RecentView } from '../../src/recent/recent-exchanges.ts'
import { send, startGateway } from '../_support/harness.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SENT = ['traceparent', `00-${TRACE}-00f067aa0ba902b7-01`]

type Started = Awaited<ReturnType<typeof startGateway>>

function view({ gateway }: Started, query = ''): RecentView | undefined {
  return gateway.views().get('exchanges')?.read(new URLSearchParams(query)) as RecentView | undefined
}

/** The exchanges that are asked for, once so many are kept: the end of one follows its answer. */
async function recent(started: Started, kept: number, query = ''): Promise<readonly RecentExchange[]> {
  await until(() => view(started)?.kept === kept, `${kept} exchanges to be kept`)
  return view(started, query)?.exchanges ?? []
}

/** A guard that takes its time, knows everybody, and refuses `/secret`; and one that only lets pass. */
const guards = [
  definePlugin({
    name: '@example/plugin-slow',
    version: '1.0.0',
    api: '1.0',
    fault: 'guard',
    provides: [principal],
    setup(gateway) {
      gateway.hooks.onRoute.tap(({ hooks }) =>
        hooks.preForward.tap(async (exchange) => {
          await new Promise((resolve) => setTimeout(resolve, 30))
          const who = { id: 'shop', kind: 'service', scheme: 'jwt', scopes: [], claims: {}, via: [] } as const
          exchange.set(principal, who)
          exchange.caller = who.id
          return exchange.path === '/secret' ? { status: 403 } : undefined
        }),
      )
    },
  })(),
  definePlugin({
    name: 'quick',
    version: '1.0.0',
    api: '1.0',
    fault: 'guard',
    setup(gateway) {
      gateway.hooks.onRoute.tap(({ hooks }) => hooks.preForward.tap(() => undefined))
    },
  })(),
]

/** Tries a port where nobody listens first, and says why. */
function failover(url: string): PluginInstance {
  return definePlugin({
    name: 'failover',
    version: '1.0.0',
    api: '1.0',
    fault: 'transform',
    setup(gateway) {
      const endpoints = [gateway.endpoint('http://127.0.0.1:1'), gateway.endpoint(url)]
      gateway.hooks.onRoute.tap(({ hooks }) => {
        hooks.pickEndpoint.tap((exchange) => {
          const isFirst = exchange.attempt === null
          exchange.endpointReason = isFirst ? 'first' : 'second retry'
          return endpoints[isFirst ? 0 : 1]
        })
        hooks.pickRetry.tap((exchange) => (exchange.attempt?.number === 1 ? 0 : undefined))
      })
    },
  })()
}

describe('an exchange', () => {
  it('tells route, verdicts with their time, attempts with the reason of each, bytes and times', async () => {
    await using upstream = await createUpstream({ kind: 'answer', body: 'hello' })
    await using gateway = await startGateway([trace(), ...guards, failover(upstream.url)], {
      upstream: upstream.url,
    })
    const { url } = await gateway.gateway.listen({ port: 0, name: 'public' })
    await send(`${url}/orders/7?token=s3cret`, SENT, 'POST', '{}')
    const [exchange] = await recent(gateway, 1)
    expect(exchange).toMatchObject({
      traceId: TRACE,
      parentSpanId: '00f067aa0ba902b7',
      seat: 'hop',
      listener: 'public',
      caller: 'shop',
      auth: 'jwt',
      method: 'POST',
      path: '/orders/7',
      httpVersion: '1.1',
      route: 'default',
      generation: 1,
      status: 200,
      requestBytes: 2,
      responseBytes: 5,
      verdicts: [
        { plugin: '@example/plugin-slow', mode: 'enforce', decision: 'allow', reason: 'ok' },
        { plugin: 'quick', mode: 'enforce', decision: 'allow', reason: 'ok' },
      ],
      attempts: [
        { number: 1, endpoint: 'http://127.0.0.1:1', why: 'first', error: 'GW_UPSTREAM_CONNECT_REFUSED' },
        { number: 2, endpoint: upstream.url, why: 'second retry', status: 200 },
      ],
    })
    const [slow, quick] = exchange?.verdicts ?? []
    expect(slow?.tookUs).toBeGreaterThan(25_000)
    // What the first waited for is not the second's.
    expect(quick?.tookUs).toBeLessThan(25_000)
    expect(exchange?.error).toBeUndefined()
    const [line] = await gateway.access(1)
    const { durationMs, gatewayMs, queueMs, upstreamMs, bodyMs, spanId, exchangeId } = exchange ?? {}
    expect(line).toMatchObject({ durationMs, gatewayMs, queueMs, upstreamMs, bodyMs, spanId, exchangeId })
    expect(Math.abs(Date.now() - Date.parse(exchange?.startedAt ?? ''))).toBeLessThan(10_000)
  })

  it('tells refusals, requests that no route takes, and who closed', async () => {
    await using gateway = await startGateway([trace(), ...guards], { upstream: 'http://127.0.0.1:1' })
    await send(`${gateway.url}/secret`)
    await send(gateway.url, ['expect', 'magic'])
    const [refused, denied] = await recent(gateway, 2)
    expect(refused).toMatchObject({ status: 417, error: 'GW_REQ_EXPECT_UNKNOWN', attempts: [], verdicts: [] })
    expect(refused?.route).toBeUndefined()
    expect(denied?.verdicts).toMatchObject([{ decision: 'deny', reason: 'status 403' }])

    await using upstream = await createUpstream({ kind: 'reset-in-body', length: 9, bytes: 3 })
    await using cut = await startGateway([trace()], { upstream: upstream.url })
    await expect(send(cut.url)).rejects.toThrow()
    expect(await recent(cut, 1)).toMatchObject([{ closedBy: 'upstream', error: 'GW_UPSTREAM_BODY_CUT' }])
  })

  it('has no header values, queries, tokens or bodies, and no path where the access log has none', async () => {
    await using upstream = await createUpstream({
      kind: 'answer',
      headers: { 'set-cookie': 's3cret' },
      body: 's3cret',
    })
    const plugins = [trace({ accessLog: { path: false } }), ...guards]
    await using gateway = await startGateway(plugins, { upstream: upstream.url })
    const headers = ['authorization', 'Bearer s3cret', 'cookie', 'a=s3cret', 'baggage', 'a=s3cret']
    await send(`${gateway.url}/s3cret?a=s3cret`, headers, 'POST', 's3cret')
    const exchanges = await recent(gateway, 1)
    expect(exchanges).toMatchObject([{ status: 200 }])
    expect(JSON.stringify(exchanges)).not.toContain('s3cret')
  })
})

describe('the query', () => {
  async function withThree(options: GatewayOptions = {}) {
    const upstream = await createUpstream()
    const gateway = await startGateway([trace(), ...guards], { upstream: upstream.url, ...options })
    await send(`${gateway.url}/one`, SENT)
    await send(`${gateway.url}/secret`)
    await send(`${gateway.url}/three`, ['expect', 'magic'])
    await recent(gateway, 3)
    return Object.assign(gateway, {
      paths: (query: string) => view(gateway, query)?.exchanges.map(({ path, status }) => path ?? status),
      async [Symbol.asyncDispose]() {
        await gateway.gateway.close({ graceMs: 100 })
        await upstream.close()
      },
    })
  }

  it('asks by trace, route, status, caller, duration, error and number, newest first', async () => {
    await using gateway = await withThree()
    const { paths } = gateway
    expect(paths('')).toEqual([417, '/secret', '/one'])
    expect(paths('unknown=key')).toHaveLength(3)
    expect(paths(`trace=${TRACE}`)).toEqual(['/one'])
    expect(paths('trace=4BF92F35')).toEqual(['/one'])
    expect(paths(`trace=00-${TRACE}-00f067aa0ba902b7-01`)).toEqual(['/one'])
    const exchangeId = view(gateway, `trace=${TRACE}`)?.exchanges[0]?.exchangeId ?? ''
    expect(paths(`trace=${exchangeId}`)).toEqual(['/one'])
    expect(paths('route=default')).toEqual(['/secret', '/one'])
    expect(paths('status=403')).toEqual(['/secret'])
    expect(paths('status=4xx')).toEqual([417, '/secret'])
    expect(paths('caller=shop&status=200')).toEqual(['/one'])
    expect(paths('slower=20')).toEqual(['/secret', '/one'])
    expect(paths('error=any')).toEqual([417])
    expect(paths('error=GW_REQ_EXPECT_UNKNOWN')).toEqual([417])
    expect(paths('error=GW_OTHER')).toEqual([])
    expect(paths('limit=2')).toEqual([417, '/secret'])
  })

  it('gives nothing at all for a trace that is not there', async () => {
    await using gateway = await withThree()
    expect(view(gateway, 'trace=ffffffffff')).toBeUndefined()
  })

  it.each([
    ['trace=4bf92f3', /^trace: .*8 or more/],
    ['status=9xx', /^status: /],
    ['slower=1s', /^slower: .*milliseconds/],
    ['limit=0', /^limit: /],
    ['limit=9999', /^limit: /],
  ])('says what is wrong with %s', async (query, problem) => {
    await using gateway = await startGateway([trace()])
    expect(view(gateway, query)?.exchanges).toEqual([])
    expect(view(gateway, query)?.problem).toMatch(problem)
  })
})

describe('the memory', () => {
  it('outlives a reload', async () => {
    await using upstream = await createUpstream()
    await using gateway = await startGateway([trace()], { upstream: upstream.url })
    await send(gateway.url, SENT)
    await recent(gateway, 1)
    await gateway.gateway.reload([trace()], { logger: false, upstream: upstream.url })
    await send(gateway.url)
    expect((await recent(gateway, 2)).map(({ generation }) => generation)).toEqual([2, 1])
  })

  it('is as large as the option says, whatever comes, and forgets the oldest', async () => {
    await using gateway = await startGateway([trace({ recent: { maxBytes: 65_536 } })], {
      limits: { requestTargetBytes: 8_192 },
    })
    for (let i = 0; i < 150; i++)
      await (await gateway.gateway.fetch(`http://a/${i}/${'x'.repeat(5_000)}`)).text()
    const { kept = 0, exchanges = [], since } = view(gateway, 'limit=1000') ?? {}
    expect(kept).toBeLessThan(150)
    expect(kept).toBeGreaterThan(50)
    expect(exchanges).toHaveLength(kept)
    expect(exchanges[0]?.path?.startsWith('/149/')).toBe(true)
    expect(exchanges[0]?.path).toHaveLength(512)
    expect(since).toBe(exchanges.at(-1)?.startedAt)
  })

  it('is not taken by `recent: false`, nor on a route where trace is off', async () => {
    await using none = await startGateway([trace({ recent: false })])
    expect(none.gateway.views().has('exchanges')).toBe(false)
    await using upstream = await createUpstream()
    await using off = await startGateway([trace()], {
      upstream: upstream.url,
      route: { plugins: { trace: 'off' } },
    })
    await send(off.url)
    await send(off.url, ['expect', 'magic'])
    expect(await recent(off, 1)).toMatchObject([{ status: 417 }])
  })

  it('refuses less than the longest record takes', () => {
    expect(() => trace({ recent: { maxBytes: 1_000 } })).not.toThrow()
    return expect(startGateway([trace({ recent: { maxBytes: 1_000 } })])).rejects.toMatchObject({
      code: 'GW_PLUGIN_OPTIONS_INVALID',
    })
  })
})
