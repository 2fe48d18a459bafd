/** Lines of services that have no gateway yet: JSON with a trace or a request id, in the names of pino, bunyan, winston, ECS, OpenTelemetry and Datadog. */
import { isRecord } from '../config/validate.ts'

/** What of a line counts. */
export interface ServiceLine {
  /** Empty where the line does not say. */
  readonly service: string
  /** Trace id, else request or correlation id. */
  readonly id: string | undefined
  readonly idKind: 'trace' | 'request' | undefined
  /** Whether it tells of a request: a method or URL with a status or a path. */
  readonly isRequest: boolean
}

const TRACE_IDS = [
  'trace_id',
  'traceId',
  'trace.id',
  'traceID',
  'TraceId',
  'dd.trace_id',
  'otel.trace_id',
  'x-b3-traceid',
  'logging.googleapis.com/trace',
]
const TRACEPARENTS = [
  'traceparent',
  'headers.traceparent',
  'req.headers.traceparent',
  'request.headers.traceparent',
]
const REQUEST_IDS = [
  'request_id',
  'requestId',
  'reqId',
  'req_id',
  'req.id',
  'request.id',
  'http.request.id',
  'correlation_id',
  'correlationId',
  'x-request-id',
  'x_request_id',
  'req.headers.x-request-id',
  'req.headers.x-correlation-id',
  'CorrelationId',
  'RequestId',
]
const SERVICES = [
  'service.name',
  'service',
  'serviceName',
  'service_name',
  'resource.service.name',
  'dd.service',
  'app',
  'application',
  'component',
  'name',
]
const METHODS = [
  'method',
  'req.method',
  'request.method',
  'http.method',
  'http.request.method',
  'http_method',
  'verb',
  'RequestMethod',
]
const TARGETS = [
  'path',
  'url',
  'req.url',
  'request.url',
  'url.path',
  'url.full',
  'http.target',
  'http.url',
  'http.route',
  'uri',
  'route',
  'RequestPath',
  'status',
  'statusCode',
  'res.statusCode',
  'response.status',
  'http.response.status_code',
  'http.status_code',
  'StatusCode',
]

/** Reads a line; `undefined` when it is no JSON object, or one of a gateway's access log. */
export function readServiceLine(text: string): ServiceLine | undefined {
  if (!text.startsWith('{')) return undefined
  let line: unknown
  try {
    line = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isRecord(line) || isGatewayLine(line)) return undefined
  const parent = first(line, TRACEPARENTS)
  const trace = /^[\da-f]{2}-([\da-f]{32})-/i.exec(parent ?? '')?.[1] ?? first(line, TRACE_IDS)
  const request = first(line, REQUEST_IDS)
  // An id of zeros is what libraries write when there is no trace.
  const isTrace = trace !== undefined && !/^0*$/.test(trace)
  return {
    service: first(line, SERVICES) ?? '',
    id: isTrace ? trace : request,
    idKind: isTrace ? 'trace' : request === undefined ? undefined : 'request',
    isRequest: first(line, METHODS) !== undefined && first(line, TARGETS) !== undefined,
  }
}

function isGatewayLine(line: Readonly<Record<string, unknown>>): boolean {
  return 'seat' in line || 'postern.seat' in line || (isRecord(line['postern']) && 'seat' in line['postern'])
}

/** The first of the names that is there, flat or as a path into objects, as text. */
function first(line: Readonly<Record<string, unknown>>, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = line[name] ?? at(line, name.split('.'))
    if ((typeof value === 'string' && value !== '') || typeof value === 'number') return String(value)
  }
  return undefined
}

function at(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return value
  return isRecord(value) ? at(value[key], rest) : undefined
}
