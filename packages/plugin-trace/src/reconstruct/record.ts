/** One exchange as a log line or a span describes it: what everything in this folder works on. */

/** What is known of one exchange. Only the ids are always there: lines of older versions say less. */
export interface ExchangeRecord {
  /** `log`: a line of a gateway's access log. `otlp`: a span that an OpenTelemetry SDK exported. */
  readonly origin: 'log' | 'otlp'
  /** Where it was read: path of the file, or `-` for a stream. */
  readonly file: string
  /** 32 lower-case hex digits; the 16 of a short B3 id stand behind zeros. */
  readonly traceId: string
  /** 16 lower-case hex digits: the gateway's own span. */
  readonly spanId: string
  /** The span that it is a child of; absent when the trace starts here. */
  readonly parentSpanId?: string | undefined
  /** Span id that each attempt carried upstream, in order. */
  readonly attemptSpanIds: readonly string[]
  /** Id of the exchange, when it is not the trace's. */
  readonly exchangeId?: string | undefined
  /** Milliseconds since 1970 by the clock of its host. */
  readonly startMs?: number | undefined
  /** Milliseconds since 1970 by the clock of its host. */
  readonly endMs?: number | undefined
  /** From the request's head to the end of the response, in milliseconds. */
  readonly durationMs?: number | undefined
  /** Until the response head, without upstream and queue, in milliseconds. */
  readonly gatewayMs?: number | undefined
  /** Waited for a connection or a place at the endpoint, in milliseconds. */
  readonly queueMs?: number | undefined
  /** Until the heads of upstream responses, all attempts together, in milliseconds. */
  readonly upstreamMs?: number | undefined
  /** From the response head to the end, in milliseconds. */
  readonly bodyMs?: number | undefined
  /** Host that wrote it. */
  readonly hostname?: string | undefined
  /** Process that wrote it. */
  readonly pid?: number | undefined
  /** Name of the logger, or of the OpenTelemetry service: who the process is. */
  readonly name?: string | undefined
  /** Name of the span, where it comes from one. */
  readonly spanName?: string | undefined
  /** Kind of the span, where it comes from one. */
  readonly spanKind?: SpanKindName | undefined
  /** `hop`, `callee`, `caller` or `fetch`. */
  readonly seat?: string | undefined
  /** Id of the route. */
  readonly route?: string | undefined
  /** Service that answered, or was tried last. */
  readonly service?: string | undefined
  /** Old name under which the service was asked for. */
  readonly alias?: string | undefined
  /** Who called: id of a principal, or an address. */
  readonly caller?: string | undefined
  /** `service`, `user` or `address`. */
  readonly callerKind?: string | undefined
  /** Scheme by which the caller was authenticated. */
  readonly auth?: string | undefined
  /** Request method. */
  readonly method?: string | undefined
  /** Path without query. */
  readonly path?: string | undefined
  /** Status of the answer; 499 when the client left without one. */
  readonly status?: number | undefined
  /** Code of the error. */
  readonly error?: string | undefined
  /** Whether it was cut off. */
  readonly aborted?: boolean | undefined
  /** Who ended it before its proper end: `client`, `upstream` or `gateway`. */
  readonly closedBy?: string | undefined
  /** Origin of the last attempt. */
  readonly upstream?: string | undefined
  /** How many attempts were made. */
  readonly attempts?: number | undefined
  /** What each attempt met. */
  readonly attemptLog?: string | undefined
  /** Body bytes of the request. */
  readonly requestBytes?: number | undefined
  /** Body bytes of the response. */
  readonly responseBytes?: number | undefined
  /** Verdicts of guards that are not plain passes. */
  readonly verdicts?: string | undefined
  /** Generation of the gateway. */
  readonly generation?: number | undefined
}

/** Kind of a span, as OpenTelemetry names them. */
export type SpanKindName = 'internal' | 'server' | 'client' | 'producer' | 'consumer'

/** Values by the names of the access log, not yet checked. */
export type Fields = Readonly<Partial<Record<keyof ExchangeRecord | 'time' | 'msg', unknown>>>

