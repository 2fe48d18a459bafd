import type { PluginHost, Route } from '@postern/core'
import { DEFAULT_BODY_BYTES } from './mirrors/mirror.ts'
import { matchesAt, type OldMatch, refuseIdle } from './names/expand.ts'
import { namedIn } from './names/named-in.ts'
import type { OldName } from './names/old-name.ts'
import type { RouteOptions } from './options/route-options.ts'
import { invalidOption } from './problems.ts'
import { readRewrite } from './rewrites/read-rewrite.ts'
import type { Rewrite } from './rewrites/rewrite.ts'
import type { Service } from './service.ts'
import { serviceFor } from './services.ts'
import { findConflict } from './table/conflicts.ts'
import type { Match } from './table/match.ts'
import { describeMatch, readMatch } from './table/read-match.ts'
import { readTarget } from './targets/read-target.ts'
import type { Target } from './targets/target.ts'

/** Id of the route that stands in every gateway, for its `upstream`. */
const GATEWAY_ROUTE_ID = 'default'

/** Default of `RetryOptions.bodyBytes`. */
const DEFAULT_RETRY_BODY_BYTES = 65_536

/** A route of the options, checked. */
export interface RouteRule {
  /** Unique among the routes of the plugin. */
  readonly id: string
  /** Normalised. */
  readonly match: Match
  /** What it matches at old places beside that. */
  readonly oldMatches: readonly OldMatch[]
  /** What it changes on the way. */
  readonly rewrite: Rewrite
  /** As given. */
  readonly options: RouteOptions
}

/** A route with what it leads to. */
export interface PlannedRoute extends RouteRule {
  /** Where it leads. */
  readonly target: Target
  /** Old names of services that the route has in `to`. */
  readonly oldTargets: readonly OldName[]
  /** Where copies go; `null` for nowhere. */
  readonly mirrored: Service | null
}

/**
 * Checks the routes as a whole, but for their services.
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID on two routes that tie, one that no request reaches, a repeated id, a
 * match that no request can have, or a rewrite that does not fit it.
 * @param oldNames those of all services.
 */
export function readRoutes(given: readonly RouteOptions[], oldNames: readonly OldName[] = []): RouteRule[] {
  const rules = given.map((options, index): RouteRule => {
    const at = ['routes', index]
    const match = readMatch(options.match, [...at, 'match'])
    return {
      id: options.id ?? describeMatch(match),
      match,
      oldMatches: oldNames.flatMap((oldName) =>
        matchesAt(match, oldName).map((old) => ({ match: old, oldName })),
      ),
      rewrite: readRewrite(options, match, at),
      options,
    }
  })
  refuseConflicts(rules)
  refuseRepeatedIds(rules)
  refuseIdle(oldNames, (oldName) => rules.some((rule) => reaches(rule, oldName)))
  return rules
}

/**
 * Checks the routes as a whole. Nothing is defined in the gateway yet.
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID as `readRoutes`, on an unknown service, a target that
 * leads nowhere, and a mirror without an address.
 */
export function planRoutes(
  given: readonly RouteOptions[],
  services: ReadonlyMap<string, Service>,
  oldNames: readonly OldName[],
): PlannedRoute[] {
  const renames = oldNames.filter(({ isRename }) => isRename)
  const byAnyName = new Map(services)
  for (const { name, service } of renames)
    byAnyName.set(name, serviceFor(services, service, ['services', service]))
  return readRoutes(given, oldNames).map((rule, index) => ({
    ...rule,
    target: readTarget(rule.options.to, byAnyName, ['routes', index, 'to']),
    oldTargets: renames.filter(({ name }) => namedIn(rule.options.to).includes(name)),
    mirrored: mirroredTo(rule, services, ['routes', index, 'mirror', 'to']),
  }))
}

function mirroredTo(
  { options: { mirror } }: RouteRule,
  services: ReadonlyMap<string, Service>,
  at: readonly PropertyKey[],
): Service | null {
  if (!mirror) return null
  const service = serviceFor(services, mirror.to, at)
  if (service.isInProcess)
    throw invalidOption(at, `${JSON.stringify(mirror.to)}, which is inProcess`, 'a service with an address')
  return service
}

/** Defines a planned route in the gateway. */
export function defineRoute(
  gateway: Pick<PluginHost, 'addRoute'>,
  { id, target, options }: PlannedRoute,
): Route {
  const [service] = target.services
  return gateway.addRoute({
    id,
    service: service.name,
    // Where it leads while this plugin is off on it.
    endpoint: service.members[0]?.endpoint,
    timeouts: options.timeouts,
    limits: options.limits,
    retainBodyBytes: Math.max(
      options.retry ? (options.retry.bodyBytes ?? DEFAULT_RETRY_BODY_BYTES) : 0,
      options.mirror ? (options.mirror.bodyBytes ?? DEFAULT_BODY_BYTES) : 0,
    ),
    repeatMethods: options.retry?.methods,
    repeatGrpcErrors: options.retry?.grpcStatuses !== undefined,
    hedgeAfterMs: options.hedge?.afterMs,
    plugins: options.plugins,
  })
}

/** Whether a route serves an old name: at its place, whatever the host, or by naming it. */
function reaches({ match, oldMatches, options }: RouteRule, oldName: OldName): boolean {
  if (oldMatches.some((one) => one.oldName === oldName)) return true
  const { name, from, isRename } = oldName
  return (
    isRename &&
    (match.host === undefined || match.host.name === from.host || namedIn(options.to).includes(name))
  )
}

/** One of all the matches that stand in the table, with words for it. */
interface Stand {
  readonly match: Match
  readonly named: string
  readonly at: readonly PropertyKey[]
}

function standsOf({ id, match, oldMatches }: RouteRule, index: number): Stand[] {
  const named = `routes[${index}] (${JSON.stringify(id)})`
  const own = { match, named, at: ['routes', index, 'match'] }
  return [
    own,
    ...oldMatches.map((old) => ({
      match: old.match,
      named: `${named} at ${old.oldName.place}, the old name ${JSON.stringify(old.oldName.name)} of ${JSON.stringify(old.oldName.service)}`,
      at: old.oldName.at,
    })),
  ]
}

function refuseConflicts(rules: readonly RouteRule[]): void {
  const stands = rules.flatMap(standsOf)
  const conflict = findConflict(stands.map(({ match }) => match))
  if (!conflict) return
  const { kind, first, second, method } = conflict
  const named = (index: number) => stands[index]?.named
  const at = stands[second]?.at ?? []
  if (kind === 'unreachable') {
    throw invalidOption(
      at,
      `${named(second)}, which no request reaches: what it matches goes to more specific routes, such as ${named(first)}`,
      'a match of its own, or one route less',
    )
  }
  throw invalidOption(
    at,
    `the same host and path for ${method ?? 'any method'} as in ${named(first)}, and as many conditions on headers ` +
      `and query, which one request can meet: nothing ranks ${named(second)} before or after it`,
    'a match that differs in host, path, method or a condition, so that one of the two is the more specific, or ' +
      'a route of its own for what both match',
  )
}

function refuseRepeatedIds(rules: readonly RouteRule[]): void {
  const owners = new Map([[GATEWAY_ROUTE_ID, "the gateway's own route"]])
  for (const [index, { id }] of rules.entries()) {
    const owner = owners.get(id)
    if (owner !== undefined) {
      throw invalidOption(
        ['routes', index, 'id'],
        `${JSON.stringify(id)}, the id of ${owner}`,
        'an id of its own',
      )
    }
    owners.set(id, `routes[${index}]`)
  }
}
