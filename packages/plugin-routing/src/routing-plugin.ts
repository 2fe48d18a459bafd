import { definePlugin, type PluginFactory, type PluginHost, type PluginRoute } from '@postern/core'
import { type PathParameters, pathParameters } from '@postern/core/contracts'
import { connectRetry } from './balancing/connect-retry.ts'
import { Mirror } from './mirrors/mirror.ts'
import { type RoutingOptions, routingOptionsSchema } from './options/routing-options.ts'
import { NO_PARAMETERS, pathParametersOf } from './path-parameters.ts'
import { PLUGIN_NAME } from './problems.ts'
import { refuseOwned } from './rewrites/read-rewrite.ts'
import { defineRoute, type PlannedRoute, planRoutes } from './routes.ts'
import { defineServices } from './services.ts'
import { compileTable } from './table/compile.ts'
import type { PathParameter } from './table/match.ts'
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
export const routing: PluginFactory<RoutingOptions, readonly [typeof pathParameters], readonly []> =
  definePlugin({
    name: PLUGIN_NAME,
    version: VERSION,
    api: '1.0',
    fault: 'transform',
    provides: [pathParameters],
    options: routingOptionsSchema,
    setup,
  })

function setup(gateway: PluginHost<undefined>, options: RoutingOptions): void {
  const services = defineServices(gateway, options)
  const planned = planRoutes(options.routes, services)
  const byId = new Map(planned.map((route) => [route.id, route]))

  gateway.hooks.onRoute.tap((route) => {
    const plan = byId.get(route.route.id)
    // Routes of other plugins, and the gateway's own, are not this plugin's to lead.
    if (plan) tapRoute(route, plan)
  })
  const table = compileTable(
    planned.map((plan) => ({
      match: plan.match,
      target: {
        route: defineRoute(gateway, plan),
        parameters: plan.match.path.parameters,
        varies: plan.target.varies,
      },
    })),
  )
  gateway.hooks.pickRoute.tap((exchange) => {
    const found = table.find(exchange)
    exchange.set(pathParameters, found ? parametersFor(found, exchange.path) : NO_PARAMETERS)
    return found?.route
  })

  function tapRoute({ hooks, ownedRequestHeaders }: PluginRoute, plan: PlannedRoute): void {
    const { target, rewrite, mirrored, options } = plan
    refuseOwned(rewrite, ownedRequestHeaders, ['routes', planned.indexOf(plan)])
    hooks.pickEndpoint.tap((exchange) => target.serviceFor(exchange).pick(exchange))
    hooks.onAttemptEnd.tap((exchange) => target.serviceFor(exchange).attemptEnded(exchange))
    hooks.pickRetry.tap(connectRetry(target))
    if (mirrored && options.mirror) {
      const mirror = new Mirror(mirrored, options.mirror, gateway)
      hooks.onAttemptEnd.tap((exchange) => mirror.attemptEnded(exchange))
    }
    if (rewrite.changesRequest) hooks.mapUpstreamRequest.tap((exchange) => rewrite.toUpstream(exchange))
    if (rewrite.changesResponse) hooks.mapResponse.tap((exchange) => rewrite.toClient(exchange, target))
  }
}

function parametersFor(
  { parameters, varies }: { readonly parameters: readonly PathParameter[]; readonly varies: boolean },
  path: string,
): PathParameters {
  return varies ? new Choice(path, parameters) : pathParametersOf(path, parameters)
}
