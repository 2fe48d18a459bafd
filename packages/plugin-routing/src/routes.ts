import type { PluginHost, Route } from '@postern/core'
import type { RouteOptions } from './options.ts'
import { invalidOption } from './problems.ts'
import { type Service, serviceFor } from './services.ts'
import { findTie, type Match } from './table/compile.ts'
import { describeMatch, readMatch } from './table/read-match.ts'

/** Id of the route that stands in every gateway, for its `upstream`. */
const GATEWAY_ROUTE_ID = 'default'

/** A route of the options, checked, with its references resolved. */
export interface PlannedRoute {
  /** Unique among the routes of the plugin. */
  readonly id: string
  /** Normalised. */
  readonly match: Match
  /** Where it leads. */
  readonly service: Service
  /** Prefix to take off the path; `undefined` when it stays. */
  readonly strippedPrefix: string | undefined
  /** As given. */
  readonly options: RouteOptions
}

/**
 * Checks the routes as a whole. Nothing is defined in the gateway yet.
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID on an unknown service, a tie, a repeated id, a prefix to
 * strip where there is none, or a match that no request can have.
 */
export function planRoutes(
  given: readonly RouteOptions[],
  services: ReadonlyMap<string, Service>,
): PlannedRoute[] {
  const planned = given.map((options, index): PlannedRoute => {
    const at = ['routes', index]
    const match = readMatch(options.match, [...at, 'match'])
    return {
      id: options.id ?? describeMatch(match),
      match,
      service: serviceFor(services, options.to, [...at, 'to']),
      strippedPrefix: options.stripPrefix ? prefixOf(match, [...at, 'stripPrefix']) : undefined,
      options,
    }
  })
  refuseTies(planned)
  refuseRepeatedIds(planned)
  return planned
}

/** Defines a planned route in the gateway. */
export function defineRoute(
  gateway: Pick<PluginHost, 'addRoute'>,
  { id, service, options }: PlannedRoute,
): Route {
  return gateway.addRoute({
    id,
    service: service.name,
    // For a service with one endpoint, which needs no choice per request, and for routes where this plugin is
    // off.
    endpoint: service.endpoints[0],
    timeouts: options.timeouts,
    limits: options.limits,
    plugins: options.plugins,
  })
}

function prefixOf({ path, exact }: Match, at: readonly PropertyKey[]): string {
  if (!exact && path !== '/') return path
  throw invalidOption(
    at,
    'true on a route without a path prefix',
    'match.path, such as "/orders", or no stripPrefix',
  )
}

function refuseTies(planned: readonly PlannedRoute[]): void {
  const tie = findTie(planned.map(({ match }) => match))
  if (!tie) return
  const words = tie.method === undefined ? 'any method' : tie.method
  throw invalidOption(
    ['routes', tie.second, 'match'],
    `the same host and path for ${words} as in routes[${tie.first}]`,
    'a match that differs in host, path or method, so that one of the two is the more specific',
  )
}

function refuseRepeatedIds(planned: readonly PlannedRoute[]): void {
  const owners = new Map([[GATEWAY_ROUTE_ID, "the gateway's own route"]])
  for (const [index, { id }] of planned.entries()) {
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
