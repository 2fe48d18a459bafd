import {
  definePlugin,
  type PluginFactory,
  type PluginHandle,
  type PluginHost,
  type Route,
} from '@postern/core'
import { type PathParameters, pathParameters } from '@postern/core/contracts'
import { keepServiceBreakers } from './breaker/keep-breakers.ts'
import { routingMetrics } from './explain/routing-metrics.ts'
import { routingViews } from './explain/routing-views.ts'
import { windowOn } from './explain/running-window.ts'
import { NameHooks } from './names/name-hooks.ts'
import { readOldNames, type UsedName, usedName } from './names/old-name.ts'
import { keepLedger } from './names/own-ledger.ts'
import { refuseRemoval } from './names/removal.ts'
import { type RoutingOptions, routingOptionsSchema } from './options/routing-options.ts'
import { NO_PARAMETERS, pathParametersOf } from './path-parameters.ts'
import { PLUGIN_NAME } from './problems.ts'
import { keepBudgets } from './retries/budgets.ts'
import { RouteCounts } from './route-counts.ts'
import { defineRoute, planRoutes } from './routes.ts'
import { defineServices } from './services.ts'
import { compileTable } from './table/compile.ts'
import type { Match, PathParameter, Rule } from './table/match.ts'
import { type RunningParts, tapRoute } from './tap-route.ts'
import { Choice } from './targets/chosen-target.ts'
import { VERSION } from './version.ts'

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
  const ledger = keepLedger(gateway, options.ledger)
  refuseRemoval(options, ledger, {
    services: services.keys(),
    oldNames,
    matches: planned.map(({ match }) => match),
  })
  const running: RunningParts = {
    budgets: keepBudgets(gateway, options.services),
    serviceBreakers: keepServiceBreakers(gateway, options.services),
    routeBreakers: new Map(),
    counts: new Map(planned.map(({ id }) => [id, gateway.keep(`counts ${id}`, () => new RouteCounts())])),
  }
  const byId = new Map(planned.map((plan, index) => [plan.id, { plan, at: ['routes', index] }]))
  const names = new NameHooks(oldNames, options, ledger, gateway)
  const parts = { ...running, gateway, names }

  gateway.hooks.onRoute.tap((route) => {
    const own = byId.get(route.route.id)
    // Routes of other plugins, and the gateway's own, are not this plugin's to lead.
    if (own) tapRoute(route, own.plan, own.at, parts)
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
  const window = windowOn(options, {
    ...running,
    planned,
    routes,
    services: [...services.values()],
    names,
    ledger,
  })
  const detach = options.view?.attach(window)
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
  return { close, metrics: () => routingMetrics(window, names.states()), views: routingViews(window) }
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
