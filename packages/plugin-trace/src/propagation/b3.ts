/** B3, the headers of Zipkin: https://github.com/openzipkin/b3-propagation */
import { appendHeader } from '@postern/core'
import type { ParentContext } from './traceparent.ts'

/** What B3 headers say. */
export interface B3Context {
  /** The caller's span; `undefined` when only the decision came. */
  readonly parent: ParentContext | undefined
  /** Whether the trace is sampled; `undefined` when nobody has decided yet. */
  readonly sampled: boolean | undefined
  /** Whether the trace is recorded whatever samplers say. */
  readonly debug: boolean
}

/** A span as B3 headers name it. */
export interface B3Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly sampled: boolean
  readonly debug: boolean
}

/** The headers of both forms, in lower case. */
const NAMES: ReadonlySet<string> = new Set([
  'b3',
  'x-b3-traceid',
  'x-b3-spanid',
  'x-b3-parentspanid',
  'x-b3-sampled',
  'x-b3-flags',
])
const LONGEST_NAME = 'x-b3-parentspanid'.length

const TRACE_ID = /^(?!0+$)(?:[0-9a-f]{16}|[0-9a-f]{32})$/
const SPAN_ID = /^(?!0+$)[0-9a-f]{16}$/

/** Reads B3: the single header, or else the several. `undefined` where there are none, or they are not valid. */
export function readB3(headers: readonly string[]): B3Context | undefined {
  const found = new Map<string, string>()
  for (let i = 0; i < headers.length; i += 2) {
    const name = lowerB3Name(headers[i] as string)
    // Two lines of one name: which of them holds cannot be known.
    if (name !== undefined) found.set(name, found.has(name) ? '' : (headers[i + 1] as string).trim())
  }
  if (found.size === 0) return undefined
  const single = found.get('b3')
  return (single === undefined ? undefined : readSingle(single)) ?? readMulti(found)
}

/** `{trace id}-{span id}[-{decision}[-{parent}]]`, or the decision alone. */
function readSingle(value: string): B3Context | undefined {
  const [traceId = '', spanId, decision, parentSpanId, ...rest] = value.split('-')
  if (spanId === undefined) return decisionAlone(traceId)
  if (rest.length > 0 || (parentSpanId !== undefined && !SPAN_ID.test(parentSpanId))) return undefined
  return contextOf(traceId, spanId, decision)
}

function readMulti(found: ReadonlyMap<string, string>): B3Context | undefined {
  const isDebug = found.get('x-b3-flags') === '1'
  // `true` and `false` are what early senders wrote.
  const sampled = found.get('x-b3-sampled')?.replace('true', '1').replace('false', '0')
  const decision = isDebug ? 'd' : sampled
  const traceId = found.get('x-b3-traceid')
  const spanId = found.get('x-b3-spanid')
  if (traceId === undefined && spanId === undefined) return decisionAlone(decision)
  return contextOf(traceId ?? '', spanId ?? '', decision)
}

function decisionAlone(decision: string | undefined): B3Context | undefined {
  const sampled = sampledOf(decision)
  return sampled === undefined ? undefined : { parent: undefined, sampled, debug: decision === 'd' }
}

function contextOf(traceId: string, spanId: string, decision: string | undefined): B3Context | undefined {
  if (!TRACE_ID.test(traceId) || !SPAN_ID.test(spanId)) return undefined
  const sampled = sampledOf(decision)
  if (decision !== undefined && sampled === undefined) return undefined
  const flags = sampled === true ? 1 : 0
  return { parent: { traceId: traceId.padStart(32, '0'), spanId, flags }, sampled, debug: decision === 'd' }
}

function sampledOf(decision: string | undefined): boolean | undefined {
  if (decision === '1' || decision === 'd') return true
  return decision === '0' ? false : undefined
}

/** Removes the headers of both forms: a receiver that reads the one we do not write would hang below another span. */
export function removeB3(headers: string[]): void {
  let kept = 0
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    if (lowerB3Name(name) !== undefined) continue
    headers[kept] = name
    headers[kept + 1] = headers[i + 1] as string
    kept += 2
  }
  headers.length = kept
}

/** Writes the one header `b3`. */
export function writeB3Single(headers: string[], span: B3Span): void {
  const decision = span.debug ? 'd' : span.sampled ? '1' : '0'
  const parent = span.parentSpanId === undefined ? '' : `-${span.parentSpanId}`
  appendHeader(headers, 'b3', `${span.traceId}-${span.spanId}-${decision}${parent}`)
}

/** Writes the headers `x-b3-…`. */
export function writeB3Multi(headers: string[], span: B3Span): void {
  appendHeader(headers, 'x-b3-traceid', span.traceId)
  appendHeader(headers, 'x-b3-spanid', span.spanId)
  if (span.parentSpanId !== undefined) appendHeader(headers, 'x-b3-parentspanid', span.parentSpanId)
  // Debug says that the trace is sampled; both must not be sent.
  if (span.debug) appendHeader(headers, 'x-b3-flags', '1')
  else appendHeader(headers, 'x-b3-sampled', span.sampled ? '1' : '0')
}

/** A header's name in lower case where it is one of B3's. */
function lowerB3Name(name: string): string | undefined {
  if (name.length > LONGEST_NAME || (name.length !== 2 && name.charCodeAt(4) !== DASH)) return undefined
  const lower = name.toLowerCase()
  return NAMES.has(lower) ? lower : undefined
}

const DASH = 0x2d
