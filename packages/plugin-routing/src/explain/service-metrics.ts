import type { Metric, MetricPoint } from '@postern/core'
import { counter, gauge, point } from '@postern/core/metrics'
import type { EndpointCondition, EndpointState, ServiceState } from '../health/states.ts'

const CONDITIONS: readonly EndpointCondition[] = ['healthy', 'ejected', 'probing', 'unhealthy', 'draining']

/** What is known of services and their endpoints. */
export function serviceMetrics(services: readonly ServiceState[]): Metric[] {
  const perService = (value: (service: ServiceState) => number) =>
    services.map((service) => point({ 'postern.service': service.name }, value(service)))
  return [
    gauge(
      'postern.routing.service.ready',
      '{service}',
      '1 while a service has a healthy endpoint, or is the host itself',
      perService(({ ready }) => (ready ? 1 : 0)),
      'min',
    ),
    gauge(
      'postern.routing.service.panic',
      '{service}',
      '1 while so few endpoints are healthy that sick ones are used as well',
      perService(({ panic }) => (panic ? 1 : 0)),
      'max',
    ),
    gauge(
      'postern.routing.service.endpoints',
      '{endpoint}',
      'Endpoints of a service by state',
      services.flatMap(byCondition),
      'max',
    ),
    gauge(
      'postern.routing.endpoint.healthy',
      '{endpoint}',
      '1 while an endpoint is healthy, 0 while it is ejected, probed, unhealthy or drained',
      services.flatMap(endpointPoints),
      'min',
    ),
    counter(
      'postern.routing.ejections',
      '{ejection}',
      'How often an endpoint of a service was ejected',
      perService(({ ejections }) => ejections),
    ),
    counter(
      'postern.routing.health.checks',
      '{check}',
      'Health checks of endpoints',
      services.flatMap(checkPoints),
    ),
    gauge(
      'postern.routing.retry_budget.left',
      '{attempt}',
      'How many more repeats and hedges there may be now',
      perService(({ retryBudget }) => retryBudget.left),
      'min',
    ),
    counter(
      'postern.routing.retry_budget.refused',
      '{attempt}',
      'Repeats and hedges that were refused for the budget',
      perService(({ retryBudget }) => retryBudget.refused),
    ),
    ...discoveryMetrics(services),
  ]
}

function byCondition({ name, endpoints }: ServiceState): MetricPoint[] {
  return CONDITIONS.map((condition) =>
    point(
      { 'postern.service': name, 'postern.state': condition },
      endpoints.filter(({ state }) => state === condition).length,
    ),
  )
}

/** Named as core names them. Several may be the same to whoever sees that alone, as unix sockets are: then the sickest is told. */
function endpointPoints({ name, endpoints }: ServiceState): MetricPoint[] {
  const same = Map.groupBy(endpoints, ({ url, address }) => `${new URL(url).origin} ${address}`)
  return [...same.values()].map((some) => {
    const { url, address } = some[0] as EndpointState
    return point(
      {
        'postern.service': name,
        'postern.endpoint': new URL(url).origin,
        ...(address === '' ? {} : { 'network.peer.address': address }),
      },
      some.every(({ state }) => state === 'healthy') ? 1 : 0,
    )
  })
}

function checkPoints({ name, checks }: ServiceState): MetricPoint[] {
  const { passed, failed } = checks
  if (passed + failed === 0) return []
  return [
    point({ 'postern.service': name, 'postern.outcome': 'passed' }, passed),
    point({ 'postern.service': name, 'postern.outcome': 'failed' }, failed),
  ]
}

function discoveryMetrics(services: readonly ServiceState[]): Metric[] {
  const found = services.flatMap(({ name, discovery }) =>
    discovery ? [{ attributes: { 'postern.service': name }, discovery }] : [],
  )
  return [
    gauge(
      'postern.routing.discovery.age',
      's',
      'How long ago the source of endpoints last answered; a file answers when it changes',
      found.flatMap(({ attributes, discovery: { ageMs } }) =>
        ageMs === undefined ? [] : [point(attributes, ageMs / 1000)],
      ),
      'max',
    ),
    gauge(
      'postern.routing.discovery.failing',
      '{source}',
      '1 while the source of endpoints fails, and those known last stay',
      found.map(({ attributes, discovery: { fault } }) => point(attributes, fault === undefined ? 0 : 1)),
      'max',
    ),
    counter(
      'postern.routing.discovery.failures',
      '{failure}',
      'How often the source of endpoints could not be asked, or made no sense',
      found.map(({ attributes, discovery: { failures } }) => point(attributes, failures)),
    ),
  ]
}
