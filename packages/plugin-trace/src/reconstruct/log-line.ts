/** From the text of a log line to an exchange, whatever a container runtime put around it. */
import { lookupIn, mapFields } from './field-names.ts'
import { type ExchangeRecord, type Fields, toRecord } from './record.ts'

/** Text of the lines that describe an exchange. */
const MESSAGE = 'exchange'
/** Keys under which runtimes and shippers keep the line itself: Docker, Fluent Bit, journald. */
const WRAPPED: readonly string[] = ['log', 'message', 'MESSAGE', 'msg']
/** Keys under which shippers that read the line keep what it says: Fluent Bit, Google Cloud, Filebeat. */
const MERGED: readonly string[] = ['log_processed', 'jsonPayload', 'json']
const MAX_WRAPS = 3
/** Braces in the prefix of a line (a host or unit name) that are tried before the line is given up. */
const MAX_STARTS = 4

/** What a line is: an exchange, JSON or text about something else, or JSON that cannot be read. */
export type ReadLine = ExchangeRecord | 'other' | 'broken'

/** Reads one line. Never throws. */
export function readLogLine(line: string, file: string): ReadLine {
  const found = findObject(line, MAX_WRAPS)
  if (typeof found === 'string') return found
  // A host's logger may have names of its own for message and time, also around our names for the rest.
  const isOurs = typeof found['traceId'] === 'string' && found['msg'] === MESSAGE && 'time' in found
  const fields = isOurs ? (found as Fields) : mapFields(lookupIn(found))
  // A logger may keep the message under any name; no other line has this field, and none of an exchange is without it.
  if (fields.msg !== MESSAGE && fields.gatewayMs === undefined) return 'other'
  return toRecord(fields, 'log', file) ?? 'other'
}

type JsonObject = Readonly<Record<string, unknown>>

/**
 * The JSON object in a line: the line itself, what follows a prefix (`2026-11-24T… stdout F {…}`, `host gw[1]: {…}`), or
 * what a Docker json-file has in `log`.
 */
function findObject(line: string, wraps: number): JsonObject | 'other' | 'broken' {
  let start = line.indexOf('{')
  if (start === -1) return 'other'
  const end = line.lastIndexOf('}') + 1
  for (let tried = 0; tried < MAX_STARTS && start !== -1 && start < end; tried++) {
    const object = parse(line.slice(start, end))
    if (object) return unwrap(object, wraps)
    start = line.indexOf('{', start + 1)
  }
  return 'broken'
}

function unwrap(object: JsonObject, wraps: number): JsonObject | 'other' | 'broken' {
  if (wraps === 0 || typeof object['traceId'] === 'string') return object
  for (const key of WRAPPED) {
    const inner = object[key]
    if (typeof inner === 'string' && inner.includes('{')) return findObject(inner, wraps - 1)
  }
  for (const key of MERGED) {
    const inner = object[key]
    if (typeof inner === 'object' && inner !== null) return unwrap(inner as JsonObject, wraps - 1)
  }
  return object
}

function parse(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as JsonObject) : undefined
  } catch {
    return undefined
  }
}
