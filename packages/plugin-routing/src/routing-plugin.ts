import {
  definePlugin,
  type PluginFactory,
  type PluginHandle,
  type PluginHost,
  type PluginRoute,
  type Route,
} from '@postern/core'
import { type PathParameters, pathParameters } from '@postern/core/contracts'
import type { Breaker } from './breaker/breaker.ts'
import { keepRouteBreaker, keepServiceBreakers } from './breaker/keep-breakers.ts'
import { RouteBreakers } from './breaker/route-breakers.ts'
import { addState, stateOf } from './explain/routing-view.ts'
import { explainRoute } from './explain.ts'
import { Mirror } from './mirrors/mirror.ts'
import { NameHooks } from './names/name-hooks.ts'
import { readOldNames, type UsedName, usedName } from './names/old-name.ts'
import { refuseRemoval } from './names/removal.ts'
import { type RoutingOptions, routingOptionsSchema } from './options/routing-options.ts'
import { NO_PARAMETERS, pathParametersOf } from './path-parameters.ts'
import { PLUGIN_NAME } from './problems.ts'
import { keepBudgets } from './retries/budgets.ts'
import { Repeats } from './retries/repeats.ts'
import { refuseOwned } from './rewrites/read-rewrite.ts'
import { defineRoute, type PlannedRoute, planRoutes } from './routes.ts'
import { defineServices } from './services.ts'
import { compileTable } from './table/compile.ts'
import type { Match, PathParameter, Rule } from './table/match.ts'
import { Choice } from './targets/chosen-target.ts'
import { VERSION } from './version.ts'

/** Default of `HedgeOptions.attempts`. */
const DEFAULT_HEDGE_ATTEMPTS = 2

/**
 * Leads requests to services by host, path, method, headers and query. The table is compiled once and never changed:
 * `gateway.reload` replaces it as a whole.
 *
 * @example
 * routing({
 *   services: { orders: { endpoints: ['http://127.0.0.1:4001'] } },
 *   routes: [{ match: { path: '/orders' }, to: 'orders' }],
 * })
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID from `createGateway` or `reload`: see `RoutingOptions`.
 */
export const routing: PluginFactory<
  RoutingOptions,
  readonly [typeof pathParameters, typeof usedName],
  readonly []
> = definePlugin({
  name: PLUGIN_NAME,
  version: VERSION,
  api: '1.0',
  fault: 'transform',
  provides: [pathParameters, usedName],
  options: routingOptionsSchema,
  setup,
})

