import { DAY_MS, type NameLedger, type NameUse, type RecordedUse, type UsesFilter } from './ledger.ts'

/** Default of `NameLedgerOptions.maxRows`. */
const DEFAULT_MAX_ROWS = 10_000
/** Longest caller that is kept whole: ids come from tokens, and must not fill the memory. */
const MAX_CALLER_LENGTH = 256
/** Share of the rows that goes at once when there is no room: finding the oldest takes a look at all of them. */
const DROPPED_SHARE = 1 / 16

/** What `nameLedger` takes. */
export interface NameLedgerOptions {
  /**
   * How many rows are kept. When there is no room, those that were not used for the longest time go; the latest use of each
   * name stays. Default: 10 000.
   */
  readonly maxRows?: number | undefined
  /** Gives the Unix time in milliseconds. Default: `Date.now`. */
  readonly now?: (() => number) | undefined
}

/** A ledger as data, to be kept where it outlives the process. It is JSON. */
export interface LedgerSnapshot {
  /** Unix time since when uses are written down, in milliseconds. */
  readonly sinceMs: number
  /** Rows that went for want of room. */
  readonly dropped: number
  /** The uses, the latest first. */
  readonly rows: readonly RecordedUse[]
}

/** A ledger in the memory of this process. */
export interface InProcessLedger extends NameLedger {
  /** Rows that went for want of room. */
  readonly dropped: number
  /**
   * Whether the old name can go: no caller used it for so many days, and the ledger was there to see it. Routes that use it
   * in `to` do not count: a configuration without it has no such route.
   */
  unusedFor(name: string, days: number): boolean
  /** Everything, to be written to a file or a store. */
  snapshot(): LedgerSnapshot
  /**
   * Takes in a snapshot, also of another replica. Taking in the same one again changes nothing: of two rows for the same
   * thing the earlier first use, the later last use and the larger count stay.
   */
  restore(snapshot: LedgerSnapshot): void
}

/**
 * Makes a ledger that the host owns: it outlives reloads, and can be asked at any time.
 *
 * @example
 * const ledger = nameLedger()
 * createGateway([routing({ ledger, services, routes })])
 * for (const { name, caller, count } of ledger.uses({ service: 'orders' })) console.log(name, caller, count)
 * @throws {RangeError} when `maxRows` is not a whole number above 0.
 */
export function nameLedger(options: NameLedgerOptions = {}): InProcessLedger {
  return new MemoryLedger(options)
}

type Row = { -readonly [K in keyof RecordedUse]: RecordedUse[K] }

class MemoryLedger implements InProcessLedger {
  dropped = 0
  readonly #rows = new Map<string, Row>()
  readonly #maxRows: number
  readonly #now: () => number
  #sinceMs: number

  constructor({ maxRows = DEFAULT_MAX_ROWS, now = Date.now }: NameLedgerOptions) {
    if (!Number.isSafeInteger(maxRows) || maxRows < 1)
      throw new RangeError(`maxRows is ${maxRows}. It must be a whole number above 0`)
    this.#maxRows = maxRows
    this.#now = now
    this.#sinceMs = now()
  }

  record(use: NameUse): boolean {
    const nowMs = this.#now()
    const key = keyOf(use)
    const row = this.#rows.get(key)
    if (!row) {
      this.#add(key, rowOf(use, 1, nowMs, nowMs))
      return true
    }
    const isNews = use.overdue && !row.overdue
    row.count++
    row.lastUsedMs = nowMs
    row.overdue ||= use.overdue
    return isNews
  }

  uses({ name, service, sinceMs }: UsesFilter = {}): readonly RecordedUse[] {
    return [...this.#rows.values()]
      .filter(
        (row) =>
          (name === undefined || row.name === name) &&
          (service === undefined || row.service === service) &&
          (sinceMs === undefined || row.lastUsedMs >= sinceMs),
      )
      .toSorted((a, b) => b.lastUsedMs - a.lastUsedMs)
      .map((row) => ({ ...row }))
  }

  unusedFor(name: string, days: number): boolean {
    const fromMs = this.#now() - days * DAY_MS
    if (this.#sinceMs > fromMs) return false
    for (const row of this.#rows.values())
      if (row.name === name && row.callerKind !== 'route' && row.lastUsedMs >= fromMs) return false
    return true
  }

  snapshot(): LedgerSnapshot {
    return { sinceMs: this.#sinceMs, dropped: this.dropped, rows: this.uses() }
  }

  restore({ sinceMs, dropped, rows }: LedgerSnapshot): void {
    this.#sinceMs = Math.min(this.#sinceMs, sinceMs)
    this.dropped = Math.max(this.dropped, dropped)
    for (const given of rows) {
      const key = keyOf(given)
      const row = this.#rows.get(key)
      if (!row) {
        this.#add(key, rowOf(given, given.count, given.firstUsedMs, given.lastUsedMs))
        continue
      }
      row.count = Math.max(row.count, given.count)
      row.firstUsedMs = Math.min(row.firstUsedMs, given.firstUsedMs)
      row.lastUsedMs = Math.max(row.lastUsedMs, given.lastUsedMs)
      row.overdue ||= given.overdue
    }
  }

  #add(key: string, row: Row): void {
    if (this.#rows.size >= this.#maxRows) this.#makeRoom()
    this.#rows.set(key, row)
  }

  #makeRoom(): void {
    const oldestFirst = [...this.#rows].toSorted(([, a], [, b]) => a.lastUsedMs - b.lastUsedMs)
    // Whether a name may go is decided by its latest use: a flood of callers must not wash that out.
    const latest = new Set(
      new Map(oldestFirst.map(([key, { name, place }]) => [`${name} ${place}`, key])).values(),
    )
    const droppable = oldestFirst.filter(([key]) => !latest.has(key))
    const going = (droppable.length > 0 ? droppable : oldestFirst).slice(
      0,
      Math.max(1, Math.floor(this.#maxRows * DROPPED_SHARE)),
    )
    for (const [key] of going) this.#rows.delete(key)
    this.dropped += going.length
  }
}

function rowOf(
  { name, place, service, caller, callerKind, route, overdue }: NameUse,
  count: number,
  firstUsedMs: number,
  lastUsedMs: number,
): Row {
  const kept = caller.slice(0, MAX_CALLER_LENGTH)
  return { name, place, service, caller: kept, callerKind, route, overdue, count, firstUsedMs, lastUsedMs }
}

/** As JSON, since no character can be kept out of a caller's id. */
function keyOf({ name, place, service, caller, callerKind, route }: NameUse): string {
  return JSON.stringify([name, place, service, caller.slice(0, MAX_CALLER_LENGTH), callerKind, route])
}
