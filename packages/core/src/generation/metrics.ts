/** The gateway's own figures, and those of its plugins. */
import { counter, gauge, histogram, point } from '../metrics/build.ts'
import type { HistogramMetric, Metric, MetricPoint } from '../metrics/metric.ts'
import type { EndpointStats, GatewayStats, Histogram, PluginStats } from '../stats.ts'
import type { Member } from './member.ts'

/** What core counts, as metrics. */
export function gatewayMetrics(stats: GatewayStats): Metric[] {
  return [
    counter('postern.exchanges', '{exchange}', 'Exchanges that are over', total(stats.exchanges)),
    gauge('postern.exchanges.active', '{exchange}', 'Exchanges that run now', total(stats.inFlight), 'sum'),
    overheadMetric(stats.overhead),
    gauge(
      'postern.generation',
      '{generation}',
      'Number of the current generation',
      total(stats.generation),
      'max',
    ),
    gauge(
      'postern.generations.live',
      '{generation}',
      'Generations that still have exchanges, the current one included',
      total(stats.liveGenerations),
      'max',
    ),
    ...pluginMetrics(stats.plugins),
    ...endpointMetrics(stats.endpoints),
  ]
}

/** What the plugins count. One that fails at it is told in the log, and the others are read. */
export function pluginOwnMetrics(members: readonly Member[]): Metric[] {
  return members.flatMap(({ definition, handle, logger }) => {
    try {
      return handle.metrics?.() ?? []
    } catch (thrown) {
      logger.error({ err: thrown }, `Plugin ${definition.name} failed to give its metrics`)
      return []
    }
  })
}

function overheadMetric({ boundsMs, counts, sumMs }: Histogram): HistogramMetric {
  return histogram(
    'postern.gateway.overhead',
    's',
    "The gateway's own time per exchange, plugins included",
    boundsMs.map((ms) => ms / 1000),
    [{ attributes: {}, counts, sum: sumMs / 1000 }],
  )
}

function pluginMetrics(plugins: readonly PluginStats[]): Metric[] {
  const calls: MetricPoint[] = []
  const times: MetricPoint[] = []
  const faults: MetricPoint[] = []
  for (const { name, hooks } of plugins) {
    for (const [hook, account] of Object.entries(hooks)) {
      const attributes = { 'postern.plugin': name, 'postern.hook': hook }
      calls.push(point(attributes, account.calls))
      times.push(point({ ...attributes, 'postern.time': 'cpu' }, account.cpuMs / 1000))
      times.push(point({ ...attributes, 'postern.time': 'wait' }, account.waitMs / 1000))
      faults.push(point(attributes, account.faults))
    }
  }
  const shed = plugins.map((plugin) => point({ 'postern.plugin': plugin.name }, plugin.shed ? 1 : 0))
  return [
    counter('postern.plugin.calls', '{call}', 'Calls of a plugin in a hook', calls),
    counter(
      'postern.plugin.time',
      's',
      'Time of a plugin in a hook: cpu held the event loop, wait did not',
      times,
    ),
    counter('postern.plugin.faults', '{fault}', 'Throws and missed deadlines of a plugin', faults),
    gauge(
      'postern.plugin.shed',
      '{plugin}',
      '1 while an observer is skipped after repeated faults',
      shed,
      'max',
    ),
  ]
}

function endpointMetrics(endpoints: readonly EndpointStats[]): Metric[] {
  const active: MetricPoint[] = []
  const waiting: MetricPoint[] = []
  const connections: MetricPoint[] = []
  for (const some of Map.groupBy(endpoints, nameOf).values()) {
    const { service, origin, address } = some[0] as EndpointStats
    const attributes = {
      'postern.service': service,
      'postern.endpoint': origin,
      ...(address === '' ? {} : { 'network.peer.address': address }),
    }
    const sum = (field: 'inFlight' | 'waiting' | 'connected' | 'idle'): number =>
      some.reduce((total, one) => total + one[field], 0)
    const idle = sum('idle')
    active.push(point(attributes, sum('inFlight')))
    waiting.push(point(attributes, sum('waiting')))
    connections.push(point({ ...attributes, 'postern.state': 'used' }, sum('connected') - idle))
    connections.push(point({ ...attributes, 'postern.state': 'idle' }, idle))
  }
  return [
    gauge('postern.endpoint.attempts.active', '{attempt}', 'Attempts that run on an endpoint', active, 'sum'),
    gauge(
      'postern.endpoint.attempts.waiting',
      '{attempt}',
      'Attempts that wait for a place at an endpoint',
      waiting,
      'sum',
    ),
    gauge(
      'postern.endpoint.connections',
      '{connection}',
      'Open connections to an endpoint',
      connections,
      'sum',
    ),
  ]
}

/** Unix sockets, and base paths, are no attribute: endpoints that differ by them alone are one to a scraper, which refuses a point twice. */
function nameOf({ service, origin, address }: EndpointStats): string {
  return JSON.stringify([service, origin, address])
}

function total(value: number): MetricPoint[] {
  return [point({}, value)]
}
