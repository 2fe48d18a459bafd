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

/**
 * A state, which several processes may see differently.
 * @param name without the plugin's own part.
 * @param merge what they come to together: whoever looks at them wants to know the worst.
 */
export function gauge(
  name: string,
  unit: string,
  description: string,
  points: readonly MetricPoint[],
  merge: 'max' | 'min' = 'max',
): NumberMetric {
  return { name: `postern.routing.${name}`, kind: 'gauge', unit, description, merge, points }
}

/** One value. */
export function point(attributes: MetricAttributes, value: number): MetricPoint {
  return { attributes, value }
}
