import type { RecordedUse } from '../ledger/ledger.ts'

/** An old name of a service, at the time of asking. */
export interface OldNameState {
  /** As the options call it. */
  readonly name: string
  /** Where callers still send requests: `order-svc`, `/legacy/orders`, `shop/stock`. */
  readonly place: string
  /** The service that has it. */
  readonly service: string
  /** Unix time in milliseconds since when it is old; `undefined` where the options do not say. */
  readonly sinceMs: number | undefined
  /** Unix time of its end in milliseconds; `undefined` for none. */
  readonly untilMs: number | undefined
  /** Whether its end is over. */
  readonly overdue: boolean
  /** Requests by it, since a gateway with it was started. */
  readonly requests: number
  /** Those of them that came after its end. */
  readonly overdueRequests: number
}

/** The old names of all services, and who uses them. */
export interface NamesState {
  /** Those of the options, in their order. */
  readonly oldNames: readonly OldNameState[]
  /** What the ledger knows, the latest use first; also of names that the options have no more. */
  readonly uses: readonly RecordedUse[]
}
