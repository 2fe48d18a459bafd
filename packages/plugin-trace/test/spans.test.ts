import { connect } from 'node:net'
import { context, type Span, SpanKind, SpanStatusCode, trace as traceApi } from '@opentelemetry/api'
import {
  AlwaysOffSampler,
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SamplingDecision,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { definePlugin, GatewayError, type PluginInstance } from '@postern/core'
import { traceContext } from '@postern/core/contracts'
import { createUpstream, until } from '@postern/core/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { trace } from '../src/index.ts'
import { AsyncLocalContexts } from './_support/async-local-contexts.ts'
import { send, startGateway } from './_support/harness.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const CALLER_SPAN = '00f067aa0ba902b7'
const PARENT = `00-${TRACE}-${CALLER_SPAN}-01`

let exporter: InMemorySpanExporter

function install(sampler?: Sampler): void {
  exporter = new InMemorySpanExporter()
  const spanProcessors = [new SimpleSpanProcessor({ exporter })]
  traceApi.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors, ...(sampler ? { sampler } : undefined) }),
  )
  context.setGlobalContextManager(new AsyncLocalContexts())
}

/** The spans that were exported, once there are as many as asked for. */
async function spans(count: number): Promise<ReadableSpan[]> {
  await until(() => exporter.getFinishedSpans().length >= count, `${count} spans`)
  const finished = exporter.getFinishedSpans()
  expect(finished.map(({ name }) => name)).toHaveLength(count)
  return finished
}

const server = (all: readonly ReadableSpan[]) =>
  all.find(({ kind }) => kind === SpanKind.SERVER) as ReadableSpan
const clients = (all: readonly ReadableSpan[]) => all.filter(({ kind }) => kind === SpanKind.CLIENT)

/** Retries failed attempts, as often as the route allows. */
const retryAll = definePlugin({
  name: 'retry-all',
  version: '1.0.0',
  api: '1.0',
  fault: 'transform',
  setup(gateway) {
    gateway.hooks.onRoute.tap(({ hooks }) => hooks.pickRetry.tap(() => 0))
  },
})

/** Reads the trace id before anything else is known, as a guard's own log would. */
const readEarly = (ids: string[]): PluginInstance<readonly [], readonly [typeof traceContext]> =>
  definePlugin({
    name: 'read-early',
    version: '1.0.0',
    api: '1.0',
    fault: 'observer',
    requires: [traceContext],
    setup(gateway) {
      gateway.hooks.onRequest.tap((exchange) => {
        ids.push(exchange.get(traceContext)?.traceId ?? '')
      })
    },
  })()

beforeEach(() => install())

afterEach(() => {
  traceApi.disable()
  context.disable()
})

