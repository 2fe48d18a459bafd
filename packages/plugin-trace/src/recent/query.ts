/** Which of the recent exchanges are asked for. */
import { NUMBER, TEXT } from './layout.ts'
import type { StoredRecord } from './ring.ts'

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 1_000
/** Shorter beginnings of an id are met by accident too often. */
const SHORTEST_ID = 8

/** What is asked for; all that is given must hold. */
export interface RecentQuery {
  /** A trace's or exchange's id, or the beginning of one, in lower case. */
  readonly trace: string | undefined
  readonly route: string | undefined
  readonly caller: string | undefined
  /** Lowest and highest status. */
  readonly status: readonly [number, number] | undefined
  /** Lasted longer than this, in milliseconds. */
  readonly slower: number | undefined
  /** An error code; `any` for every one. */
  readonly error: string | undefined
  readonly limit: number
}

/** Reads the query of the view. A value that cannot be meant is told, since a list of something else would mislead. */
export function readQuery(query: URLSearchParams): RecentQuery | { readonly problem: string } {
  const trace = idOf(query.get('trace'))
  if (trace !== undefined && trace.length < SHORTEST_ID)
    return { problem: `trace: expected an id, or its first ${SHORTEST_ID} or more digits` }
  const statusText = query.get('status')
  const status = statusText === null ? undefined : statusRange(statusText)
  if (status === null) return { problem: 'status: expected a status such as 503, or a class such as 5xx' }
  const slower = numberOf(query.get('slower'))
  if (Number.isNaN(slower)) return { problem: 'slower: expected milliseconds' }
  const limit = numberOf(query.get('limit')) ?? DEFAULT_LIMIT
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
    return { problem: `limit: expected a whole number, 1 to ${MAX_LIMIT}` }
  return {
    trace,
    route: query.get('route') ?? undefined,
    caller: query.get('caller') ?? undefined,
    status,
    slower,
    error: query.get('error') ?? undefined,
    limit,
  }
}

/** Whether a record is what is asked for. Numbers are looked at first: texts have to be decoded. */
export function isAskedFor(record: StoredRecord, query: RecentQuery): boolean {
  const { trace, route, caller, status, slower, error } = query
  const had = record.number(NUMBER.status)
  const tookMs = record.number(NUMBER.finishedMs) - record.number(NUMBER.startedMs)
  if (status !== undefined && (had < status[0] || had > status[1])) return false
  if (slower !== undefined && tookMs <= slower) return false
  return (
    (trace === undefined ||
      record.text(TEXT.traceId).startsWith(trace) ||
      record.text(TEXT.exchangeId).toLowerCase().startsWith(trace)) &&
    (route === undefined || record.text(TEXT.route) === route) &&
    (caller === undefined || record.text(TEXT.caller) === caller) &&
    (error === undefined || isError(record.text(TEXT.error), error))
  )
}

function isError(code: string, wanted: string): boolean {
  return wanted === 'any' ? code !== '' : code === wanted
}

/** What people have at hand is often the whole `traceparent`. */
function idOf(given: string | null): string | undefined {
  if (given === null) return undefined
  const text = given.trim().toLowerCase()
  return /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(text)?.[1] ?? text
}

/** `null` for what is none. */
function statusRange(text: string): readonly [number, number] | null {
  if (/^[1-5]xx$/.test(text)) return [Number(text[0]) * 100, Number(text[0]) * 100 + 99]
  return /^[1-5]\d\d$/.test(text) ? [Number(text), Number(text)] : null
}

function numberOf(text: string | null): number | undefined {
  if (text === null) return undefined
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
}
