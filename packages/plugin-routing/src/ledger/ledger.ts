/** A day in milliseconds. */
export const DAY_MS = 86_400_000

/** The name ledger: who still uses which old name. This file says what one is; any store can be behind it. */

/**
 * What is known of a caller. `principal`: the id of a verified one. `address`: nobody verified it, it is the client's address.
 * `unknown`: not even that, as for a call from inside the gateway's own process. `route`: no caller, but a route whose `to`
 * has the old name; it carries the route's id.
 */
export type CallerKind = 'principal' | 'address' | 'unknown' | 'route'

/** One use of an old name. */
export interface NameUse {
  /** The old name, as the options call it. */
  readonly name: string
  /** The place that was used: `order-svc`, `/legacy/orders`, `shop/stock`. */
  readonly place: string
  /** The service that it led to. */
  readonly service: string
  /** Who used it; empty when unknown. Treat as personal data where callers are people. */
  readonly caller: string
  /** What is known of the caller. */
  readonly callerKind: CallerKind
  /** Id of the route. */
  readonly route: string
  /** Whether it was used after its `until`. */
  readonly overdue: boolean
}

/** All uses of an old name by one caller, on one route, to one service. */
export interface RecordedUse extends NameUse {
  /** Whether it was ever used after its `until`. */
  readonly overdue: boolean
  /** How often. */
  readonly count: number
  /** Unix time of the first use, in milliseconds. */
  readonly firstUsedMs: number
  /** Unix time of the last use, in milliseconds. */
  readonly lastUsedMs: number
}

/** Which uses to show. */
export interface UsesFilter {
  /** Of this old name only. */
  readonly name?: string | undefined
  /** Of this service only. */
  readonly service?: string | undefined
  /** Used at this Unix time or later, in milliseconds. */
  readonly sinceMs?: number | undefined
}

/**
 * Where uses are written down. `nameLedger()` keeps them in the process; to share them among replicas, give an object
 * of your own that sends them on, and answers from what it last read.
 */
export interface NameLedger {
  /**
   * Writes one use down. Called at the end of an exchange: it must not wait.
   * @returns whether this is news: the first use by this caller on this route, or its first overdue one.
   */
  record(use: NameUse): boolean
  /** The uses, the latest first. */
  uses(filter?: UsesFilter): readonly RecordedUse[]
}
