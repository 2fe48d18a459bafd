import type { HistogramMetric, HistogramPoint, Metric, MetricAttributes, MetricPoint } from '@postern/core'

/** A number of this plugin. @param name without the plugin's own part. */
function number(kind: 'counter' | 'gauge') {
  return (name: string, unit: string, description: string, points: readonly MetricPoint[]): Metric => ({
    name: `postern.auth.${name}`,
    kind,
    unit,
    description,
    points,
  })
}

/** A number that only grows. */
export const counter = number('counter')
/** A number that goes up and down. */
export const gauge = number('gauge')

/** A distribution. */
export function histogram(
  name: string,
  unit: string,
  description: string,
  bounds: readonly number[],
  points: readonly HistogramPoint[],
): HistogramMetric {
  return { name: `postern.auth.${name}`, kind: 'histogram', unit, description, bounds, points }
}

/** One value. */
export function point(attributes: MetricAttributes, value: number): MetricPoint {
  return { attributes, value }
}

/** A point for each outcome of each thing. */
export function outcomePoints(
  key: string,
  things: Readonly<Record<string, Readonly<Record<string, number>>>>,
): MetricPoint[] {
  return Object.entries(things).flatMap(([name, outcomes]) =>
    Object.entries(outcomes).map(([outcome, value]) =>
      point({ [key]: name, 'postern.outcome': outcome }, value),
    ),
  )
}

/** A duration in the unit that OpenTelemetry asks for. */
export function seconds(ms: number): number {
  return ms / 1_000
}
