import type { PluginHost, PluginRoute } from '@postern/core'
import type { Breaker } from './breaker/breaker.ts'
import { keepRouteBreaker } from './breaker/keep-breakers.ts'
import { RouteBreakers } from './breaker/route-breakers.ts'
import { Mirror } from './mirrors/mirror.ts'
import type { NameHooks } from './names/name-hooks.ts'
import type { RetryBudget } from './retries/budget.ts'
import { Repeats } from './retries/repeats.ts'
import { refuseOwned } from './rewrites/read-rewrite.ts'
import type { RouteCounts } from './route-counts.ts'
import type { PlannedRoute } from './routes.ts'

/** Default of `HedgeOptions.attempts`. */
const DEFAULT_HEDGE_ATTEMPTS = 2

/** What the exchanges of all routes work with, and views show. */
export interface RunningParts {
  /** By service. */
  readonly budgets: ReadonlyMap<string, RetryBudget>
  /** By service; of those that have one. */
  readonly serviceBreakers: ReadonlyMap<string, Breaker>
  /** By id of the route; of those that have one. */
  readonly routeBreakers: Map<string, Breaker>
  /** By id of the route. */
  readonly counts: ReadonlyMap<string, RouteCounts>
}

/** What routes are tapped with. */
export interface TapParts extends RunningParts {
  readonly gateway: Pick<PluginHost, 'keep' | 'logger' | 'request'>
  readonly names: NameHooks
}

/**
 * Taps the hooks of a route, where this plugin is not off on it.
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID when it rewrites a header that another plugin owns there.
 */
export function tapRoute(
  route: PluginRoute,
  plan: PlannedRoute,
  at: readonly PropertyKey[],
  parts: TapParts,
): void {
  const { hooks } = route
  const { rewrite, target } = plan
  refuseOwned(rewrite, route.ownedRequestHeaders, at)
  tapAttempts(route, plan, parts)
  tapMirror(route, plan, parts)
  // First: other rewrites start from the new place.
  parts.names.tapRoute(route, plan)
  if (rewrite.changesRequest) hooks.mapUpstreamRequest.tap((exchange) => rewrite.toUpstream(exchange))
  if (rewrite.changesResponse) hooks.mapResponse.tap((exchange) => rewrite.toClient(exchange, target))
}

/** Where attempts go, what is learnt of them, and whether another one follows. */
function tapAttempts({ hooks }: PluginRoute, plan: PlannedRoute, parts: TapParts): void {
  const { id, target, options } = plan
  const { retry, hedge } = options
  const repeats = new Repeats(target, retry, parts.budgets)
  const breakers = breakersFor(plan, parts)
  const counts = parts.counts.get(id)
  const slowMs = hedge?.afterMs ?? 0
  hooks.pickEndpoint.tap((exchange) => {
    breakers?.admit(exchange)
    counts?.attempt(exchange)
    repeats.count(exchange)
    return target.serviceFor(exchange).pick(exchange)
  })
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
}

/** `null` where neither the route nor a service of it has one. */
function breakersFor(
  { id, options: { breaker }, target }: PlannedRoute,
  { gateway, routeBreakers, serviceBreakers }: TapParts,
): RouteBreakers | null {
  const own = breaker ? keepRouteBreaker(gateway, id, breaker) : null
  if (own) routeBreakers.set(id, own)
  const breakers = new RouteBreakers(target, own, serviceBreakers)
  return breakers.used ? breakers : null
}

function tapMirror(
  { hooks }: PluginRoute,
  { id, mirrored, options: { mirror: options } }: PlannedRoute,
  { gateway, counts }: TapParts,
): void {
  const own = counts.get(id)
  if (!mirrored || !options || !own) return
  const mirror = new Mirror(mirrored, options, gateway, own.mirror)
  hooks.onAttemptEnd.tap((exchange) => mirror.attemptEnded(exchange))
}
