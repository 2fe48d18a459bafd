import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

/** One export as it came. */
export interface OtlpRequest {
  /** `/v1/traces`, `/v1/metrics`. */
  readonly path: string
  /** The body, read as JSON. */
  readonly body: Readonly<Record<string, unknown>>
}

/** A value of an attribute: `{ stringValue: 'a' }`. */
type OtlpValue = Readonly<Record<string, unknown>>

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
  readonly attributes: readonly { readonly key: string; readonly value: OtlpValue }[]
  readonly events: readonly { readonly name: string; readonly timeUnixNano: string }[]
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly status: { readonly code?: number }
}

/** Receives OTLP over HTTP in JSON, as a collector does, and keeps what came. */
export async function startOtlpReceiver() {
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
    /** Without a path: an exporter of traces gets `${url}/v1/traces`. */
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    /** All spans that came, in the order in which they did. */
    spans: (): OtlpSpan[] => requests.flatMap(({ body }) => spansOf(body)),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Attributes as a plain object. Whole numbers are texts in OTLP/JSON where they come from protobuf: they become numbers. */
export function attributesOf({ attributes }: Pick<OtlpSpan, 'attributes'>): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => {
      const [[kind, inner] = []] = Object.entries(value)
      return [key, kind === 'intValue' ? Number(inner) : inner]
    }),
  )
}

interface TraceExport {
  readonly resourceSpans?: readonly {
    readonly scopeSpans?: readonly { readonly spans?: readonly OtlpSpan[] }[]
  }[]
}

function spansOf({ resourceSpans = [] }: TraceExport): OtlpSpan[] {
  return resourceSpans.flatMap(({ scopeSpans = [] }) => scopeSpans.flatMap(({ spans = [] }) => spans))
}
