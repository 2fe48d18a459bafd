import { type CensusCaller, callerIn, callerKey } from './callers.ts'
import type { CensusBasis, CensusRow } from './rows.ts'

/** How much of something is, or would be, refused. */
export interface RefusalShare {
  /** All requests. */
  readonly requests: number
  /** Those that were refused or would have been. */
  readonly refusals: number
  /** `refusals` of `requests`, 0 to 1. */
  readonly share: number
}

/** Refusals of one caller on one route for one reason. */
export interface ReportedRefusal extends CensusCaller {
  /** Id of the route. */
  readonly route: string
  /** Error code: `GW_AUTH_…`, or one of core's where the guard itself failed. */
  readonly reason: string
  /** Whether it was checked or is only foreseen. */
  readonly basis: CensusBasis
  /** How many. */
  readonly requests: number
  /** How many of them were refused in truth. */
  readonly refused: number
  /** Unix time of the first, in milliseconds. */
  readonly firstSeenMs: number
  /** Unix time of the last, in milliseconds. */
  readonly lastSeenMs: number
}

/** Share of what would be refused, of one route or reason. */
export interface ReportedShare extends RefusalShare {
  /** The route or reason. */
  readonly name: string
}

/** Share of what would be refused, of one caller. */
export interface ReportedCaller extends RefusalShare, CensusCaller {}

/** Who is refused, or would be in `enforce`. */
export interface AuthReport extends RefusalShare {
  /** Unix time since when requests are counted, in milliseconds. */
  readonly sinceMs: number
  /** How many were refused in truth. */
  readonly refused: number
  /** How many of the requests were checked; of the others it is only foreseen what would become of them. */
  readonly checked: number
  /** Requests of callers for whom there was no room; they are counted in everything but `byCaller`. */
  readonly overflow: number
  /** Routes, those with the most refusals first. */
  readonly byRoute: readonly ReportedShare[]
  /** Callers, those with the most refusals first. */
  readonly byCaller: readonly ReportedCaller[]
  /** Reasons, the most frequent first; the share is of all requests. */
  readonly byReason: readonly ReportedShare[]
  /** All refusals, the most frequent first. */
  readonly refusalRows: readonly ReportedRefusal[]
}

/** Adds the rows up. */
export function reportOf(rows: readonly CensusRow[], sinceMs: number): AuthReport {
  const total = shareOf(rows)
  const refusals = rows.filter((row) => row.reason !== '')
  const known = rows.filter((row) => row.callerKind !== 'others')
  return {
    sinceMs,
    ...total,
    refused: sum(rows, 'refused'),
    checked: sum(
      rows.filter((row) => row.basis === 'checked'),
      'requests',
    ),
    overflow: total.requests - sum(known, 'requests'),
    byRoute: [...Map.groupBy(rows, (row) => row.route)]
      .map(([name, some]) => ({ name, ...shareOf(some) }))
      .toSorted(byRefusals),
    byCaller: [...Map.groupBy(known, callerKey).values()]
      .map((some) => ({ ...callerIn(some), ...shareOf(some) }))
      .toSorted(byRefusals),
    byReason: [...Map.groupBy(refusals, (row) => row.reason)]
      .map(([name, some]) => {
        const count = sum(some, 'requests')
        return { name, requests: total.requests, refusals: count, share: count / total.requests }
      })
      .toSorted(byRefusals),
    refusalRows: merged(refusals),
  }
}

function shareOf(rows: readonly CensusRow[]): RefusalShare {
  const requests = sum(rows, 'requests')
  const refusals = sum(
    rows.filter((row) => row.reason !== ''),
    'requests',
  )
  return { requests, refusals, share: requests === 0 ? 0 : refusals / requests }
}

/** A caller may send several forms of credentials that are refused for the same reason. */
function merged(refusals: readonly CensusRow[]): readonly ReportedRefusal[] {
  const groups = Map.groupBy(refusals, (row) =>
    JSON.stringify([callerKey(row), row.route, row.reason, row.basis]),
  )
  return [...groups.values()]
    .map((rows) => {
      const { route, reason, basis } = rows[0] as CensusRow
      return {
        ...callerIn(rows),
        route,
        reason,
        basis,
        requests: sum(rows, 'requests'),
        refused: sum(rows, 'refused'),
        firstSeenMs: Math.min(...rows.map((row) => row.firstSeenMs)),
        lastSeenMs: Math.max(...rows.map((row) => row.lastSeenMs)),
      }
    })
    .toSorted((a, b) => b.requests - a.requests)
}

function sum(rows: readonly CensusRow[], field: 'requests' | 'refused'): number {
  return rows.reduce((count, row) => count + row[field], 0)
}

const byRefusals = (a: RefusalShare, b: RefusalShare): number =>
  b.refusals - a.refusals || b.requests - a.requests
