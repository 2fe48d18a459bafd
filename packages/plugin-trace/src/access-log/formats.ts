/** The names under which the fields of a line are written: our own, Elastic Common Schema 8, or OpenTelemetry's. */
import { hostname } from 'node:os'
import { snakeCase } from '../snake-case.ts'
import { PLUGIN_NAME } from '../version.ts'
import type { AccessLine, CommonFields } from './line.ts'

/** Fields as they are written, in order. */
export type Written = Readonly<Record<string, unknown>>

/** How lines are written. */
export interface LineFormat {
  /** What is the same on all lines of a route and service. */
  common(fields: CommonFields): Written
  /** What differs from line to line. */
  line(line: AccessLine): Written
  /** What a logger says in its own words, where lines go to a file of their own. */
  envelope(name: string, level: 'info' | 'warn', message: string): Written
  /** The moment, under its own name, as JSON: `"time":1796000000000`. */
  time(epochMs: number): string
  /** How many lines were lost. */
  lost(lines: number): Written
}

/** Names of formats. */
export type FormatName = 'postern' | 'ecs' | 'otel'

const HOST = hostname()

const postern: LineFormat = {
  common: (fields) => ({ ...fields }),
  line: (line) => line as unknown as Written,
  envelope: (name, level, message) => ({
    level: level === 'info' ? 30 : 40,
    pid: process.pid,
    hostname: HOST,
    name,
    plugin: PLUGIN_NAME,
    msg: message,
  }),
  time: (epochMs) => `"time":${epochMs}`,
  lost: (lines) => ({ lost: lines }),
}

type Field = keyof AccessLine | keyof CommonFields
type Names = Readonly<Partial<Record<Field, string>>>

const ECS_NAMES: Names = {
  traceId: 'trace.id',
  spanId: 'span.id',
  parentSpanId: 'parent.id',
  exchangeId: 'http.request.id',
  method: 'http.request.method',
  path: 'url.path',
  httpVersion: 'http.version',
  status: 'http.response.status_code',
  error: 'error.code',
  requestBytes: 'http.request.body.bytes',
  responseBytes: 'http.response.body.bytes',
  requestType: 'http.request.mime_type',
  responseType: 'http.response.mime_type',
}

const ecs: LineFormat = {
  common: (fields) => ({
    'ecs.version': '8.17.0',
    'event.kind': 'event',
    'event.category': ['web'],
    'event.type': ['access'],
    'event.dataset': 'postern.access',
    ...renamed(fields, ECS_NAMES),
  }),
  line: ({ durationMs, caller, callerKind, ...line }) => ({
    ...renamed(line, ECS_NAMES),
    ...callerFields(caller, callerKind),
    'event.duration': Math.round(durationMs * 1e6),
    'event.outcome': line.status >= 400 || line.error !== undefined ? 'failure' : 'success',
  }),
  envelope: (name, level, message) => ({
    'log.level': level,
    'process.pid': process.pid,
    'host.hostname': HOST,
    'service.name': name,
    'log.logger': PLUGIN_NAME,
    message,
  }),
  time: (epochMs) => `"@timestamp":"${new Date(epochMs).toISOString()}"`,
  lost: (lines) => ({ 'postern.lost': lines }),
}

const OTEL_NAMES: Names = {
  traceId: 'trace_id',
  spanId: 'span_id',
  parentSpanId: 'parent_span_id',
  route: 'http.route',
  method: 'http.request.method',
  path: 'url.path',
  status: 'http.response.status_code',
  error: 'error.type',
  requestBytes: 'http.request.body.size',
  responseBytes: 'http.response.body.size',
}

const otel: LineFormat = {
  common: (fields) => renamed(fields, OTEL_NAMES),
  line: ({ durationMs, caller, callerKind, httpVersion, sampled, ...line }) => ({
    ...renamed(line, OTEL_NAMES),
    ...callerFields(caller, callerKind),
    trace_flags: sampled === false ? '00' : '01',
    'network.protocol.version': httpVersion === '2.0' ? '2' : httpVersion,
    'http.server.request.duration': durationMs / 1e3,
  }),
  envelope: (name, level, message) => ({
    severity_text: level.toUpperCase(),
    severity_number: level === 'info' ? 9 : 13,
    'service.name': name,
    'host.name': HOST,
    'process.pid': process.pid,
    body: message,
  }),
  time: (epochMs) => `"timestamp":"${new Date(epochMs).toISOString()}"`,
  lost: (lines) => ({ 'postern.lost': lines }),
}

/** All formats. */
export const FORMATS: Readonly<Record<FormatName, LineFormat>> = Object.freeze({ postern, ecs, otel })

/** Both schemas have a place for a user's id and one for an address. */
function callerFields(caller: string | undefined, kind: string | undefined): Written {
  if (caller === undefined) return {}
  if (kind === 'address') return { 'client.address': caller }
  return { 'user.id': caller, 'postern.caller_kind': kind }
}

/** What a schema has no name for is `postern.` and our own, in snake case. */
function renamed(fields: object, names: Names): Record<string, unknown> {
  const written: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(fields)) {
    if (value !== undefined) written[names[field as Field] ?? ownName(field)] = value
  }
  return written
}

const ownNames = new Map<string, string>()

function ownName(field: string): string {
  let name = ownNames.get(field)
  if (name === undefined) {
    name = `postern.${snakeCase(field)}`
    ownNames.set(field, name)
  }
  return name
}
