import type {
  HistogramMetric,
  HistogramPoint,
  MetricAttributes,
  MetricPoint,
  NumberMetric,
} from '@postern/core'

/** A number that only grows. @param name without the plugin's own part. */
export function counter(
  name: string,
  unit: string,
  description: string,
  points: readonly MetricPoint[],
): NumberMetric {
  return { name: `postern.auth.${name}`, kind: 'counter', unit, description, points }
}

/**
 * A number that goes up and down.
 * @param name without the plugin's own part.
 * @param merge what several processes come to together.
 */
export function gauge(
  name: string,
  unit: string,
  description: string,
  points: readonly MetricPoint[],
  merge: 'sum' | 'max' | 'min',
): NumberMetric {
  return { name: `postern.auth.${name}`, kind: 'gauge', unit, description, merge, points }
}

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
