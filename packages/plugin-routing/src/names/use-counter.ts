import type { Exchange, Kept, Logger, Route } from '@postern/core'
import type { CallerKind, NameLedger } from '../ledger/ledger.ts'
import type { OldName } from './old-name.ts'

/** How often one old name was used. It outlives reloads. */
export class NameCounts implements Kept {
  /** Requests by it before its end. */
  inTime = 0
  /** Requests by it after its end. */
  overdue = 0

  /** Nothing to end. */
  close(): void {}
}

/** Writes down who uses old names, and says so once the time for it is over. */
export class UseCounter {
  readonly #ledger: NameLedger
  readonly #counts: ReadonlyMap<OldName, NameCounts>
  readonly #logger: Pick<Logger, 'warn'>
  readonly #now: () => number

  /** @param now gives the Unix time in milliseconds. */
  constructor(
    ledger: NameLedger,
    counts: ReadonlyMap<OldName, NameCounts>,
    logger: Pick<Logger, 'warn'>,
    now: () => number = Date.now,
  ) {
    this.#ledger = ledger
    this.#counts = counts
    this.#logger = logger
    this.#now = now
  }

  /** A caller used an old name. Asked at the end: before the guards ran, nobody knows who it is. */
  byCaller(exchange: Exchange, oldName: OldName): void {
    const { route, endpoint, caller } = exchange
    if (route) this.#count(oldName, serviceOf(endpoint, route), caller, kindOf(exchange), route.id)
  }

  /** A route has an old name in its options; what went to another of its services did not use it. */
  byRoute({ route, endpoint }: Exchange, oldName: OldName): void {
    if (route && serviceOf(endpoint, route) === oldName.service)
      this.#count(oldName, serviceOf(endpoint, route), route.id, 'route', route.id)
  }

  #count(oldName: OldName, service: string, caller: string, callerKind: CallerKind, route: string): void {
    const { name, place, untilMs } = oldName
    const overdue = untilMs !== undefined && this.#now() >= untilMs
    const counts = callerKind === 'route' ? undefined : this.#counts.get(oldName)
    if (counts) counts[overdue ? 'overdue' : 'inTime']++
    const isNews = this.#ledger.record({ name, place, service, caller, callerKind, route, overdue })
    if (!overdue || !isNews) return
    const until = new Date(untilMs).toISOString()
    this.#logger.warn(
      { name, place, service, caller, callerKind, until },
      `${JSON.stringify(name)} is still in use after its end`,
    )
  }
}

/** Where it led: a route may lead to several. */
function serviceOf(endpoint: Exchange['endpoint'], route: Route): string {
  return endpoint?.service || route.service
}

/** Guards write the id of whom they verified in place of the address. */
function kindOf({ caller, clientAddress }: Exchange): CallerKind {
  if (caller === '') return 'unknown'
  return caller === clientAddress ? 'address' : 'principal'
}
