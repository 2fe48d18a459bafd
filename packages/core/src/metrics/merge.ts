import type { HistogramMetric, HistogramPoint, Metric, MetricAttributes, NumberMetric } from './metric.ts'

/**
 * Makes one set of metrics of several, as of the worker processes of one gateway: points with the same attributes become one.
 * Counters and histograms are summed up, gauges as their `merge` says. Of two metrics that share a name and differ in kind, or in
 * bounds, the first counts: nothing could be said of both.
 */
export function mergeMetrics(sets: readonly (readonly Metric[])[]): Metric[] {
  const byName = new Map<string, Metric[]>()
  for (const metric of sets.flat()) {
    const same = byName.get(metric.name)
    if (same === undefined) byName.set(metric.name, [metric])
    else same.push(metric)
  }
  return [...byName.values()].map(mergeOne)
}

function mergeOne(metrics: readonly Metric[]): Metric {
  const [first] = metrics as [Metric]
  if (first.kind === 'histogram') {
    const alike = metrics.filter((other) => isAlike(first, other)) as HistogramMetric[]
    return { ...first, points: mergePoints(alike, addHistograms) }
  }
  const alike = metrics.filter((other) => other.kind === first.kind) as NumberMetric[]
  const join = JOINS[(first.kind === 'gauge' && first.merge) || 'sum']
  return {
    ...first,
    points: mergePoints(alike, (one, other) => ({ ...one, value: join(one.value, other.value) })),
  }
}

const JOINS = { sum: add, max: Math.max, min: Math.min } as const

function isAlike(first: HistogramMetric, other: Metric): boolean {
  return other.kind === 'histogram' && String(other.bounds) === String(first.bounds)
}

function mergePoints<TPoint extends { readonly attributes: MetricAttributes }>(
  metrics: readonly { readonly points: readonly TPoint[] }[],
  join: (one: TPoint, other: TPoint) => TPoint,
): TPoint[] {
  const byAttributes = new Map<string, TPoint>()
  for (const { points } of metrics) {
    for (const point of points) {
      const key = JSON.stringify(Object.entries(point.attributes).sort(byFirst))
      const known = byAttributes.get(key)
      byAttributes.set(key, known === undefined ? point : join(known, point))
    }
  }
  return [...byAttributes.values()]
}

function byFirst([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1
}

function addHistograms(one: HistogramPoint, other: HistogramPoint): HistogramPoint {
  return {
    attributes: one.attributes,
    counts: one.counts.map((count, bucket) => count + (other.counts[bucket] ?? 0)),
    sum: one.sum + other.sum,
  }
}

function add(one: number, other: number): number {
  return one + other
}
