import type { MetricAttributes, MetricPoint, NumberMetric } from '@postern/core'

/** A number that only grows. @param name without the plugin's own part. */
export function counter(
  name: string,
  unit: string,
  description: string,
  points: readonly MetricPoint[],
): NumberMetric {
  return { name: `postern.routing.${name}`, kind: 'counter', unit, description, points }
}

/** A number that goes up and down. @param name without the plugin's own part. */
export function gauge(
  name: string,
  unit: string,
  description: string,
  points: readonly MetricPoint[],
): NumberMetric {
  return { name: `postern.routing.${name}`, kind: 'gauge', unit, description, points }
}

/** One value. */
export function point(attributes: MetricAttributes, value: number): MetricPoint {
  return { attributes, value }
}
