import type { PluginHost, Route } from '@postern/core'
import { DEFAULT_BODY_BYTES } from './mirrors/mirror.ts'
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

/** A route of the options, checked. */
export interface RouteRule {
  /** Unique among the routes of the plugin. */
  readonly id: string
  /** Normalised. */
  readonly match: Match
  /** What it changes on the way. */
  readonly rewrite: Rewrite
  /** As given. */
  readonly options: RouteOptions
}

/** A route with what it leads to. */
export interface PlannedRoute extends RouteRule {
  /** Where it leads. */
  readonly target: Target
  /** Where copies go; `null` for nowhere. */
  readonly mirrored: Service | null
}

/**
 * Checks the routes as a whole, but for their services.
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID on two routes that tie, one that no request reaches, a repeated id, a
 * match that no request can have, or a rewrite that does not fit it.
 */
export function readRoutes(given: readonly RouteOptions[]): RouteRule[] {
  const rules = given.map((options, index): RouteRule => {
    const at = ['routes', index]
    const match = readMatch(options.match, [...at, 'match'])
    return {
      id: options.id ?? describeMatch(match),
      match,
      rewrite: readRewrite(options, match, at),
      options,
    }
  })
  refuseConflicts(rules)
  refuseRepeatedIds(rules)
  return rules
}

/**
 * Checks the routes as a whole. Nothing is defined in the gateway yet.
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID as `readRoutes`, on an unknown service, and on a target that
 * leads nowhere.
 */
export function planRoutes(
  given: readonly RouteOptions[],
  services: ReadonlyMap<string, Service>,
): PlannedRoute[] {
  return readRoutes(given).map((rule, index) => ({
    ...rule,
    target: readTarget(rule.options.to, services, ['routes', index, 'to']),
    mirrored: rule.options.mirror
      ? serviceFor(services, rule.options.mirror.to, ['routes', index, 'mirror', 'to'])
      : null,
  }))
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
    retainBodyBytes: options.mirror ? (options.mirror.bodyBytes ?? DEFAULT_BODY_BYTES) : undefined,
    limits: options.limits,
    plugins: options.plugins,
  })
}

function refuseConflicts(rules: readonly RouteRule[]): void {
  const conflict = findConflict(rules.map(({ match }) => match))
  if (!conflict) return
  const { kind, first, second, method } = conflict
  const named = (index: number) => `routes[${index}] (${JSON.stringify(rules[index]?.id)})`
  const at = ['routes', second, 'match']
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
