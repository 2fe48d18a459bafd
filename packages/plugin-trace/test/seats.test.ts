import { context, trace as traceApi } from '@opentelemetry/api'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { until } from '@postern/core/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { type TraceOptions, trace } from '../src/index.ts'
import { AsyncLocalContexts } from './_support/async-local-contexts.ts'
import type { Line } from './_support/lines.ts'
import { expressService, fastifyService, gatewayWith, pick, plainService } from './_support/services.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const CALLER_SPAN = '00f067aa0ba902b7'
const W3C = ['traceparent', 'tracestate'] as const
const B3 = ['x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid', 'x-b3-sampled'] as const

afterEach(() => {
  traceApi.disable()
  context.disable()
})

/** Spans below which others may stand. */
function idsOf({ spanId, attemptSpanIds }: Line): string[] {
  return [spanId, attemptSpanIds].flatMap((ids) => (typeof ids === 'string' ? ids.split(',') : []))
}

/** Each line's parent is the span of another, or of one of its attempts; the first's is the client's. */
function expectOneTree(lines: readonly Line[]): void {
  const spans = new Set(lines.flatMap(idsOf))
  expect(new Set(lines.map(({ traceId }) => traceId))).toEqual(new Set([TRACE]))
  expect(lines.filter(({ parentSpanId }) => parentSpanId === CALLER_SPAN)).toHaveLength(1)
  for (const { parentSpanId, spanId } of lines) {
    expect(spanId).not.toBe(parentSpanId)
    if (parentSpanId !== CALLER_SPAN) expect(spans).toContain(parentSpanId)
  }
  expect(new Set(lines.map(({ spanId }) => spanId)).size).toBe(lines.length)
}

/** Which seat stands below which, from the first line on. */
function chain(lines: readonly Line[]): unknown[] {
  const seats: unknown[] = []
  let parents = [CALLER_SPAN]
  for (;;) {
    const next = lines.find(({ parentSpanId }) => parents.includes(String(parentSpanId)))
    if (!next) return seats
    seats.push(next['seat'])
    parents = idsOf(next)
  }
}

/**
 * client → hop → orders (Express, callee seat) → its caller seat → hop → [a service of B3] → stock (Fastify, callee seat) →
 * its caller seat → prices (Express, callee seat).
 */
async function startServices(through: 'w3c' | 'b3') {
  const propagation: TraceOptions['propagation'] =
    through === 'b3' ? { in: ['w3c', 'b3'], out: ['w3c', 'b3-multi'] } : undefined
  const plugin = () => trace({ propagation })
  const carried = through === 'b3' ? [...W3C, ...B3] : W3C
  const prices = gatewayWith([plugin()])
  const pricesService = await expressService(prices.gateway, async () => 'ok')
  const stock = gatewayWith([plugin()])
  const stockCalls = stock.gateway.dispatcher()
  const stockService = await fastifyService(stock.gateway, async (headers) => {
    const answer = await fetch(pricesService.url, by(stockCalls, pick(headers, ...carried)))
    return answer.text()
  })
  // It knows B3 only, as services of another age do.
  const relay = await plainService(async (headers) => {
    const answer = await fetch(stockService.url, { headers: pick(headers, ...(through === 'b3' ? B3 : W3C)) })
    return answer.text()
  })
  const inner = gatewayWith([plugin()], { upstream: through === 'b3' ? relay.url : stockService.url })
  const innerAddress = await inner.gateway.listen({ port: 0 })
  const orders = gatewayWith([plugin()])
  const ordersCalls = orders.gateway.dispatcher()
  const ordersService = await expressService(orders.gateway, async (headers) => {
    const answer = await fetch(innerAddress.url, by(ordersCalls, pick(headers, ...carried)))
    return answer.text()
  })
  const outer = gatewayWith([plugin()], { upstream: ordersService.url })
  const outerAddress = await outer.gateway.listen({ port: 0 })
  const gateways = [outer, orders, inner, stock, prices]
  return {
    url: outerAddress.url,
    lines: () => gateways.flatMap(({ lines }) => lines()),
    async [Symbol.asyncDispose]() {
      for (const { gateway } of gateways) await gateway.close({ graceMs: 100 })
      for (const service of [ordersService, relay, stockService, pricesService]) await service.stop()
    },
  }
}

const headers = { traceparent: `00-${TRACE}-${CALLER_SPAN}-01` }
const SEATS = ['hop', 'callee', 'caller', 'hop', 'callee', 'caller', 'callee']

describe('services that call each other through all seats', () => {
  it('have one trace, and every line its parent', async () => {
    await using services = await startServices('w3c')
    expect(await (await fetch(services.url, { headers })).text()).toBe('ok')
    await until(() => services.lines().length === 7, 'seven lines')
    expectOneTree(services.lines())
    expect(chain(services.lines())).toEqual(SEATS)
    for (const line of services.lines()) {
      expect(line).toMatchObject({
        v: 1,
        status: 200,
        method: 'GET',
        responseBytes: expect.any(Number) as number,
      })
    }
  })

  it('have one trace with a service of B3 in between', async () => {
    await using services = await startServices('b3')
    expect(await (await fetch(services.url, { headers })).text()).toBe('ok')
    await until(() => services.lines().length === 7, 'seven lines')
    expectOneTree(services.lines())
    expect(chain(services.lines())).toEqual(SEATS)
  })

  it('have the same tree in their spans, with an SDK', async () => {
    const exporter = new InMemorySpanExporter()
    const spanProcessors = [new SimpleSpanProcessor({ exporter })]
    traceApi.setGlobalTracerProvider(new TracerProvider({ spanProcessors }))
    context.setGlobalContextManager(new AsyncLocalContexts())
    await using services = await startServices('w3c')
    expect(await (await fetch(services.url, { headers })).text()).toBe('ok')
    await until(() => services.lines().length === 7, 'seven lines')
    expectOneTree(services.lines())
    const spans = exporter.getFinishedSpans()
    const known = new Set(spans.map((span) => span.spanContext().spanId))
    for (const span of spans) {
      const parent = span.parentSpanContext?.spanId
      expect(span.spanContext().traceId).toBe(TRACE)
      if (parent !== CALLER_SPAN) expect(known).toContain(parent)
    }
    // An exchange each, and an attempt where the seat makes one.
    expect(spans).toHaveLength(7 + 4)
    for (const line of services.lines()) expect(known).toContain(line['spanId'])
  })
})

/** The options of a call through a caller seat, which the types of `fetch` do not know. */
function by(dispatcher: object, sent: Record<string, string>): RequestInit {
  return { dispatcher, headers: sent } as RequestInit
}
