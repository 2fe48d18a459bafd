/** A process that has instrumentations of its own: nothing is recorded twice, and nothing is sent twice. */
import { createRequire } from 'node:module'
import { context, propagation, SpanKind, trace as traceApi } from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { createUpstream, until } from '@postern/core/testing'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { trace } from '../src/index.ts'
import { AsyncLocalContexts } from './_support/async-local-contexts.ts'
import { startGateway } from './_support/harness.ts'
import { expressService, gatewayWith } from './_support/services.ts'

const exporter = new InMemorySpanExporter()
const instrumentations = [
  // Calls of the test itself are not what is looked at.
  new HttpInstrumentation({ disableOutgoingRequestInstrumentation: true }),
  new UndiciInstrumentation(),
]

beforeAll(() => {
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  traceApi.setGlobalTracerProvider(provider)
  context.setGlobalContextManager(new AsyncLocalContexts())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  for (const instrumentation of instrumentations) {
    instrumentation.setTracerProvider(provider)
    instrumentation.enable()
  }
  // It patches the module when that is loaded the next time by `require`.
  createRequire(import.meta.url)('http')
})

beforeEach(() => exporter.reset())

afterAll(() => {
  for (const instrumentation of instrumentations) instrumentation.disable()
  traceApi.disable()
  context.disable()
  propagation.disable()
})

const CALLER_SPAN = '00f067aa0ba902b7'
const traceparent = `00-4bf92f3577b34da6a3ce929d0e0e4736-${CALLER_SPAN}-01`
const idOf = (span: ReadableSpan | undefined) => span?.spanContext().spanId
const ofKind = (kind: SpanKind) => exporter.getFinishedSpans().filter((span) => span.kind === kind)

it("a call by undici outside of the gateway is recorded, so that the test's instrumentation works", async () => {
  await using upstream = await createUpstream()
  await fetch(upstream.url)
  await until(() => ofKind(SpanKind.CLIENT).length > 0, 'a span')
  expect(ofKind(SpanKind.SERVER)).toHaveLength(1)
})

it('an exchange has one server span and one client span, and the upstream one traceparent', async () => {
  await using upstream = await createUpstream()
  await using gateway = await startGateway([trace()], { upstream: upstream.url })
  const { request } = await import('node:http')
  await new Promise((resolve) =>
    request(gateway.url, { headers: { traceparent } }, (response) =>
      response.resume().on('end', resolve),
    ).end(),
  )
  const [line] = await gateway.access(1)
  await until(() => ofKind(SpanKind.SERVER).length >= 2 && ofKind(SpanKind.CLIENT).length >= 1, 'the spans')
  const [client] = ofKind(SpanKind.CLIENT)
  expect(ofKind(SpanKind.CLIENT)).toHaveLength(1)
  // The instrumentation's server span of the gateway, named and filled by us; another is the upstream's in this process.
  const own = ofKind(SpanKind.SERVER).find((span) => idOf(span) === line?.['spanId'])
  expect(own?.name).toBe('GET default')
  expect(own?.attributes['postern.seat']).toBe('hop')
  expect(own?.parentSpanContext?.spanId).toBe(CALLER_SPAN)
  expect(line?.['parentSpanId']).toBe(CALLER_SPAN)
  expect(client?.parentSpanContext?.spanId).toBe(idOf(own))
  const { rawHeaders } = upstream.requests[0] as unknown as { rawHeaders: string[] }
  expect(rawHeaders.filter((name) => name.toLowerCase() === 'traceparent')).toHaveLength(1)
  expect(upstream.requests[0]?.headers['traceparent']).toContain(idOf(client))
  expect(ofKind(SpanKind.SERVER)).toHaveLength(2)
})

it("in the callee seat the host's server span is the exchange's, and the host's own spans hang below it", async () => {
  const { gateway, lines } = gatewayWith([trace()])
  const service = await expressService(gateway, async () => {
    traceApi.getTracer('app').startSpan('work').end()
    return 'ok'
  })
  const { request } = await import('node:http')
  await new Promise((resolve) =>
    request(service.url, { headers: { traceparent } }, (response) =>
      response.resume().on('end', resolve),
    ).end(),
  )
  await until(() => lines().length > 0 && ofKind(SpanKind.SERVER).length > 0, 'the spans')
  const [own, ...others] = ofKind(SpanKind.SERVER)
  expect(others).toEqual([])
  expect(lines()[0]).toMatchObject({ spanId: idOf(own), parentSpanId: CALLER_SPAN, seat: 'callee' })
  expect(ofKind(SpanKind.INTERNAL).map((span) => span.parentSpanContext?.spanId)).toEqual([idOf(own)])
  await service.stop()
  await gateway.close()
})
