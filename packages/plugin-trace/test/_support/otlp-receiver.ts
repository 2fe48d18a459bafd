/** A receiver of OTLP over HTTP with JSON bodies, for what a real SDK sends: https://opentelemetry.io/docs/specs/otlp/#otlphttp */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

/** `{ key, value: { stringValue } }` and the like. */
export interface OtlpAttribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
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

/** One span; numbers of 64 bits come as text. */
export interface OtlpSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly OtlpAttribute[]
  readonly events: readonly { readonly name: string; readonly attributes: readonly OtlpAttribute[] }[]
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly status: { readonly code?: number }
}

interface Resource {
  readonly attributes: readonly OtlpAttribute[]
}

interface Scope {
  readonly name: string
  readonly version?: string
}

export interface OtlpResourceSpans {
  readonly resource: Resource
  readonly scopeSpans: readonly { readonly scope: Scope; readonly spans: readonly OtlpSpan[] }[]
}

export interface OtlpResourceMetrics {
  readonly resource: Resource
  readonly scopeMetrics: readonly { readonly scope: Scope; readonly metrics: readonly OtlpMetric[] }[]
}

/** What came in, oldest first. Exporters send to `/v1/traces` and `/v1/metrics` below `url`. */
export interface OtlpReceiver extends AsyncDisposable {
  readonly url: string
  readonly resourceSpans: readonly OtlpResourceSpans[]
  readonly resourceMetrics: readonly OtlpResourceMetrics[]
}

/** Listens on a free port of 127.0.0.1 until it goes out of scope. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const resourceSpans: OtlpResourceSpans[] = []
  const resourceMetrics: OtlpResourceMetrics[] = []
  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await json(request)) as {
      readonly resourceSpans?: readonly OtlpResourceSpans[]
      readonly resourceMetrics?: readonly OtlpResourceMetrics[]
    }
    const isKnown =
      request.headers['content-type'] === 'application/json' &&
      (request.url === '/v1/traces' || request.url === '/v1/metrics')
    resourceSpans.push(...(body.resourceSpans ?? []))
    resourceMetrics.push(...(body.resourceMetrics ?? []))
    response.writeHead(isKnown ? 200 : 404, { 'content-type': 'application/json' }).end('{}')
  }
  const server = createServer((request, response) => {
    receive(request, response).catch(() => response.writeHead(400).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    resourceSpans,
    resourceMetrics,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Attributes as a plain object; 64-bit integers as numbers. */
export function attributesOf(attributes: readonly OtlpAttribute[]): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => {
      const [kind, plain] = Object.entries(value)[0] ?? []
      return [key, kind === 'intValue' ? Number(plain) : plain]
    }),
  )
}
