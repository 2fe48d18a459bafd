import type { Exchange, Slot } from '@postern/core'
import { usedName as usedNameContract } from '@postern/core/contracts'
import { dateMs } from '../options/alias-options.ts'
import type { RoutingOptions } from '../options/routing-options.ts'
import { invalidOption } from '../problems.ts'
import type { Prefixes } from '../rewrites/path-rewrite.ts'
import { pathText } from '../table/route-path.ts'
import { type Place, placeText, readPlace } from './place.ts'

/** An old name of a service, checked. */
export interface OldName {
  /** As the options call it. */
  readonly name: string
  /** The service that has it. */
  readonly service: string
  /** Where callers still send requests. */
  readonly from: Place
  /** The same as text. */
  readonly place: string
  /** Where they are treated as if they had been sent. */
  readonly to: Place
  /** Whether it is just another name of the service. */
  readonly isRename: boolean
  /** Unix time; `undefined` where the options do not say. */
  readonly sinceMs: number | undefined
  /** Unix time; `undefined` for no end. */
  readonly untilMs: number | undefined
  /** Where it stands in the options. */
  readonly at: readonly PropertyKey[]
}

/** What an exchange used; the same object for every exchange that a part of the table leads. */
export interface UsedName {
  /** The old name. */
  readonly oldName: OldName
  /** What becomes of its path: what is cut off, and what is put before the rest. `null` when it stays. */
  readonly path: PathMove | null
}

/** A prefix in place of another. */
export interface PathMove {
  /** Length of the old prefix. */
  readonly cut: number
  /** The new one; empty, or starts with a slash. */
  readonly prefix: string
}

/** Slot of the old name that an exchange used; `null` when it used none. Others see the contract, we see our own object. */
export const usedName: Slot<UsedName | null, 'used-name'> = usedNameContract as Slot<
  UsedName | null,
  'used-name'
>

/** How a request to the old place has to be changed. */
export function pathMoveOf({ from, to }: OldName): PathMove | null {
  const prefix = pathText(to.segments)
  const old = pathText(from.segments)
  return prefix === old ? null : { cut: old.length, prefix }
}

/** The path at the new place. */
export function movePath({ cut, prefix }: PathMove, path: string): string {
  const rest = path === '/' ? '' : path.slice(cut)
  return prefix === '' && rest === '' ? '/' : `${prefix}${rest}`
}

/** The path of an exchange at the place where its route stands: that of the client, or of what the old place became. */
export function placedPath(exchange: Exchange): string {
  const move = exchange.get(usedName)?.path
  return move ? movePath(move, exchange.path) : exchange.path
}

/** Beginnings of paths that stand for each other, seen from the old place at which the client asked. */
export function seenFromOldPlace(exchange: Exchange, prefixes: Prefixes | undefined): Prefixes | undefined {
  const move = exchange.get(usedName)?.path
  if (!move || !prefixes) return prefixes
  const old = exchange.path.slice(0, move.cut)
  const { client, upstream } = prefixes
  if (client.startsWith(move.prefix)) return { client: `${old}${client.slice(move.prefix.length)}`, upstream }
  if (move.prefix.startsWith(client))
    return { client: old, upstream: `${upstream}${move.prefix.slice(client.length)}` }
  return undefined
}

/**
 * Reads the old names of all services.
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID on a place that cannot be one or that two names claim, on a name that a
 * service has, and on an end before the beginning.
 */
export function readOldNames({ services }: Pick<RoutingOptions, 'services'>): readonly OldName[] {
  const names = Object.entries(services).flatMap(([service, { aliases = [] }]) =>
    aliases.map((given, index) => readOldName(given, service, ['services', service, 'aliases', index])),
  )
  const claims = new Map<string, string>()
  for (const service of Object.keys(services))
    claims.set(service.toLowerCase(), `the service ${JSON.stringify(service)}`)
  for (const { name, place, service, at } of names) {
    const claim = claims.get(place)
    if (claim !== undefined)
      throw invalidOption(
        at,
        `${JSON.stringify(place)} as an old place of ${JSON.stringify(service)}, which is also that of ${claim}`,
        'each place once: give what leads to the other service a movedFrom of its own, such as "shop/stock"',
      )
    claims.set(place, `the alias ${JSON.stringify(name)} of ${JSON.stringify(service)}`)
  }
  return names
}

type Alias = NonNullable<RoutingOptions['services'][string]['aliases']>[number]

function readOldName(given: Alias, service: string, at: readonly PropertyKey[]): OldName {
  const alias = typeof given === 'string' ? { name: given } : given
  const isText = typeof given === 'string'
  const from = readPlace(
    alias.movedFrom ?? alias.name,
    isText ? at : [...at, alias.movedFrom === undefined ? 'name' : 'movedFrom'],
  )
  const to =
    alias.movedTo === undefined ? ownPlace(service, at) : readPlace(alias.movedTo, [...at, 'movedTo'])
  if (placeText(from) === placeText(to))
    throw invalidOption(at, `an old place that is the new one, ${placeText(to)}`, 'two places')
  const sinceMs = alias.since === undefined ? undefined : dateMs(alias.since)
  const untilMs = alias.until === undefined ? undefined : dateMs(alias.until)
  if (sinceMs !== undefined && untilMs !== undefined && untilMs < sinceMs)
    throw invalidOption([...at, 'until'], 'a date before since', 'one that is not (RFC 8594)')
  const isRename = alias.movedFrom === undefined && alias.movedTo === undefined
  return { name: alias.name, service, from, place: placeText(from), to, isRename, sinceMs, untilMs, at }
}

function ownPlace(service: string, at: readonly PropertyKey[]): Place {
  // A service whose name is no host has no routes for it: its aliases count calls to any-host routes, and stand in `to`.
  const place = /^[\w.-]+$/.test(service) ? service : undefined
  return place === undefined ? { host: service.toLowerCase(), segments: [] } : readPlace(place, at)
}
