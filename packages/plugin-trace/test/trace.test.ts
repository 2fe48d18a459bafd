import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createGateway, definePlugin, GatewayError } from '@postern/core'
import { traceContext } from '@postern/core/contracts'
import { createLogRecorder, createUpstream, until } from '@postern/core/testing'
import { describe, expect, it } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import { trace } from '../src/index.ts'
import { PLUGIN_NAME, VERSION } from '../src/version.ts'
import { send, startGateway } from './_support/harness.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const CALLER_SPAN = '00f067aa0ba902b7'
const PARENT = `00-${TRACE}-${CALLER_SPAN}-01`

/** A guard that lets nobody in. */
const refuseAll = definePlugin({
  name: 'refuse-all',
  version: '1.0.0',
  api: '1.0',
  fault: 'guard',
  requires: [traceContext],
  setup(gateway) {
    gateway.hooks.onRoute.tap(({ hooks }) => {
      hooks.preForward.tap(() => new GatewayError('GW_REQ_METHOD_REFUSED'))
    })
  },
})

/** One more attempt, whatever failed. */
const retryOnce = definePlugin({
  name: 'retry-once',
  version: '1.0.0',
  api: '1.0',
  fault: 'transform',
  setup(gateway) {
    gateway.hooks.onRoute.tap(({ hooks }) => {
      hooks.pickRetry.tap((exchange) => (exchange.attempt?.number === 1 ? 0 : undefined))
    })
  },
})

describe('the trace context that an upstream gets', () => {
  it('begins a trace with an id that is one, whatever request id a trusted caller gave', async () => {
    await using upstream = await createUpstream()
    await using gateway = await startGateway([trace()], {
      upstream: upstream.url,
      requestIdHeader: 'x-request-id',
      trustedProxies: ['127.0.0.1'],
    })
    await send(gateway.url, ['x-request-id', 'order-4711'])
    await send(gateway.url, ['x-request-id', 'b'.repeat(32)])
    const [first, second] = upstream.requests.map(({ headers }) => headers['traceparent'])
    // Whether an id that somebody else gave is random, nobody here can say.
    expect(first).toMatch(/^00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-03$/)
    expect(second).toMatch(/^00-b{32}-[0-9a-f]{16}-01$/)
  })

  it('continues the trace of the caller, below a span of the gateway', async () => {
    await using upstream = await createUpstream()
    await using gateway = await startGateway([trace()], { upstream: upstream.url })
    await send(gateway.url, [
      'TraceParent',
      PARENT,
      'tracestate',
      'rojo=1',
      'tracestate',
      'congo=2',
      'baggage',
      'a=b',
    ])
    const headers = upstream.requests[0]?.headers ?? {}
    expect(headers['traceparent']).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/)
    expect(headers['traceparent']).not.toContain(CALLER_SPAN)
    expect(headers['tracestate']).toBe('rojo=1,congo=2')
    expect(headers['baggage']).toBe('a=b')
  })

  it('begins a sampled trace where the caller has none', async () => {
    await using upstream = await createUpstream()
    await using gateway = await startGateway([trace()], { upstream: upstream.url })
    await send(gateway.url, ['tracestate', 'rojo=1'])
    const headers = upstream.requests[0]?.headers ?? {}
    expect(headers['traceparent']).toMatch(/^00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-03$/)
    expect(headers['tracestate']).toBeUndefined()
  })

  it.each([
    ['is not valid', ['traceparent', `ff${PARENT.slice(2)}`]],
    ['comes twice', ['traceparent', PARENT, 'traceparent', PARENT]],
  ])('begins anew when the traceparent %s', async (_, headers) => {
    await using upstream = await createUpstream()
    await using gateway = await startGateway([trace()], { upstream: upstream.url })
    await send(gateway.url, [...headers, 'tracestate', 'rojo=1'])
    expect(upstream.requests[0]?.headers['traceparent']).toHaveLength(55)
    expect(upstream.requests[0]?.headers['traceparent']).not.toContain(TRACE)
    expect(upstream.requests[0]?.headers['tracestate']).toBeUndefined()
  })

  it('keeps flags that nobody knows yet', async () => {
    await using upstream = await createUpstream()
    await using gateway = await startGateway([trace()], { upstream: upstream.url })
    await send(gateway.url, ['traceparent', `00-${TRACE}-${CALLER_SPAN}-a2`])
    expect(upstream.requests[0]?.headers['traceparent']?.slice(-3)).toBe('-a2')
  })

  it('has nothing of callers that are not trusted', async () => {
    await using upstream = await createUpstream()
    await using gateway = await startGateway([trace({ trust: false })], { upstream: upstream.url })
    await send(gateway.url, ['traceparent', PARENT, 'tracestate', 'rojo=1', 'baggage', 'a=b'])
    const headers = upstream.requests[0]?.headers ?? {}
    expect(headers['traceparent']).not.toContain(TRACE)
    expect(headers['tracestate']).toBeUndefined()
    expect(headers['baggage']).toBeUndefined()
  })

  it('is not sampled where the ratio says so, and stays as the caller decided', async () => {
    await using upstream = await createUpstream()
    await using gateway = await startGateway([trace({ sampleRatio: 0 })], { upstream: upstream.url })
    await send(gateway.url)
    await send(gateway.url, ['traceparent', PARENT])
    expect(upstream.requests.map(({ headers }) => headers['traceparent']?.slice(-2))).toEqual(['02', '01'])
  })

  it('is left alone on a route where trace is off, or only observes', async () => {
    for (const mode of ['off', 'observe', 'shadow'] as const) {
      await using upstream = await createUpstream()
      await using gateway = await startGateway([trace()], {
        upstream: upstream.url,
        route: { plugins: { trace: mode } },
      })
      const answer = await send(gateway.url, ['traceparent', PARENT, 'tracestate', 'rojo=1'])
      expect(upstream.requests[0]?.headers['traceparent']).toBe(PARENT)
      expect(upstream.requests[0]?.headers['tracestate']).toBe('rojo=1')
      expect(answer.headers['x-trace-id']).toBeUndefined()
      if (mode === 'off') expect(gateway.accessLines()).toEqual([])
      else expect(await gateway.access(1)).toMatchObject([{ traceId: TRACE, parentSpanId: CALLER_SPAN }])
    }
  })

  it('works on a route that has trace on in a gateway that has it off', async () => {
    await using upstream = await createUpstream()
    const options = { upstream: upstream.url, route: { plugins: { trace: 'enforce' as const } } }
    await using gateway = await startGateway([trace({}, { mode: 'off' })], options)
    const answer = await send(gateway.url, ['traceparent', PARENT])
    expect(answer.headers['x-trace-id']).toBe(TRACE)
    expect(upstream.requests[0]?.headers['traceparent']).toContain(TRACE)
  })

  it("reaches the host's own handler in the callee seat, below the gateway's span", async () => {
    const { logger, lines } = createLogRecorder()
    const gateway = createGateway([trace()], { logger })
    const middleware = gateway.middleware()
    const host = createServer((request, response) =>
      middleware(request, response, () => response.end(request.headers['traceparent'])),
    )
    await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
    const { port } = host.address() as AddressInfo
    const answer = await send(`http://127.0.0.1:${port}/7`, ['traceparent', PARENT])
    await until(() => lines.length > 0, 'the log line')
    expect(answer.headers['x-trace-id']).toBe(TRACE)
    expect(answer.body).toBe(`00-${TRACE}-${String(lines[0]?.fields['spanId'])}-01`)
    expect(lines[0]?.fields).toMatchObject({ seat: 'callee', status: 200 })
    expect(lines[0]?.fields['attempts']).toBeUndefined()
    host.close()
    await gateway.close()
  })

  it('comes from the caller seat as well', async () => {
    await using upstream = await createUpstream()
    const gateway = createGateway([trace({ accessLog: false })], { upstream: upstream.url, logger: false })
    const response = await gateway.fetch('http://orders/7')
    expect(upstream.requests[0]?.headers['traceparent']).toContain(response.headers.get('x-trace-id'))
    await gateway.close()
  })
})

