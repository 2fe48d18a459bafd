import type { Route } from '@postern/core'
import { explainRoute } from '../explain.ts'
import type { ServiceState } from '../health/states.ts'
import type { NameLedger, UsesFilter } from '../ledger/ledger.ts'
import type { NameHooks } from '../names/name-hooks.ts'
import type { NamesState } from '../names/name-states.ts'
import type { RoutingOptions } from '../options/routing-options.ts'
import type { RetryBudget } from '../retries/budget.ts'
import type { RouteCounts } from '../route-counts.ts'
import type { PlannedRoute } from '../routes.ts'
import type { Service } from '../service.ts'
import { describeMatch } from '../table/read-match.ts'
import type { RunningParts } from '../tap-route.ts'
import type { LiveExplanation, RouteState, RoutingWindow } from './routing-view.ts'

/** What is shown of the plugin as it runs. */
export interface Running extends RunningParts {
  /** In the order of the options. */
  readonly planned: readonly PlannedRoute[]
  /** As the gateway defined them, by id. */
  readonly routes: ReadonlyMap<string, Route>
  /** In the order of the options. */
  readonly services: readonly Service[]
  readonly names: NameHooks
  readonly ledger: NameLedger
}

/** A window on one generation of the plugin. */
export function windowOn(options: RoutingOptions, running: Running): RoutingWindow {
  return {
    explain: (request) => addState(explainRoute(options, request), running),
    services: () => running.services.map((service) => serviceState(service, running)),
    routes: () => running.planned.map((plan) => routeState(plan, running)),
    names: (filter) => namesState(filter, running),
  }
}

/** A service as it stands now, with its breaker and what may be repeated. */
function serviceState(service: Service, { budgets, serviceBreakers }: Running): ServiceState {
  const budget = budgets.get(service.name) as RetryBudget
  return {
    ...service.state(),
    breaker: serviceBreakers.get(service.name)?.state() ?? null,
    retryBudget: budget.state(performance.now()),
  }
}

/** An old name of the options is shown whenever it was used last. */
function namesState(filter: UsesFilter = {}, { names, ledger }: Running): NamesState {
  const { name, service } = filter
  return {
    oldNames: names
      .states()
      .filter(
        (one) =>
          (name === undefined || one.name === name) && (service === undefined || one.service === service),
      ),
    uses: ledger.uses(filter),
  }
}

function routeState(
  { id, match, target, mirrored }: PlannedRoute,
  { counts, routeBreakers }: Running,
): RouteState {
  const { requests, retries, hedges, mirror } = counts.get(id) as RouteCounts
  return {
    id,
    service: target.services[0].name,
    match: describeMatch(match),
    target: target.describe(),
    requests,
    retries,
    hedges,
    mirror: mirrored ? { ...mirror } : null,
    breaker: routeBreakers.get(id)?.state() ?? null,
  }
}

/** What is known of the route that won, in a running gateway. */
function addState(explanation: ReturnType<typeof explainRoute>, running: Running): LiveExplanation {
  const { route } = explanation
  const target = route && running.planned[route.index]?.target
  const defined = route && running.routes.get(route.id)
  return {
    ...explanation,
    target: target?.describe(),
    timeouts: defined?.timeouts,
    limits: defined?.limits,
    breaker: (route && running.routeBreakers.get(route.id)?.state()) ?? null,
    serviceStates: (target?.services ?? []).map((service) => serviceState(service, running)),
  }
}
