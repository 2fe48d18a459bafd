import { suggestKey } from '@postern/core'
import { DAY_MS, type NameLedger, type RecordedUse } from '../ledger/ledger.ts'
import { DEFAULT_UNUSED_DAYS, type NameOptions } from '../options/name-options.ts'
import { invalidOption } from '../problems.ts'
import type { Match } from '../table/match.ts'
import type { OldName } from './old-name.ts'
import { placeOfMatch, placeText } from './place.ts'

/** Callers that an error names. */
const NAMED_CALLERS = 5

/** What the new options still serve. */
export interface StillThere {
  readonly services: Iterable<string>
  readonly oldNames: readonly OldName[]
  readonly matches: readonly Match[]
}

/**
 * Refuses options that lack a name which callers used lately: their next call would fail, or go astray. Unless it is asked for, a
 * ledger of the plugin's own is not asked: what it knows would stop a reload, and be forgotten by the restart that people try next.
 * @param ledger the one in use.
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID with the callers, and how to do it all the same.
 */
export function refuseRemoval(
  { ledger: given, removeNames = given ? {} : false }: NameOptions,
  ledger: NameLedger,
  there: StillThere,
  nowMs: number = Date.now(),
): void {
  if (removeNames === false) return
  const { unusedForDays = DEFAULT_UNUSED_DAYS, force = [] } = removeNames
  const places = new Set([
    ...[...there.services].map((name) => name.toLowerCase()),
    ...there.oldNames.map(({ place }) => place),
    ...there.matches.flatMap((match) => placeOfMatch(match) ?? []).map(placeText),
  ])
  const missing = ledger
    .uses({ sinceMs: nowMs - unusedForDays * DAY_MS })
    // A route that had the old name in `to` went with it, or was refused.
    .filter(
      ({ name, place, callerKind }) => callerKind !== 'route' && !places.has(place) && !force.includes(name),
    )
  const [first] = missing
  if (!first) return
  const { name, place } = first
  const users = missing.filter((use) => use.name === name && use.place === place)
  const meant = suggestKey(name, force)
  const hint = meant === undefined ? '' : ` (force has ${JSON.stringify(meant)})`
  throw invalidOption(
    ['services'],
    `nothing at ${place}, the old name ${JSON.stringify(name)} of ${JSON.stringify(first.service)}, ` +
      `used within the last ${unusedForDays} days by ${describeUsers(users)}`,
    `the alias, until nobody uses it; or removeNames.force: [${JSON.stringify(name)}] to let those calls fail${hint}`,
  )
}

function describeUsers(users: readonly RecordedUse[]): string {
  const named = users.slice(0, NAMED_CALLERS).map(({ caller, callerKind, route, count, lastUsedMs }) => {
    const who = callerKind === 'unknown' ? 'an unknown caller' : JSON.stringify(caller)
    return `${who} (${count} times on ${JSON.stringify(route)}, last at ${new Date(lastUsedMs).toISOString()})`
  })
  const others = users.length - named.length
  return `${named.join(', ')}${others > 0 ? ` and ${others} more` : ''}`
}