function setup(gateway: PluginHost<undefined>, options: RoutingOptions): PluginHandle {
  const oldNames = readOldNames(options)
  const services = defineServices(gateway, options)
  const planned = planRoutes(options.routes, services, oldNames)
  refuseRemoval(options, { services: services.keys(), oldNames, matches: planned.map(({ match }) => match) })
  const budgets = keepBudgets(gateway, options.services)
  const serviceBreakers = keepServiceBreakers(gateway, options.services)
  const routeBreakers = new Map<string, Breaker>()
  const byId = new Map(planned.map((plan, index) => [plan.id, { plan, at: ['routes', index] }]))
  const names = new NameHooks(oldNames, options, gateway.logger)

  gateway.hooks.onRoute.tap((route) => {
    const own = byId.get(route.route.id)
    // Routes of other plugins, and the gateway's own, are not this plugin's to lead.
    if (own) tapRoute(route, own.plan, own.at)
  })
  const routes = new Map<string, Route>()
  const table = compileTable(
    planned.flatMap((plan) => {
      const route = defineRoute(gateway, plan)
      routes.set(plan.id, route)
      const at = (match: Match, used: UsedName | null): Rule<TableEntry> => ({
        match,
        target: { route, parameters: match.path.parameters, varies: plan.target.varies, used },
      })
      return [
        at(plan.match, null),
        ...plan.oldMatches.map(({ match, oldName }) => at(match, names.at(oldName))),
      ]
    }),
  )
  gateway.hooks.pickRoute.tap((exchange) => {
    const found = table.find(exchange)
    exchange.set(pathParameters, found ? parametersFor(found, exchange.path) : NO_PARAMETERS)
    exchange.set(usedName, found ? (found.used ?? names.byHost(exchange)) : null)
    return found?.route
  })
  const running = { planned, routes, routeBreakers, serviceBreakers }
  const detach = options.view?.attach({
    explain: (request) => addState(explainRoute(options, request), running),
    services: () => Array.from(services.values(), (service) => stateOf(service, serviceBreakers)),
  })
  const close = (): void => {
    detach?.()
    for (const service of services.values()) service.close()
  }
  // Last: whatever else may be wrong with the options is known by now, so nothing follows in vain.
  try {
    for (const service of services.values()) service.follow()
  } catch (thrown) {
    close()
    throw thrown
  }
  return { close }

  function tapRoute(route: PluginRoute, plan: PlannedRoute, at: readonly PropertyKey[]): void {
    const { hooks } = route
    const { target, rewrite, mirrored, options } = plan
    const { retry, hedge } = options
    refuseOwned(rewrite, route.ownedRequestHeaders, at)
    const repeats = new Repeats(target, retry, budgets)
    const breakers = breakersFor(plan)
    hooks.pickEndpoint.tap((exchange) => {
      breakers?.admit(exchange)
      repeats.count(exchange)
      return target.serviceFor(exchange).pick(exchange)
    })
    const slowMs = hedge?.afterMs ?? 0
    hooks.onAttemptEnd.tap((exchange) => target.serviceFor(exchange).attemptEnded(exchange, slowMs))
    if (breakers) {
      hooks.mapResponse.tap((exchange) => breakers.responded(exchange))
      hooks.onAttemptEnd.tap((exchange) => breakers.attemptEnded(exchange))
      hooks.onFinish.tap((exchange) => breakers.finished(exchange))
    }
    hooks.pickRetry.tap((exchange) =>
      breakers && !breakers.allowsAnother(exchange) ? undefined : repeats.delayMs(exchange),
    )
    if (hedge) {
      const most = hedge.attempts ?? DEFAULT_HEDGE_ATTEMPTS
      hooks.pickHedge.tap(
        (exchange) => (breakers?.allowsHedge(exchange) ?? true) && repeats.hedges(exchange, most),
      )
    }
    if (mirrored && options.mirror) {
      const mirror = new Mirror(mirrored, options.mirror, gateway)
      hooks.onAttemptEnd.tap((exchange) => mirror.attemptEnded(exchange))
    }
    // First: other rewrites start from the new place.
    names.tapRoute(route, plan)
    if (rewrite.changesRequest) hooks.mapUpstreamRequest.tap((exchange) => rewrite.toUpstream(exchange))
    if (rewrite.changesResponse) hooks.mapResponse.tap((exchange) => rewrite.toClient(exchange, target))
  }

  /** `null` where neither the route nor a service of it has one. */
  function breakersFor({ id, options: { breaker }, target }: PlannedRoute): RouteBreakers | null {
    const own = breaker ? keepRouteBreaker(gateway, id, breaker) : null
    if (own) routeBreakers.set(id, own)
    const breakers = new RouteBreakers(target, own, serviceBreakers)
    return breakers.used ? breakers : null
  }
}

/** What the table leads to. */
interface TableEntry {
  readonly route: Route
  readonly parameters: readonly PathParameter[]
  /** Whether the choice among its services has to be kept. */
  readonly varies: boolean
  /** The old name under which it stands in the table; `null` at the route's own place. */
  readonly used: UsedName | null
}

function parametersFor({ parameters, varies }: TableEntry, path: string): PathParameters {
  return varies ? new Choice(path, parameters) : pathParametersOf(path, parameters)
}
