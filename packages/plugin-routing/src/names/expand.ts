/** What the routes of a new place are at the old one. */
import { invalidOption } from '../problems.ts'
import type { Match } from '../table/match.ts'
import type { OldName } from './old-name.ts'

/** A route at an old place. */
export interface OldMatch {
  readonly match: Match
  readonly oldName: OldName
}

/**
 * The match of a route at an old place; two where the end of a path becomes the end of another prefix. None when the route
 * does not stand at the new place.
 */
export function matchesAt(match: Match, oldName: OldName): Match[] {
  const { from, to } = oldName
  const { host, path } = match
  if (host?.kind === 'suffix' || host?.name !== to.host) return []
  if (!to.segments.every((segment, i) => i >= path.segments.length || path.segments[i] === segment)) return []
  const isBroader = path.segments.length < to.segments.length
  if (isBroader && (path.whole || path.parameters.length > 0)) return []

  const rest = path.segments.slice(to.segments.length)
  const shift = from.segments.length - to.segments.length
  const at = (segments: readonly (string | null)[]): Match => ({
    ...match,
    host: from.host === undefined ? undefined : { kind: 'exact', name: from.host },
    path: {
      segments,
      whole: path.whole,
      parameters: path.parameters.map((one) => ({ ...one, segment: one.segment + shift })),
    },
  })
  const segments = [...from.segments, ...rest]
  if (!path.whole) return [at(segments)]
  // `/` is one empty segment, `/legacy` none behind its own.
  if (segments.length === 0) return [at([''])]
  if (rest.length === 1 && rest[0] === '' && from.segments.length > 0)
    return [at(from.segments), at(segments)]
  return [at(segments)]
}

/**
 * Checks that every old name still leads somewhere.
 * @param isReached whether some route stands at, or names, the old name.
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID on one that leads nowhere.
 */
export function refuseIdle(oldNames: readonly OldName[], isReached: (oldName: OldName) => boolean): void {
  for (const oldName of oldNames) {
    if (isReached(oldName)) continue
    const { at, name, place, to } = oldName
    const where = [
      ...(to.host === undefined ? [] : [`match.host ${JSON.stringify(to.host)}`]),
      ...(to.segments.length === 0 ? [] : [`match.path "/${to.segments.join('/')}"`]),
    ]
    throw invalidOption(
      at,
      `${JSON.stringify(name)}, whose place ${place} no route would serve`,
      `a route with ${where.join(' and ')}, or movedTo with the place where routes are`,
    )
  }
}
