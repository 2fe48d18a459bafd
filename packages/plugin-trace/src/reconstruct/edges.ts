import { type ExchangeCriteria, meets, needleFor } from './criteria.ts'
import { Histogram } from './histogram.ts'
import { calleeOf, callerOf } from './parties.ts'
import type { ExchangeRecord } from './record.ts'
import { type ScanOptions, type ScanReport, scan } from './scan.ts'
import type { TraceSource } from './sources.ts'

const MAX_EDGES = 1_000
/** Stands for what found no place. */
const OTHER = '(other)'

/** Calls of one caller to one callee on one route, as one seat saw them. */
export interface TrafficEdge {
  /** Id of the principal, or address; `(unknown)` where lines do not say, `(other)` for what is above the limit. */
  readonly caller: string
  /** Service, else the name of the process or the address that was called. */
  readonly callee: string
  /** Id of the route; empty where none matched. */
  readonly route: string
  /** Seat that saw it: a call through several seats is an edge in each. */
  readonly seat: string
  /** Schemes by which the caller was authenticated; empty where it was not. */
  readonly auth: readonly string[]
  /** How many calls. */
  readonly calls: number
  /** Calls per second over the time from the first to the last exchange of all edges. */
  readonly perSecond: number
  /** Share of calls, 0 to 1, that ended with status 500 or above, or were cut off by another than the caller. */
  readonly errorShare: number
  /** Half of the calls were not slower than this, in milliseconds, within 1 %. */
  readonly p50Ms?: number | undefined
  /** 95 % of the calls were not slower than this. */
  readonly p95Ms?: number | undefined
  /** 99 % of the calls were not slower than this. */
  readonly p99Ms?: number | undefined
}

/** Who calls whom. */
export interface EdgeMap {
  /** Busiest first; the one for what is above the limit is the last. */
  readonly edges: readonly TrafficEdge[]
  /** Start of the first exchange, in milliseconds since 1970. */
  readonly fromMs?: number | undefined
  /** End of the last exchange, in milliseconds since 1970. */
  readonly toMs?: number | undefined
  /** What was read. */
  readonly scan: ScanReport
}

/** Options of `mapEdges`. */
export interface EdgeOptions extends ScanOptions {
  /** Which exchanges count. Default: all. */
  readonly criteria?: ExchangeCriteria | undefined
  /** Edges that are kept apart; the calls of others are counted together. Default: 1000. */
  readonly maxEdges?: number | undefined
}

/**
 * Sums up who calls whom, how often, how well and how fast. Memory does not grow with the number of lines.
 *
 * @example
 * const { edges } = await mapEdges(['/var/log/gateway'])
 */
export async function mapEdges(sources: readonly TraceSource[], options: EdgeOptions = {}): Promise<EdgeMap> {
  const { criteria = {}, maxEdges = MAX_EDGES } = options
  const edges = new Map<string, Sum>()
  let fromMs = Number.POSITIVE_INFINITY
  let toMs = Number.NEGATIVE_INFINITY
  const report = await scan(
    sources,
    needleFor(criteria),
    (record) => {
      if (record.origin !== 'log' || !meets(record, criteria)) return
      fromMs = Math.min(fromMs, record.startMs ?? fromMs)
      toMs = Math.max(toMs, record.endMs ?? toMs)
      edgeOf(record).add(record)
    },
    options,
  )
  const seconds = Math.max((toMs - fromMs) / 1_000, 0.001)
  const summed = [...edges.values()].map((sum) => sum.toEdge(seconds)).sort(busiestFirst)
  return fromMs > toMs ? { edges: summed, scan: report } : { edges: summed, fromMs, toMs, scan: report }

  function edgeOf(record: ExchangeRecord): Sum {
    const parties = {
      caller: callerOf(record),
      callee: calleeOf(record),
      route: record.route ?? '',
      seat: record.seat ?? '',
    }
    const key = JSON.stringify(Object.values(parties))
    const known = edges.get(key)
    if (known) return known
    const hasRoom = edges.size < maxEdges
    const name = hasRoom ? key : OTHER
    const sum =
      edges.get(name) ?? new Sum(hasRoom ? parties : { caller: OTHER, callee: OTHER, route: OTHER, seat: '' })
    edges.set(name, sum)
    return sum
  }
}

type Parties = Pick<TrafficEdge, 'caller' | 'callee' | 'route' | 'seat'>

/** As many schemes are named. */
const MAX_SCHEMES = 8

class Sum {
  readonly #parties: Parties
  readonly #auth = new Set<string>()
  readonly #durations = new Histogram()
  #calls = 0
  #errors = 0

  constructor(parties: Parties) {
    this.#parties = parties
  }

  add({ auth, status = 0, aborted, closedBy, durationMs }: ExchangeRecord): void {
    this.#calls++
    const leftByCaller = status === 499 || closedBy === 'client'
    if (status >= 500 || (aborted === true && !leftByCaller)) this.#errors++
    if (auth !== undefined && this.#auth.size < MAX_SCHEMES) this.#auth.add(auth)
    if (durationMs !== undefined) this.#durations.add(durationMs)
  }

  toEdge(seconds: number): TrafficEdge {
    return {
      ...this.#parties,
      auth: [...this.#auth].sort(),
      calls: this.#calls,
      perSecond: this.#calls / seconds,
      errorShare: this.#errors / this.#calls,
      p50Ms: this.#durations.quantile(0.5),
      p95Ms: this.#durations.quantile(0.95),
      p99Ms: this.#durations.quantile(0.99),
    }
  }
}

function busiestFirst(a: TrafficEdge, b: TrafficEdge): number {
  return Number(a.caller === OTHER) - Number(b.caller === OTHER) || b.calls - a.calls
}
