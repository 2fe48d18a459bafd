/** Spans as a collector gets them: the real SDKs and exporters of both majors, over a socket. */
import { context, type TracerProvider as TracerProviderApi, trace as traceApi } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { definePlugin } from '@postern/core'
import { createUpstream, until } from '@postern/core/testing'
import { OTLPTraceExporter as OTLPTraceExporter2 } from 'opentelemetry-exporter-2'
import {
  BatchSpanProcessor as BatchSpanProcessor2,
  TracerProvider as TracerProvider2,
} from 'opentelemetry-sdk-2'
import { afterEach, describe, expect, it } from 'vitest'
import { trace } from '../src/index.ts'
import { reconstruct, type TraceNode } from '../src/reconstruct.ts'
import { AsyncLocalContexts } from './_support/async-local-contexts.ts'
import { send, startGateway } from './_support/harness.ts'
import { logFolder } from './_support/logs.ts'
import { attributesOf, type OtlpSpan, startOtlpReceiver } from './_support/otlp-receiver.ts'
import { CALLER_SPAN, CLIENT, startServices, TRACE } from './_support/seat-chain.ts'

const SERVER = 2
const CLIENT_KIND = 3
const FAILED = 2

/** A provider that sends at once what is asked of it. */
interface Provider extends TracerProviderApi {
  forceFlush(): Promise<void>
  shutdown(): Promise<void>
}

const SDKS: readonly [string, (url: string) => Provider][] = [
  [
    'SDK 3',
    (url) =>
      new TracerProvider({
        spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url }) })],
      }),
  ],
  [
    'SDK 2',
    (url) =>
      new TracerProvider2({
        spanProcessors: [new BatchSpanProcessor2({ exporter: new OTLPTraceExporter2({ url }) })],
      }),
  ],
]

/** A guard that lets everybody pass, and one more attempt after each failure. */
const guard = definePlugin({
  name: 'guard',
  version: '1.0.0',
  api: '1.0',
  fault: 'guard',
  setup(gateway) {
    gateway.hooks.onRoute.tap(({ hooks }) => {
      hooks.preForward.tap(() => undefined)
      hooks.pickRetry.tap((exchange) => (exchange.attempt?.number === 1 ? 0 : undefined))
    })
  },
})

afterEach(() => {
  traceApi.disable()
  context.disable()
})

/** A receiver and an SDK that exports to it. */
async function exporting(make: (url: string) => Provider) {
  const receiver = await startOtlpReceiver()
  const provider = make(`${receiver.url}/v1/traces`)
  traceApi.setGlobalTracerProvider(provider)
  context.setGlobalContextManager(new AsyncLocalContexts())
  return {
    receiver,
    /** The spans, once there are as many as asked for. */
    async spans(count: number): Promise<OtlpSpan[]> {
      await until(async () => {
        await provider.forceFlush()
        return receiver.spans().length >= count
      }, `${count} spans`)
      expect(receiver.spans()).toHaveLength(count)
      return receiver.spans()
    },
    async [Symbol.asyncDispose]() {
      await provider.shutdown()
      await receiver[Symbol.asyncDispose]()
    },
  }
}

/** What a tree says of each exchange, with attempts' spans left out: their children are the exchange's. */
function shape(nodes: readonly TraceNode[]): unknown[] {
  return nodes.flatMap(({ spanId, kind, record, children }) =>
    record?.spanKind === 'client' && kind === 'span'
      ? shape(children)
      : [
          {
            spanId,
            isMissing: kind === 'missing',
            seat: record?.seat,
            method: record?.method,
            path: record?.path,
            route: record?.route,
            status: record?.status,
            children: shape(children),
          },
        ],
  )
}

describe.each(SDKS)('with %s and its OTLP exporter', (_, make) => {
  it('a collector gets a server span, and a client span for each attempt, with names, parents and attributes', async () => {
    await using sdk = await exporting(make)
    await using upstream = await createUpstream([
      { kind: 'reset-before-head' },
      { kind: 'answer', status: 201 },
    ])
    await using gateway = await startGateway([trace(), guard()], { upstream: upstream.url })
    await send(`${gateway.url}/orders/7?token=s3cret`, ['traceparent', CLIENT.traceparent])
    const spans = await sdk.spans(3)
    const server = spans.find(({ kind }) => kind === SERVER)
    const clients = spans.filter(({ kind }) => kind === CLIENT_KIND)
    const [line] = await gateway.access(1)

    expect(server).toMatchObject({ name: 'GET default', traceId: TRACE, parentSpanId: CALLER_SPAN })
    expect(attributesOf(server as OtlpSpan)).toEqual({
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
    expect(server?.events).toMatchObject([{ name: 'postern.verdict' }])
    expect(clients.map(({ name, parentSpanId, status }) => [name, parentSpanId, status.code ?? 0])).toEqual([
      ['GET', server?.spanId, FAILED],
      ['GET', server?.spanId, 0],
    ])
    const [first, second] = clients.map(attributesOf)
    expect(first).toMatchObject({ 'error.type': 'GW_UPSTREAM_RESET', 'url.full': `${upstream.url}/orders/7` })
    expect(second).toMatchObject({ 'http.response.status_code': 201, 'http.request.resend_count': 1 })
    expect(line).toMatchObject({
      spanId: server?.spanId,
      attemptSpanIds: clients.map(({ spanId }) => spanId).join(','),
    })
    expect(JSON.stringify(sdk.receiver.requests)).not.toContain('s3cret')
  })

  it('files of the spans rebuild the same tree as the lines of the access logs', async () => {
    await using sdk = await exporting(make)
    await using services = await startServices('w3c')
    await (await fetch(services.url, { headers: CLIENT })).text()
    await until(() => services.lines().length === 7, 'seven lines')
    // An exchange each, and an attempt where the seat makes one.
    await sdk.spans(7 + 4)

    await using logs = await logFolder()
    const requests = sdk.receiver.requests.map(({ body }) => JSON.stringify(body))
    const spans = await logs.write('spans/otlp.json', requests.join('\n'))
    for (const [i, lines] of services.linesByGateway().entries()) {
      const text = lines
        .map((line) => JSON.stringify({ ...line, time: Date.now(), msg: 'exchange' }))
        .join('\n')
      await logs.write(`lines/${i}.log`, `${text}\n`)
    }
    const byLines = await reconstruct(TRACE, [`${logs.path}/lines`])
    const bySpans = await reconstruct(TRACE, [spans])
    const byBoth = await reconstruct(TRACE, [logs.path])

    expect(byLines).toMatchObject({ exchanges: 7, missing: 1 })
    expect(shape(bySpans.roots)).toEqual(shape(byLines.roots))
    expect(shape(byBoth.roots)).toEqual(shape(byLines.roots))
    expect(byBoth.duplicates).toBe(0)
  })
})
