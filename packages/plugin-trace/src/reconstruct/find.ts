import { type ExchangeCriteria, meets, needleFor } from './criteria.ts'
import type { ExchangeRecord } from './record.ts'
import { type ScanOptions, type ScanReport, scan } from './scan.ts'
import type { TraceSource } from './sources.ts'

const DEFAULT_LIMIT = 20

/** A trace that has an exchange which was asked for. */
export interface FoundTrace {
  /** The trace. */
  readonly traceId: string
  /** Of its exchanges that were asked for, the one that began first. */
  readonly exchange: ExchangeRecord
  /** How many of its exchanges were asked for. */
  readonly matches: number
}

/** What a search found. */
export interface FoundTraces {
  /** The newest, in order of time: the newest is the last. */
  readonly traces: readonly FoundTrace[]
  /** Whether older ones were left out. */
  readonly isCut: boolean
  /** What was read. */
  readonly scan: ScanReport
}

/** Options of `findTraces`. */
export interface FindOptions extends ScanOptions {
  /** How many traces at most. Default: 20. */
  readonly limit?: number | undefined
}

/** A trace while others are looked for. */
interface Candidate {
  exchange: ExchangeRecord
  matches: number
}

/**
 * The newest traces in which one exchange meets all criteria. Memory does not grow with the number of those that do.
 *
 * @example
 * const { traces } = await findTraces(['access.log'], { service: 'orders', minStatus: 500 })
 */
export async function findTraces(
  sources: readonly TraceSource[],
  criteria: ExchangeCriteria,
  options: FindOptions = {},
): Promise<FoundTraces> {
  const { limit = DEFAULT_LIMIT } = options
  const found = new Map<string, Candidate>()
  let isCut = false
  const report = await scan(
    sources,
    needleFor(criteria),
    (record) => {
      if (!meets(record, criteria)) return
      const known = found.get(record.traceId)
      if (known) {
        known.matches++
        if (timeOf(record) < timeOf(known.exchange)) known.exchange = record
        return
      }
      found.set(record.traceId, { exchange: record, matches: 1 })
      if (found.size > limit * 2 + 1_000) isCut = keepNewest(found, limit) || isCut
    },
    options,
  )
  isCut = keepNewest(found, limit) || isCut
  const traces = Array.from(found, ([traceId, candidate]): FoundTrace => ({ traceId, ...candidate }))
  return { traces: traces.sort((a, b) => timeOf(a.exchange) - timeOf(b.exchange)), isCut, scan: report }
}

/** @returns whether any were left out. */
function keepNewest(found: Map<string, Candidate>, limit: number): boolean {
  const oldest = [...found].sort(([, a], [, b]) => timeOf(a.exchange) - timeOf(b.exchange))
  const surplus = oldest.slice(0, Math.max(0, found.size - limit))
  for (const [traceId] of surplus) found.delete(traceId)
  return surplus.length > 0
}

function timeOf({ startMs }: ExchangeRecord): number {
  return startMs ?? 0
}
