import * as v from 'valibot'
import { optionsOf } from './option-docs.ts'
import { textOr } from './text-or.ts'
import { text } from './values.ts'

/**
 * A name or a place under which callers still use a service. A *place* is a host, a path prefix, or both: `order-svc`,
 * `/legacy/orders`, `shop/stock`. Hosts compare without case and port, prefixes by whole segments, as in matches.
 */
export interface ServiceAlias {
  /** The old name, as the ledger and logs show it. Without `movedFrom` it is a host, and may stand in `to` of routes. */
  readonly name: string
  /** The place where callers still send their requests. Default: `name`, as a host. */
  readonly movedFrom?: string | undefined
  /**
   * The place that they should use: a request to the old place is treated as the same request to this one, by the routes
   * with this very host (or without a host, for a path alone) at or below this path. The upstream gets the new path.
   * Default: the service's own name, as a host.
   */
  readonly movedTo?: string | undefined
  /** Since when the name is old, for the header `Deprecation`. Default: when the plugin was set up. */
  readonly since?: string | Date | undefined
  /**
   * Until when callers may use it: `2027-03-01`, or with a time. Afterwards it goes on to work; each caller's first use
   * is logged with a warning, and uses are shown as overdue. Default: no end.
   */
  readonly until?: string | Date | undefined
}

const DATE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/
const NEEDED = 'Expected a date such as 2027-03-01 or 2027-03-01T12:00:00Z'

const date = v.union(
  [
    v.date(),
    v.pipe(
      v.string(),
      v.regex(DATE, NEEDED),
      v.check((given) => isOnCalendar(given), NEEDED),
    ),
  ],
  NEEDED,
)

/** Schema of the entries of `aliases`. */
export const aliasSchema: v.GenericSchema<string | ServiceAlias> = textOr(
  text,
  optionsOf('ServiceAlias', {
    name: text,
    movedFrom: v.optional(text),
    movedTo: v.optional(text),
    since: v.optional(date),
    until: v.optional(date),
  }),
)

/** A date of the options as Unix time in milliseconds. */
export function dateMs(given: string | Date): number {
  return new Date(given).getTime()
}

/** JavaScript turns 30 February into 1 March. */
function isOnCalendar(given: string): boolean {
  const day = new Date(`${given.slice(0, 10)}T00:00:00Z`)
  return (
    !Number.isNaN(dateMs(given)) &&
    !Number.isNaN(day.getTime()) &&
    day.toISOString().slice(0, 10) === given.slice(0, 10)
  )
}
