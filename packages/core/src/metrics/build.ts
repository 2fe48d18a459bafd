import type {
  HistogramMetric,
  HistogramPoint,
  MetricAttributes,
  MetricPoint,
  NumberMetric,
} from './metric.ts'

/**
 * A number that only grows.
 * @param name in the form of OpenTelemetry: `postern.exchanges`.
 * @param unit in UCUM: `s`, `By`, `{request}`.
 * @param description one sentence.
 */
export function counter(
  name: string,
  unit: string,
  description: string,
  points: readonly MetricPoint[],
): NumberMetric {
  return { name, kind: 'counter', unit, description, points }
}

/**
 * A number that goes up and down; name, unit and description as of `counter`.
 * @param merge what several processes come to together: their sum, or of a state the highest, where 1 is bad, or the lowest.
 */
export function gauge(
  name: string,
  unit: string,
  description: string,
  points: readonly MetricPoint[],
  merge: 'sum' | 'max' | 'min',
): NumberMetric {
  return { name, kind: 'gauge', unit, description, merge, points }
}

/**
 * A distribution; name, unit and description as of `counter`.
 * @param bounds upper bounds of the buckets, inclusive; the last bucket has none.
 */
export function histogram(
  name: string,
  unit: string,
  description: string,
  bounds: readonly number[],
  points: readonly HistogramPoint[],
): HistogramMetric {
  return { name, kind: 'histogram', unit, description, bounds, points }
}

/** One value. */
export function point(attributes: MetricAttributes, value: number): MetricPoint {
  return { attributes, value }
}