describe('the client', () => {
  it('is told the trace id', async () => {
    await using upstream = await createUpstream({ kind: 'answer', headers: { 'X-Trace-Id': 'other' } })
    await using gateway = await startGateway([trace()], { upstream: upstream.url })
    const answer = await send(gateway.url, ['traceparent', PARENT])
    expect(answer.headers['x-trace-id']).toBe(TRACE)
  })

  it('is told it under another name, or not at all', async () => {
    await using upstream = await createUpstream()
    await using named = await startGateway([trace({ responseHeader: 'Trace-Id' })], {
      upstream: upstream.url,
    })
    expect((await send(named.url, ['traceparent', PARENT])).headers['trace-id']).toBe(TRACE)
    await using silent = await startGateway([trace({ responseHeader: false })], { upstream: upstream.url })
    expect((await send(silent.url)).headers['x-trace-id']).toBeUndefined()
  })

  it('finds it in a problem document, equal to the one in the log', async () => {
    await using gateway = await startGateway([trace()])
    const answer = await send(gateway.url)
    const problem = JSON.parse(answer.body) as { traceId: string; exchangeId: string }
    const [line] = await gateway.access(1)
    expect(answer.status).toBe(404)
    expect(problem.traceId).toMatch(/^[0-9a-f]{32}$/)
    expect(line).toMatchObject({ traceId: problem.traceId })
    // The trace begins here and has the exchange's id: it is not said twice.
    expect(problem.exchangeId).toBe(problem.traceId)
    expect(line?.['exchangeId']).toBeUndefined()
  })
})

