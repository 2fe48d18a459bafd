/** A receiver of OTLP over HTTP with JSON bodies, for what a real SDK sends: https://opentelemetry.io/docs/specs/otlp/#otlphttp */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

/** One export as it came. */
export interface OtlpRequest {
  /** `/v1/traces`, `/v1/metrics`. */
  readonly path: string
  /** The body, read as JSON. */
  readonly body: TraceExport & MetricExport
}

/** `{ key, value: { stringValue } }` and the like. */
export interface OtlpAttribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

/** A span as OTLP/JSON writes it. */
export interface OtlpSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  /** 1 internal, 2 server, 3 client. */
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly OtlpAttribute[]
  readonly events: readonly { readonly name: string; readonly timeUnixNano: string }[]
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly status: { readonly code?: number }
}

/** One point of a number or of a histogram. Numbers of 64 bits come as text. */
export interface OtlpPoint {
  readonly attributes: readonly OtlpAttribute[]
  readonly asDouble?: number
  readonly asInt?: number | string
  readonly count?: number | string
  readonly sum?: number
  readonly bucketCounts?: readonly (number | string)[]
  readonly explicitBounds?: readonly number[]
}

/** One metric: its points are in one of the three. */
export interface OtlpMetric {
  readonly name: string
  readonly unit: string
  readonly description: string
  readonly sum?: { readonly isMonotonic: boolean; readonly dataPoints: readonly OtlpPoint[] }
  readonly gauge?: { readonly dataPoints: readonly OtlpPoint[] }
  readonly histogram?: { readonly dataPoints: readonly OtlpPoint[] }
}

interface TraceExport {
  readonly resourceSpans?: readonly {
    readonly scopeSpans?: readonly { readonly spans?: readonly OtlpSpan[] }[]
  }[]
}

/** Metrics of one resource. */
export interface OtlpResourceMetrics {
  readonly scopeMetrics: readonly {
    readonly scope: { readonly name: string; readonly version?: string }
    readonly metrics: readonly OtlpMetric[]
  }[]
}

interface MetricExport {
  readonly resourceMetrics?: readonly OtlpResourceMetrics[]
}

/** What came in, oldest first. */
export interface OtlpReceiver extends AsyncDisposable {
  /** Without a path: an exporter of traces gets `${url}/v1/traces`. */
  readonly url: string
  readonly requests: readonly OtlpRequest[]
  readonly resourceMetrics: readonly OtlpResourceMetrics[]
  /** All spans that came, in the order in which they did. */
  spans(): OtlpSpan[]
}

/** Receives OTLP over HTTP in JSON, as a collector does, and keeps what came. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const requests: OtlpRequest[] = []
  const server = createServer((request, response) => {
    const answer = (status: number) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
    if (request.method !== 'POST' || request.headers['content-type'] !== 'application/json') {
      answer(415)
      return
    }
    json(request).then(
      (body) => {
        requests.push({ path: request.url ?? '', body: body as OtlpRequest['body'] })
        answer(200)
      },
      () => answer(400),
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    get resourceMetrics() {
      return requests.flatMap(({ body }) => body.resourceMetrics ?? [])
    },
    spans: () => requests.flatMap(({ body }) => spansOf(body)),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Attributes as a plain object. Whole numbers are texts in OTLP/JSON where they come from protobuf: they become numbers. */
export function attributesOf(attributes: readonly OtlpAttribute[]): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => {
      const [[kind, inner] = []] = Object.entries(value)
      return [key, kind === 'intValue' ? Number(inner) : inner]
    }),
  )
}

function spansOf({ resourceSpans = [] }: TraceExport): OtlpSpan[] {
  return resourceSpans.flatMap(({ scopeSpans = [] }) => scopeSpans.flatMap(({ spans = [] }) => spans))
}