describe('with an SDK', () => {
  it('an exchange is a server span, and its attempt a client span below it that the upstream continues', async () => {
    await using upstream = await createUpstream({ kind: 'answer', status: 201 })
    await using gateway = await startGateway([trace()], { upstream: `${upstream.url}/base` })
    const answer = await send(`${gateway.url}/orders/7?token=s3cret`, [
      'traceparent',
      PARENT,
      'tracestate',
      'rojo=1',
    ])
    const all = await spans(2)
    const [client] = clients(all)
    const [line] = await gateway.access(1)
    const port = Number(new URL(upstream.url).port)
    const own = server(all)

    expect(own.name).toBe('GET default')
    expect(own.spanContext().traceId).toBe(TRACE)
    expect(own.parentSpanContext).toMatchObject({ spanId: CALLER_SPAN, isRemote: true })
    expect(own.status).toEqual({ code: SpanStatusCode.UNSET })
    expect(own.attributes).toEqual({
      'http.request.method': 'GET',
      'http.response.status_code': 201,
      'http.route': 'default',
      'url.scheme': 'http',
      'url.path': '/orders/7',
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(gateway.url).port),
      'client.address': '127.0.0.1',
      'network.protocol.version': '1.1',
      'postern.exchange.id': line?.['exchangeId'],
      'postern.seat': 'hop',
    })
    expect(client?.name).toBe('GET')
    expect(client?.parentSpanContext?.spanId).toBe(own.spanContext().spanId)
    expect(client?.attributes).toEqual({
      'http.request.method': 'GET',
      'http.response.status_code': 201,
      'server.address': '127.0.0.1',
      'server.port': port,
      'url.full': `${upstream.url}/base/orders/7`,
    })
    expect(upstream.requests[0]?.headers['traceparent']).toBe(
      `00-${TRACE}-${client?.spanContext().spanId}-01`,
    )
    expect(upstream.requests[0]?.headers['tracestate']).toBe('rojo=1')
    expect(line).toMatchObject({
      traceId: TRACE,
      spanId: own.spanContext().spanId,
      parentSpanId: CALLER_SPAN,
    })
    expect(answer.headers['x-trace-id']).toBe(TRACE)
  })

  it('spans lie inside each other in time', async () => {
    await using upstream = await createUpstream({ kind: 'trickle', chunks: 1, bytes: 1, everyMs: 20 })
    await using gateway = await startGateway([trace()], { upstream: upstream.url })
    const before = Date.now()
    await send(gateway.url)
    const all = await spans(2)
    const ms = ([seconds, nanos]: readonly [number, number]) => seconds * 1_000 + nanos / 1e6
    const [outer, inner] = [server(all), clients(all)[0] as ReadableSpan]
    // Wall clock and monotonic clock differ by a little; a wrong clock would be off by years or hours.
    expect(Math.abs(ms(outer.startTime) - before)).toBeLessThan(5_000)
    expect(ms(inner.duration)).toBeGreaterThan(15)
    expect(ms(outer.duration)).toBeGreaterThanOrEqual(ms(inner.duration))
    expect(ms(inner.startTime)).toBeGreaterThan(ms(outer.startTime) - 2)
  })

  it('one trace id holds everywhere, also for who asks first', async () => {
    await using upstream = await createUpstream()
    const early: string[] = []
    await using gateway = await startGateway([readEarly(early), trace()], { upstream: upstream.url })
    const answer = await send(gateway.url)
    const all = await spans(2)
    const [line] = await gateway.access(1)
    const ids = [
      ...all.map((span) => span.spanContext().traceId),
      early[0],
      line?.['traceId'],
      answer.headers['x-trace-id'],
    ]
    expect(new Set(ids)).toEqual(new Set([early[0]]))
    expect(server(all).parentSpanContext).toBeUndefined()
    // It began before the route was known, and has its name nevertheless.
    expect(server(all).name).toBe('GET default')
  })

  it('every attempt has a client span, the repeated ones with their count', async () => {
    await using gateway = await startGateway([trace(), retryAll()], { upstream: 'http://127.0.0.1:1' })
    await send(gateway.url)
    const all = await spans(4)
    expect(clients(all).map(({ attributes }) => attributes['http.request.resend_count'])).toEqual([
      undefined,
      1,
      2,
    ])
    for (const span of clients(all)) {
      expect(span.attributes['error.type']).toBe('GW_UPSTREAM_CONNECT_REFUSED')
      expect(span.status.code).toBe(SpanStatusCode.ERROR)
    }
    expect(server(all).attributes).toMatchObject({
      'http.response.status_code': 502,
      'error.type': 'GW_UPSTREAM_CONNECT_REFUSED',
    })
    expect(server(all).status.code).toBe(SpanStatusCode.ERROR)
  })

  it('say which service was picked, though the route has the name of another', async () => {
    await using upstream = await createUpstream()
    const split = definePlugin({
      name: 'split',
      version: '1.0.0',
      api: '1.0',
      fault: 'transform',
      setup({ hooks, addRoute, endpoint }) {
        const route = addRoute({ id: 'shop', service: 'orders' })
        const next = endpoint(upstream.url, { service: 'orders-v2' })
        hooks.pickRoute.tap(() => route)
        hooks.onRoute.tap((one) => one.hooks.pickEndpoint.tap(() => next))
      },
    })
    await using gateway = await startGateway([trace(), split()])
    await send(gateway.url)
    expect(server(await spans(2)).attributes['postern.service']).toBe('orders-v2')
    const [line] = await gateway.access(1)
    expect([line?.['route'], line?.['service']]).toEqual(['shop', 'orders-v2'])
  })

  it("a service's own 500 is an error of both spans, a 404 of the client span only", async () => {
    await using upstream = await createUpstream({ kind: 'answer', status: 500 })
    await using gateway = await startGateway([trace()], { upstream: upstream.url })
    await send(`${gateway.url}/500`)
    const failed = await spans(2)
    expect(server(failed).attributes['error.type']).toBe('500')
    expect(server(failed).status.code).toBe(SpanStatusCode.ERROR)
    exporter.reset()
    upstream.behave({ kind: 'answer', status: 404 })
    await send(`${gateway.url}/404`)
    const missed = await spans(2)
    expect(server(missed).status.code).toBe(SpanStatusCode.UNSET)
    expect(clients(missed)[0]?.attributes['error.type']).toBe('404')
  })

  it('a refused exchange is a server span with the verdict, and no error of ours', async () => {
    await using upstream = await createUpstream()
    const refuse = definePlugin({
      name: 'refuse',
      version: '1.0.0',
      api: '1.0',
      fault: 'guard',
      setup(gateway) {
        gateway.hooks.onRoute.tap(({ hooks }) =>
          hooks.preForward.tap(() => new GatewayError('GW_REQ_METHOD_REFUSED')),
        )
      },
    })
    await using gateway = await startGateway([trace(), refuse()], { upstream: upstream.url })
    await send(gateway.url)
    const [span] = await spans(1)
    expect(span?.name).toBe('GET default')
    expect(span?.attributes).toMatchObject({
      'http.response.status_code': 405,
      'postern.error.code': 'GW_REQ_METHOD_REFUSED',
    })
    expect(span?.attributes['error.type']).toBeUndefined()
    expect(span?.status.code).toBe(SpanStatusCode.UNSET)
    expect(span?.events).toMatchObject([
      {
        name: 'postern.verdict',
        attributes: { 'postern.plugin': 'refuse', 'postern.mode': 'enforce', 'postern.decision': 'deny' },
      },
    ])
  })

  it('an exchange without a route is a span named by its method, known methods only', async () => {
    await using gateway = await startGateway([trace()])
    await send(gateway.url, [], 'PURGE')
    const [span] = await spans(1)
    expect(span?.name).toBe('HTTP')
    expect(span?.attributes).toMatchObject({
      'http.request.method': '_OTHER',
      'http.request.method_original': 'PURGE',
    })
    expect(span?.attributes['http.route']).toBeUndefined()
  })

  it('an exchange whose head could not be read says nothing that it does not know', async () => {
    await using gateway = await startGateway([trace()])
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1')
    socket.end('NONSENSE\r\n\r\n')
    socket.resume()
    const [span] = await spans(1)
    expect(span?.attributes).toMatchObject({
      'http.request.method': '_OTHER',
      'http.response.status_code': 400,
    })
    expect(span?.attributes).not.toHaveProperty(['http.request.method_original'])
    expect(span?.attributes).not.toHaveProperty(['server.address'])
  })

  it('an attempt with a method that nobody knows says which it was, as its exchange does', async () => {
    await using upstream = await createUpstream()
    await using gateway = await startGateway([trace()], { upstream: upstream.url })
    await send(gateway.url, [], 'PURGE')
    const [client] = clients(await spans(2))
    expect(client?.name).toBe('HTTP')
    expect(client?.attributes).toMatchObject({
      'http.request.method': '_OTHER',
      'http.request.method_original': 'PURGE',
    })
  })

  it('a route with trace off has no span', async () => {
    await using upstream = await createUpstream()
    const route = { plugins: { trace: 'off' as const } }
    await using gateway = await startGateway([trace()], { upstream: upstream.url, route })
    await send(gateway.url, ['traceparent', PARENT])
    await gateway.gateway.close()
    expect(exporter.getFinishedSpans()).toEqual([])
  })

  it('the sampler decides, and what it leaves out goes on as not sampled with ids of its own', async () => {
    traceApi.disable()
    install(new AlwaysOffSampler())
    await using upstream = await createUpstream()
    await using gateway = await startGateway([trace()], { upstream: upstream.url })
    await send(gateway.url, ['traceparent', `00-${TRACE}-${CALLER_SPAN}-83`])
    const [line] = await gateway.access(1)
    const sent = String(upstream.requests[0]?.headers['traceparent'])
    expect(sent).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-82$`))
    expect(sent).not.toContain(CALLER_SPAN)
    expect(line?.['traceId']).toBe(TRACE)
    expect(exporter.getFinishedSpans()).toEqual([])
  })

  it("a sampler's change of the tracestate goes upstream", async () => {
    traceApi.disable()
    install({
      shouldSample(parent) {
        const state = traceApi.getSpanContext(parent)?.traceState?.set('ot', 'th:8')
        return {
          decision: SamplingDecision.RECORD_AND_SAMPLED,
          ...(state ? { traceState: state } : undefined),
        }
      },
      toString: () => 'marking',
    })
    await using upstream = await createUpstream()
    await using gateway = await startGateway([trace()], { upstream: upstream.url })
    await send(gateway.url, ['traceparent', PARENT, 'tracestate', 'rojo=1'])
    expect(upstream.requests[0]?.headers['tracestate']).toBe('ot=th:8,rojo=1')
  })

  it.each(['caller', 'fetch'])(
    "in the seat %s the exchange hangs below the process's own span, and is no request to it",
    async (seat) => {
      await using upstream = await createUpstream()
      await using gateway = await startGateway([trace()], { upstream: upstream.url })
      const dispatcher = gateway.gateway.dispatcher()
      const call = (): Promise<Response> =>
        seat === 'fetch' ? gateway.gateway.fetch(upstream.url) : fetch(upstream.url, { dispatcher } as object)
      await traceApi.getTracer('app').startActiveSpan('work', async (work: Span) => {
        await (await call()).text()
        work.end()
      })
      const all = await spans(3)
      const work = all.find(({ name }) => name === 'work')
      const own = all.find(({ attributes }) => attributes['postern.seat'] === seat)
      expect(own?.parentSpanContext?.spanId).toBe(work?.spanContext().spanId)
      expect(own?.kind).toBe(SpanKind.INTERNAL)
      expect(clients(all)[0]?.parentSpanContext?.spanId).toBe(own?.spanContext().spanId)
    },
  )

  it('a call through the caller seat is no request to the process, whatever is active', async () => {
    await using upstream = await createUpstream()
    await using gateway = await startGateway([trace()], { upstream: upstream.url })
    const dispatcher = gateway.gateway.dispatcher()
    await (await fetch(upstream.url, { dispatcher } as object)).text()
    const kinds = (await spans(2)).map(({ kind }) => kind)
    expect(new Set(kinds)).toEqual(new Set([SpanKind.INTERNAL, SpanKind.CLIENT]))
  })

  it("in the hop seat a span that was active when the gateway began to listen is nobody's parent", async () => {
    await using upstream = await createUpstream()
    const started = await traceApi.getTracer('app').startActiveSpan('start', async (span: Span) => {
      const gateway = await startGateway([trace()], { upstream: upstream.url })
      span.end()
      return gateway
    })
    await using gateway = started
    await send(gateway.url)
    expect(server(await spans(3)).parentSpanContext).toBeUndefined()
  })
})

describe('without an SDK', () => {
  beforeEach(() => {
    traceApi.disable()
    context.disable()
  })

  it('no span is started, and the trace is relayed all the same', async () => {
    await using upstream = await createUpstream()
    await using gateway = await startGateway([trace()], { upstream: upstream.url })
    await send(gateway.url, ['traceparent', PARENT])
    const [line] = await gateway.access(1)
    expect(upstream.requests[0]?.headers['traceparent']).toBe(
      `00-${TRACE}-${String(line?.['attemptSpanIds'])}-01`,
    )
    expect(line).toMatchObject({ parentSpanId: CALLER_SPAN })
    expect([CALLER_SPAN, line?.['attemptSpanIds']]).not.toContain(line?.['spanId'])
    expect(exporter.getFinishedSpans()).toEqual([])
  })

  it('one that comes later is noticed', async () => {
    await using upstream = await createUpstream()
    await using gateway = await startGateway([trace()], { upstream: upstream.url })
    await send(gateway.url)
    install()
    const noticed = async () => {
      await send(gateway.url)
      return exporter.getFinishedSpans().length > 0
    }
    await until(noticed, 'the SDK to be noticed')
  })
})