describe('the access log', () => {
  it('has one line per exchange, with its shape and no values of headers or query', async () => {
    await using upstream = await createUpstream({ kind: 'answer', status: 201, body: 'created' })
    await using gateway = await startGateway([trace()], { upstream: upstream.url })
    const headers = ['traceparent', PARENT, 'authorization', 'Bearer s3cret', 'x-user', 's3cret']
    await send(`${gateway.url}/orders/7?token=s3cret`, headers, 'POST', 'the s3cret body')
    const lines = await gateway.access(1)
    expect(gateway.accessLines()[0]?.level).toBe('info')
    expect(lines).toEqual([
      {
        plugin: '@postern/plugin-trace',
        v: 1,
        generation: 1,
        route: 'default',
        traceId: TRACE,
        spanId: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
        parentSpanId: CALLER_SPAN,
        attemptSpanIds: upstream.requests[0]?.headers['traceparent']?.slice(36, 52),
        exchangeId: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
        seat: 'hop',
        caller: '127.0.0.1',
        callerKind: 'address',
        httpVersion: '1.1',
        method: 'POST',
        path: '/orders/7',
        status: 201,
        upstream: upstream.url,
        requestBytes: 15,
        responseBytes: 7,
        durationMs: expect.any(Number) as number,
        gatewayMs: expect.any(Number) as number,
        upstreamMs: expect.any(Number) as number,
        queueMs: expect.any(Number) as number,
        bodyMs: expect.any(Number) as number,
      },
    ])
    expect(JSON.stringify(gateway.lines)).not.toContain('s3cret')
  })

  it('has a line for a request that matched nothing', async () => {
    await using gateway = await startGateway([trace()])
    await send(`${gateway.url}/nowhere`)
    expect(await gateway.access(1)).toMatchObject([
      { path: '/nowhere', status: 404, error: 'GW_ROUTE_NOT_FOUND', attempts: 0 },
    ])
  })

  it('has a line for a refused request, with the verdict', async () => {
    await using upstream = await createUpstream()
    await using gateway = await startGateway([refuseAll(), trace()], { upstream: upstream.url })
    await send(gateway.url)
    expect(await gateway.access(1)).toMatchObject([
      {
        status: 405,
        error: 'GW_REQ_METHOD_REFUSED',
        verdicts: 'refuse-all:enforce:deny:GW_REQ_METHOD_REFUSED',
        attempts: 0,
      },
    ])
  })

  it('says what is not as usual: several attempts, and a guard that only shadows', async () => {
    await using gateway = await startGateway([refuseAll({}, { mode: 'shadow' }), retryOnce(), trace()], {
      upstream: 'http://127.0.0.1:1',
    })
    await send(gateway.url)
    expect(await gateway.access(1)).toMatchObject([
      { status: 502, attempts: 2, verdicts: 'refuse-all:shadow:deny:GW_REQ_METHOD_REFUSED' },
    ])
  })

  it('has a line for an upstream that cannot be reached', async () => {
    await using gateway = await startGateway([trace()], { upstream: 'http://127.0.0.1:1' })
    await send(gateway.url)
    const lines = await gateway.access(1)
    expect(lines).toMatchObject([
      { status: 502, error: 'GW_UPSTREAM_CONNECT_REFUSED', upstream: 'http://127.0.0.1:1' },
    ])
  })

  it('has a line for a client that went away', async () => {
    await using upstream = await createUpstream({ kind: 'silent' })
    await using gateway = await startGateway([trace()], { upstream: upstream.url })
    const abort = new AbortController()
    const left = fetch(gateway.url, { signal: abort.signal }).catch((error: unknown) => error)
    await until(() => upstream.requests.length > 0, 'the request to arrive')
    abort.abort()
    await left
    const lines = await gateway.access(1)
    expect(lines).toMatchObject([{ aborted: true, status: 499, error: 'GW_CLIENT_ABORTED' }])
  })

  it('can be switched off', async () => {
    await using upstream = await createUpstream()
    await using gateway = await startGateway([trace({ accessLog: false })], { upstream: upstream.url })
    await send(gateway.url)
    await gateway.gateway.close()
    expect(gateway.accessLines()).toEqual([])
  })
})

describe('options', () => {
  it.each([
    [{ responseHeader: 'not a name' }, 'responseHeader'],
    [{ sampleRatio: 2 }, 'sampleRatio'],
    [{ acessLog: true }, 'accessLog'],
  ])('%j is refused, naming %s', (options, named) => {
    expect(() => createGateway([trace(options as object)], { logger: false })).toThrow(
      expect.objectContaining({
        code: 'GW_PLUGIN_OPTIONS_INVALID',
        plugin: '@postern/plugin-trace',
        message: expect.stringContaining(named) as string,
      }) as Error,
    )
  })
})

it('says the name and version of its package', () => {
  expect(PLUGIN_NAME).toBe(manifest.name)
  expect(VERSION).toBe(manifest.version)
})