/**
 * Checks the fields of a line or a span. Every field may be missing or be nonsense but the ids.
 * @returns `undefined` without ids that are ids.
 */
export function toRecord(
  fields: Fields,
  origin: ExchangeRecord['origin'],
  file: string,
): ExchangeRecord | undefined {
  // B3 allows 64 bits; hosts that pass them on as W3C fill up with zeros in front.
  const traceId = hex(fields.traceId, /^(?:[0-9a-f]{32}|[0-9a-f]{16})$/)?.padStart(32, '0')
  const spanId = spanIdOf(fields.spanId)
  if (traceId === undefined || spanId === undefined) return undefined
  const durationMs = positive(fields.durationMs)
  const endMs = toEpochMs(fields.endMs ?? fields.time)
  const startMs = toEpochMs(fields.startMs) ?? (endMs === undefined ? undefined : endMs - (durationMs ?? 0))
  return {
    origin,
    file,
    traceId,
    spanId,
    parentSpanId: spanIdOf(fields.parentSpanId),
    attemptSpanIds: idList(fields.attemptSpanIds),
    exchangeId: text(fields.exchangeId),
    startMs,
    endMs,
    durationMs,
    gatewayMs: positive(fields.gatewayMs),
    queueMs: positive(fields.queueMs),
    upstreamMs: positive(fields.upstreamMs),
    bodyMs: positive(fields.bodyMs),
    hostname: text(fields.hostname),
    pid: number(fields.pid),
    name: text(fields.name),
    spanName: text(fields.spanName),
    spanKind: SPAN_KINDS.find((kind) => kind === fields.spanKind),
    seat: text(fields.seat),
    route: text(fields.route),
    service: text(fields.service),
    alias: text(fields.alias),
    caller: text(fields.caller),
    callerKind: text(fields.callerKind),
    auth: text(fields.auth),
    method: text(fields.method),
    path: text(fields.path),
    status: number(fields.status),
    error: text(fields.error),
    aborted: fields.aborted === true ? true : undefined,
    closedBy: text(fields.closedBy),
    upstream: text(fields.upstream),
    attempts: number(fields.attempts),
    attemptLog: text(fields.attemptLog),
    requestBytes: positive(fields.requestBytes),
    responseBytes: positive(fields.responseBytes),
    verdicts: text(fields.verdicts),
    generation: number(fields.generation),
  }
}

/** Kinds of spans by their number in OTLP, less one. */
export const SPAN_KINDS: readonly SpanKindName[] = ['internal', 'server', 'client', 'producer', 'consumer']

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function number(value: unknown): number | undefined {
  const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof read === 'number' && Number.isFinite(read) ? read : undefined
}

function positive(value: unknown): number | undefined {
  const read = number(value)
  return read === undefined || read < 0 ? undefined : read
}

function hex(value: unknown, form: RegExp): string | undefined {
  const id = typeof value === 'string' ? value.toLowerCase() : ''
  return form.test(id) && !/^0+$/.test(id) ? id : undefined
}

function spanIdOf(value: unknown): string | undefined {
  return hex(value, /^[0-9a-f]{16}$/)
}

function idList(value: unknown): readonly string[] {
  const parts = typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : []
  return parts.flatMap((part: unknown) => spanIdOf(typeof part === 'string' ? part.trim() : part) ?? [])
}

/** Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their size, or an ISO 8601 text. */
function toEpochMs(value: unknown): number | undefined {
  const read = number(value)
  if (read === undefined) {
    const parsed = typeof value === 'string' ? Date.parse(value) : Number.NaN
    return Number.isNaN(parsed) ? undefined : parsed
  }
  if (read <= 0) return undefined
  if (read < 1e11) return read * 1e3
  if (read < 1e14) return read
  // Nanoseconds lose their last digits on the way into a number; whole microseconds are what is left.
  return Math.round(read < 1e17 ? read : read / 1e3) / 1e3
}
