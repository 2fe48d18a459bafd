/**
 * Spans from OTLP in JSON: `ExportTraceServiceRequest`, as collectors and SDKs write it to files, and as libraries for protobuf print
 * it: with names in snake case, ids in base64, and enums by name.
 */
import { snakeCase } from '../snake-case.ts'
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

/** How the text of a needle may be spelled in a request, where it is an id or the beginning of one. */
export function spellingsOf(needle: string): readonly string[] {
  if (!/^[0-9a-f]{8,32}$/.test(needle)) return [needle]
  const bytes = Buffer.from(needle.slice(0, needle.length & ~1), 'hex')
  // The last digit of base64 may hold bits of what follows.
  const base64 = bytes.toString('base64').slice(0, Math.floor((bytes.length * 8) / 6))
  return [needle, needle.toUpperCase(), base64]
}

function readSpan(
  span: JsonObject,
  resource: ReadonlyMap<string, unknown>,
  file: string,
): ExchangeRecord | undefined {
  const attributes = attributesOf(span)
  const fields = mapFields((key) => attributes.get(key) ?? resource.get(key))
  const startMs = nanosToMs(fieldOf(span, 'startTimeUnixNano'))
  const endMs = nanosToMs(fieldOf(span, 'endTimeUnixNano'))
  const status = isObject(span['status']) ? span['status']['code'] : undefined
  const failed = status === STATUS_ERROR || status === 'STATUS_CODE_ERROR'
  return toRecord(
    {
      ...fields,
      traceId: hexOf(fieldOf(span, 'traceId')),
      spanId: hexOf(fieldOf(span, 'spanId')),
      parentSpanId: hexOf(fieldOf(span, 'parentSpanId')),
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
  const list = isObject(owner) ? fieldOf(owner, key) : undefined
  return Array.isArray(list) ? list.filter(isObject) : []
}

function fieldOf(owner: JsonObject, key: string): unknown {
  return owner[key] ?? owner[snakeCase(key)]
}

/** Ids of 16 and 8 bytes: only base64 ends with a sign of equality. */
function hexOf(id: unknown): unknown {
  return typeof id === 'string' && id.endsWith('=') ? Buffer.from(id, 'base64').toString('hex') : id
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
