/** The same spans come from the SDK of the second major, which most processes still have. */
import { context, SpanKind, trace as traceApi } from '@opentelemetry/api'
import { createUpstream, until } from '@postern/core/testing'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from 'opentelemetry-sdk-2'
import { afterEach, expect, it } from 'vitest'
import { trace } from '../src/index.ts'
import { AsyncLocalContexts } from './_support/async-local-contexts.ts'
import { send, startGateway } from './_support/harness.ts'

afterEach(() => {
  traceApi.disable()
  context.disable()
})

it('an exchange is a server span with a client span below it', async () => {
  const exporter = new InMemorySpanExporter()
  traceApi.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
  )
  context.setGlobalContextManager(new AsyncLocalContexts())
  await using upstream = await createUpstream()
  await using gateway = await startGateway([trace()], { upstream: upstream.url })
  await send(gateway.url, ['traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'])
  await until(() => exporter.getFinishedSpans().length === 2, 'two spans')
  const [line] = await gateway.access(1)
  const [client, server] = exporter.getFinishedSpans()
  expect(server).toMatchObject({
    kind: SpanKind.SERVER,
    name: 'GET default',
    attributes: { 'http.response.status_code': 200 },
  })
  expect(server?.parentSpanContext?.spanId).toBe('00f067aa0ba902b7')
  expect(client).toMatchObject({ kind: SpanKind.CLIENT, name: 'GET' })
  expect(client?.parentSpanContext?.spanId).toBe(server?.spanContext().spanId)
  expect(line).toMatchObject({
    spanId: server?.spanContext().spanId,
    attemptSpanIds: client?.spanContext().spanId,
  })
})
