/** Other names for the fields of the access log: Elastic Common Schema and OpenTelemetry. */
import { snakeCase } from '../snake-case.ts'
import type { Fields } from './record.ts'

type Name = keyof Fields

/** Where a value may stand, and what makes milliseconds of it. */
interface Place {
  readonly key: string
  readonly scale?: number
}

/** Durations in ECS are nanoseconds; in OpenTelemetry's HTTP metrics, seconds. */
const NANOS = 1e-6
const SECONDS = 1e3

/** Where an address stands, and nothing else. */
const ADDRESSES = ['client.address', 'source.address'] as const

const FOREIGN: Readonly<Partial<Record<Name, readonly Place[]>>> = {
  msg: keys('message', 'body', 'Body', 'event.action'),
  traceId: keys('trace.id', 'trace_id', 'TraceId'),
  spanId: keys('span.id', 'span_id', 'SpanId'),
  parentSpanId: keys('parent.id', 'parent_span_id', 'parent.span.id', 'ParentSpanId'),
  time: keys('@timestamp', 'timestamp', 'Timestamp', 'time_unix_nano', 'timeUnixNano'),
  exchangeId: keys('http.request.id'),
  durationMs: [
    { key: 'event.duration', scale: NANOS },
    { key: 'http.server.request.duration', scale: SECONDS },
    { key: 'http.client.request.duration', scale: SECONDS },
  ],
  hostname: keys('host.name', 'host.hostname', 'resource.host.name'),
  pid: keys('process.pid', 'resource.process.pid'),
  name: keys('log.logger', 'service.name', 'resource.service.name'),
  route: keys('http.route'),
  caller: keys('user.id', 'enduser.id', 'client.user.id', ...ADDRESSES),
  method: keys('http.request.method'),
  path: keys('url.path'),
  status: keys('http.response.status_code'),
  error: keys('error.code', 'error.type'),
  upstream: keys('server.address'),
  requestBytes: keys('http.request.body.bytes', 'http.request.body.size'),
  responseBytes: keys('http.response.body.bytes', 'http.response.body.size'),
}

/** Fields that no common schema has; a gateway writes them below a name of its own. */
const OWN = (
  'attemptSpanIds gatewayMs queueMs upstreamMs bodyMs seat route service alias caller callerKind auth aborted ' +
  'closedBy attempts attemptLog verdicts generation exchangeId error upstream'
).split(' ') as readonly Name[]

/** Where each field may stand, the access log's own name first. */
const PLACES: ReadonlyMap<Name, readonly Place[]> = new Map(
  [...new Set([...OWN, ...(Object.keys(FOREIGN) as Name[])])].map((name) => {
    const own = OWN.includes(name) ? keys(`postern.${name}`, `postern.${snakeCase(name)}`) : []
    return [name, [{ key: name }, ...own, ...(FOREIGN[name] ?? [])]]
  }),
)

function keys(...names: readonly string[]): readonly Place[] {
  return names.map((key) => ({ key }))
}

/** Finds values by dotted names, whether written as one key or as objects inside each other. */
export type Lookup = (key: string) => unknown

/** Reads fields by any of the known names. */
export function mapFields(lookup: Lookup): Fields {
  const fields: Partial<Record<Name, unknown>> = {}
  for (const [name, places] of PLACES) {
    for (const { key, scale } of places) {
      const value = lookup(key)
      if (!isValue(value)) continue
      fields[name] = scale === undefined ? value : Number(value) * scale
      break
    }
  }
  // Both schemas have a name of its own for an address, which says what it is.
  if (fields.callerKind === undefined && fields.caller !== undefined && isAddress(lookup, fields.caller))
    fields.callerKind = 'address'
  return fields
}

function isAddress(lookup: Lookup, caller: unknown): boolean {
  return ADDRESSES.some((key) => lookup(key) === caller)
}

function isValue(value: unknown): boolean {
  return value !== undefined && value !== null && (typeof value !== 'object' || Array.isArray(value))
}

/** A lookup in a parsed line: at its root, then below `attributes`, `labels` and `resource`. */
export function lookupIn(root: Readonly<Record<string, unknown>>): Lookup {
  const roots = [root, root['attributes'], root['Attributes'], root['labels'], root['resource']]
  return (key) => {
    for (const candidate of roots) {
      const value = dotted(candidate, key)
      if (isValue(value)) return value
    }
    return undefined
  }
}

function dotted(from: unknown, key: string): unknown {
  if (typeof from !== 'object' || from === null) return undefined
  const record = from as Readonly<Record<string, unknown>>
  if (Object.hasOwn(record, key)) return record[key]
  for (let dot = key.indexOf('.'); dot !== -1; dot = key.indexOf('.', dot + 1)) {
    const head = key.slice(0, dot)
    if (!Object.hasOwn(record, head)) continue
    const value = dotted(record[head], key.slice(dot + 1))
    if (value !== undefined) return value
  }
  return undefined
}
