/** The plugin's figures: what `routingView()` shows, in the terms of OpenTelemetry. Attributes are names of the options, addresses, and words of this file. */
import type { Metric } from '@postern/core'
import { counter, gauge, point } from '@postern/core/metrics'
import type { BreakerState } from '../breaker/breaker.ts'
import type { OldNameState } from '../names/name-states.ts'
import type { RouteState, RoutingWindow } from './routing-view.ts'
import { serviceMetrics } from './service-metrics.ts'

const BREAKER_STATES: readonly BreakerState['state'][] = ['closed', 'open', 'half-open']
const MIRROR_OUTCOMES = ['answered', 'failed', 'full', 'body'] as const

/** Everything that is counted, and how it stands. */
export function routingMetrics(
  window: Pick<RoutingWindow, 'routes' | 'services'>,
  names: readonly OldNameState[],
): Metric[] {
  const [routes, services] = [window.routes(), window.services()]
  return [
    ...routeMetrics(routes),
    ...breakerMetrics(breakersOf(routes, services)),
    ...serviceMetrics(services),
    ...nameMetrics(names),
  ]
}

function routeMetrics(routes: readonly RouteState[]): Metric[] {
  const perRoute = (field: 'requests' | 'retries' | 'hedges') =>
    routes.map((route) => point({ 'postern.route': route.id }, route[field]))
  return [
    counter(
      'postern.routing.requests',
      '{request}',
      'Requests of which something was sent to an endpoint, repeats not among them',
      perRoute('requests'),
    ),
    counter(
      'postern.routing.retries',
      '{attempt}',
      'Attempts that followed another one',
      perRoute('retries'),
    ),
    counter(
      'postern.routing.hedges',
      '{attempt}',
      'Attempts that were started beside a slow one',
      perRoute('hedges'),
    ),
    counter(
      'postern.routing.mirrors',
      '{request}',
      'Requests chosen for a copy: answered or failed, or not sent since too many ran (full) or for the body',
      routes.flatMap(({ id, mirror }) =>
        mirror
          ? MIRROR_OUTCOMES.map((outcome) =>
              point({ 'postern.route': id, 'postern.outcome': outcome }, mirror[outcome]),
            )
          : [],
      ),
    ),
  ]
}

/** A breaker with what it stands before. */
type NamedBreaker = readonly [attributes: Readonly<Record<string, string>>, breaker: BreakerState]

function breakersOf(
  routes: readonly RouteState[],
  services: ReturnType<RoutingWindow['services']>,
): NamedBreaker[] {
  return [
    ...routes.flatMap(({ id, breaker }): NamedBreaker[] =>
      breaker ? [[{ 'postern.route': id }, breaker]] : [],
    ),
    ...services.flatMap(({ name, breaker }): NamedBreaker[] =>
      breaker ? [[{ 'postern.service': name }, breaker]] : [],
    ),
  ]
}

function breakerMetrics(breakers: readonly NamedBreaker[]): Metric[] {
  return [
    gauge(
      'postern.routing.breaker.state',
      '{breaker}',
      '1 for the state that a circuit breaker is in, 0 for the others',
      breakers.flatMap(([attributes, { state }]) =>
        BREAKER_STATES.map((one) => point({ ...attributes, 'postern.state': one }, one === state ? 1 : 0)),
      ),
      'max',
    ),
    counter(
      'postern.routing.breaker.trips',
      '{trip}',
      'How often a circuit breaker opened, also again from half-open',
      breakers.map(([attributes, { opened }]) => point(attributes, opened)),
    ),
    counter(
      'postern.routing.breaker.refused',
      '{attempt}',
      'Attempts that a circuit breaker refused',
      breakers.map(([attributes, { refused }]) => point(attributes, refused)),
    ),
  ]
}

function nameMetrics(names: readonly OldNameState[]): Metric[] {
  return [
    counter(
      'postern.routing.name.uses',
      '{request}',
      'Requests by an old name of a service, before its end and after it',
      names.flatMap(({ name, place, service, requests, overdueRequests }) => {
        const attributes = { 'postern.name': name, 'postern.place': place, 'postern.service': service }
        return [
          point({ ...attributes, 'postern.overdue': 'false' }, requests - overdueRequests),
          point({ ...attributes, 'postern.overdue': 'true' }, overdueRequests),
        ]
      }),
    ),
  ]
}
