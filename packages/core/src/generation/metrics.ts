/** The gateway's own figures, and those of its plugins. */
import type { HistogramMetric, Metric, MetricPoint, NumberMetric } from '../metrics/metric.ts'
import type { EndpointStats, GatewayStats, Histogram, PluginStats } from '../stats.ts'
import type { Member } from './member.ts'

/** What core counts, as metrics. */
export function gatewayMetrics(stats: GatewayStats): Metric[] {
  return [
    number('postern.exchanges', 'counter', '{exchange}', 'Exchanges that are over', total(stats.exchanges)),
    number(
      'postern.exchanges.active',
      'gauge',
      '{exchange}',
      'Exchanges that run now',
      total(stats.inFlight),
    ),
    overheadMetric(stats.overhead),
    state('postern.generation', '{generation}', 'Number of the current generation', total(stats.generation)),
    state(
      'postern.generations.live',
      '{generation}',
      'Generations that still have exchanges, the current one included',
      total(stats.liveGenerations),
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
  return {
    name: 'postern.gateway.overhead',
    kind: 'histogram',
    unit: 's',
    description: "The gateway's own time per exchange, plugins included",
    bounds: boundsMs.map((ms) => ms / 1000),
    points: [{ attributes: {}, counts, sum: sumMs / 1000 }],
  }
}

function pluginMetrics(plugins: readonly PluginStats[]): Metric[] {
  const calls: MetricPoint[] = []
  const times: MetricPoint[] = []
  const faults: MetricPoint[] = []
  for (const { name, hooks } of plugins) {
    for (const [hook, account] of Object.entries(hooks)) {
      const attributes = { 'postern.plugin': name, 'postern.hook': hook }
      calls.push({ attributes, value: account.calls })
      times.push({ attributes: { ...attributes, 'postern.time': 'cpu' }, value: account.cpuMs / 1000 })
      times.push({ attributes: { ...attributes, 'postern.time': 'wait' }, value: account.waitMs / 1000 })
      faults.push({ attributes, value: account.faults })
    }
  }
  const shed = plugins.map((plugin) => ({
    attributes: { 'postern.plugin': plugin.name },
    value: plugin.shed ? 1 : 0,
  }))
  return [
    number('postern.plugin.calls', 'counter', '{call}', 'Calls of a plugin in a hook', calls),
    number(
      'postern.plugin.time',
      'counter',
      's',
      'Time of a plugin in a hook: cpu held the event loop, wait did not',
      times,
    ),
    number('postern.plugin.faults', 'counter', '{fault}', 'Throws and missed deadlines of a plugin', faults),
    state('postern.plugin.shed', '{plugin}', '1 while an observer is skipped after repeated faults', shed),
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
    active.push({ attributes, value: sum('inFlight') })
    waiting.push({ attributes, value: sum('waiting') })
    connections.push({
      attributes: { ...attributes, 'postern.state': 'used' },
      value: sum('connected') - idle,
    })
    connections.push({ attributes: { ...attributes, 'postern.state': 'idle' }, value: idle })
  }
  return [
    number(
      'postern.endpoint.attempts.active',
      'gauge',
      '{attempt}',
      'Attempts that run on an endpoint',
      active,
    ),
    number(
      'postern.endpoint.attempts.waiting',
      'gauge',
      '{attempt}',
      'Attempts that wait for a place at an endpoint',
      waiting,
    ),
    number(
      'postern.endpoint.connections',
      'gauge',
      '{connection}',
      'Open connections to an endpoint',
      connections,
    ),
  ]
}

/** Unix sockets, and base paths, are no attribute: endpoints that differ by them alone are one to a scraper, which refuses a point twice. */
function nameOf({ service, origin, address }: EndpointStats): string {
  return JSON.stringify([service, origin, address])
}

function number(
  name: string,
  kind: NumberMetric['kind'],
  unit: string,
  description: string,
  points: readonly MetricPoint[],
): NumberMetric {
  return { name, kind, unit, description, points }
}

/** A gauge of which several processes have the same, or the worst counts. */
function state(
  name: string,
  unit: string,
  description: string,
  points: readonly MetricPoint[],
): NumberMetric {
  return { ...number(name, 'gauge', unit, description, points), merge: 'max' }
}

function total(value: number): MetricPoint[] {
  return [{ attributes: {}, value }]
}
