/** Which exchanges are meant: by caller, route, service, status, time, error. */
import type { ExchangeRecord } from './record.ts'

/** What an exchange must be; all that is given must hold. */
export interface ExchangeCriteria {
  /** Caller: a principal's id or an address, exactly. */
  readonly caller?: string | undefined
  /** Id of the route, exactly. */
  readonly route?: string | undefined
  /** Service, by its name or an old one, exactly. */
  readonly service?: string | undefined
  /** Seat: `hop`, `callee`, `caller` or `fetch`. */
  readonly seat?: string | undefined
  /** Code of the error, exactly. */
  readonly error?: string | undefined
  /** Lowest status. */
  readonly minStatus?: number | undefined
  /** Highest status. */
  readonly maxStatus?: number | undefined
  /** Lasted longer than this, in milliseconds. */
  readonly slowerThanMs?: number | undefined
  /** Ended at this time or later, in milliseconds since 1970. */
  readonly sinceMs?: number | undefined
  /** Started at this time or earlier, in milliseconds since 1970. */
  readonly untilMs?: number | undefined
}

/** Whether an exchange is what is asked for. What a line does not say, it is not. */
export function meets(record: ExchangeRecord, criteria: ExchangeCriteria): boolean {
  const { minStatus, maxStatus, slowerThanMs, sinceMs, untilMs } = criteria
  const { status = Number.NaN, durationMs = Number.NaN, endMs = Number.NaN, startMs = Number.NaN } = record
  return (
    (criteria.caller === undefined || criteria.caller === record.caller) &&
    (criteria.route === undefined || criteria.route === record.route) &&
    (criteria.service === undefined ||
      criteria.service === record.service ||
      criteria.service === record.alias) &&
    (criteria.seat === undefined || criteria.seat === record.seat) &&
    (criteria.error === undefined || criteria.error === record.error) &&
    (minStatus === undefined || status >= minStatus) &&
    (maxStatus === undefined || status <= maxStatus) &&
    (slowerThanMs === undefined || durationMs > slowerThanMs) &&
    (sinceMs === undefined || endMs >= sinceMs) &&
    (untilMs === undefined || startMs <= untilMs)
  )
}

/** What every line of an exchange contains, by whatever names: `traceId`, `trace.id`, `trace_id`. */
const ANY_TRACE = 'trace'

/**
 * Bytes that stand in the line of every exchange that is asked for, so that other lines need not be parsed. Only a
 * value that no JSON writer spells in two ways will do.
 */
export function needleFor({ error, caller, route, service }: ExchangeCriteria): string {
  const plain = [error, caller, route, service].filter(
    (value): value is string => value !== undefined && /^[\w.:-]{4,}$/.test(value),
  )
  return plain.reduce((longest, value) => (value.length > longest.length ? value : longest), '') || ANY_TRACE
}
