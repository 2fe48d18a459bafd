import { context, trace as traceApi } from '@opentelemetry/api'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { until } from '@postern/core/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { AsyncLocalContexts } from './_support/async-local-contexts.ts'
import type { Line } from './_support/lines.ts'
import { CALLER_SPAN, CLIENT, startServices, TRACE } from './_support/seat-chain.ts'

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

const headers = CLIENT
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
