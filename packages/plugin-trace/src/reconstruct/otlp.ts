/** Spans from OTLP in JSON: `ExportTraceServiceRequest`, as collectors and SDKs write it to files. */
import { mapFields } from './field-names.ts'
import { type ExchangeRecord, SPAN_KINDS, toRecord } from './record.ts'

type JsonObject = Readonly<Record<string, unknown>>

/** OTLP's name for the status of a span that failed. */
const STATUS_ERROR = 2

/**
 * The spans of one request. Never throws: what has not the form of a span is left out.
 * @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
 */
export function readOtlp(request: unknown, file: string): ExchangeRecord[] {
  return objects(request, 'resourceSpans').flatMap((resourceSpans) => {
    const resource = attributesOf(resourceSpans['resource'])
    return [...objects(resourceSpans, 'scopeSpans'), ...objects(resourceSpans, 'instrumentationLibrarySpans')]
      .flatMap((scopeSpans) => objects(scopeSpans, 'spans'))
      .flatMap((span) => readSpan(span, resource, file) ?? [])
  })
}

function readSpan(
  span: JsonObject,
  resource: ReadonlyMap<string, unknown>,
  file: string,
): ExchangeRecord | undefined {
  const attributes = attributesOf(span)
  const fields = mapFields((key) => attributes.get(key) ?? resource.get(key))
  const startMs = nanosToMs(span['startTimeUnixNano'])
  const endMs = nanosToMs(span['endTimeUnixNano'])
  const status = isObject(span['status']) ? span['status']['code'] : undefined
  const failed = status === STATUS_ERROR || status === 'STATUS_CODE_ERROR'
  return toRecord(
    {
      ...fields,
      traceId: span['traceId'],
      spanId: span['spanId'],
      parentSpanId: span['parentSpanId'],
      spanName: span['name'],
      spanKind: kindOf(span['kind']),
      startMs,
      endMs,
      durationMs: startMs !== undefined && endMs !== undefined ? endMs - startMs : undefined,
      service: attributes.get('postern.service'),
      name: resource.get('service.name'),
      hostname: resource.get('host.name'),
      error:
        attributes.get('postern.error.code') ??
        attributes.get('error.type') ??
        (failed ? 'ERROR' : undefined),
      upstream: attributes.get('url.full') === undefined ? undefined : originOf(attributes.get('url.full')),
    },
    'otlp',
    file,
  )
}

/** A number in OTLP/JSON, a name in what protobuf libraries print. */
function kindOf(kind: unknown): string | undefined {
  if (typeof kind === 'number') return SPAN_KINDS[kind - 1]
  return typeof kind === 'string' ? kind.replace('SPAN_KIND_', '').toLowerCase() : undefined
}

function attributesOf(owner: unknown): ReadonlyMap<string, unknown> {
  const pairs = objects(owner, 'attributes').map(({ key, value }): [string, unknown] => {
    const [inner] = isObject(value) ? Object.values(value) : []
    return [String(key), inner]
  })
  return new Map(pairs)
}

function objects(owner: unknown, key: string): JsonObject[] {
  const list = isObject(owner) ? owner[key] : undefined
  return Array.isArray(list) ? list.filter(isObject) : []
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Nanoseconds do not fit into a number: the text is cut before it is read. */
function nanosToMs(value: unknown): number | undefined {
  const digits = typeof value === 'number' ? String(Math.trunc(value)) : value
  if (typeof digits !== 'string' || !/^\d{7,19}$/.test(digits)) return undefined
  return Number(digits.slice(0, -3)) / 1e3
}

function originOf(url: unknown): string | undefined {
  return typeof url === 'string' && URL.canParse(url) ? new URL(url).origin : undefined
}
