/**
 * Figures of a running gateway as data, in the terms of OpenTelemetry: names with dots, units in UCUM, attributes. Who exports
 * them, as a text for Prometheus or through a meter, is a plugin's or the host's matter.
 */

/** Attributes of one point. Values come from the configuration or from short, fixed lists, never from what clients send. */
export type MetricAttributes = Readonly<Record<string, string>>

/** One figure. */
export interface MetricPoint {
  /** What tells it from the other points of its metric. */
  readonly attributes: MetricAttributes
  /** Its value at the time of reading. */
  readonly value: number
}

/** One histogram. */
export interface HistogramPoint {
  /** What tells it from the other points of its metric. */
  readonly attributes: MetricAttributes
  /** Observations per bucket, one more than the metric's `bounds`; not summed up. */
  readonly counts: readonly number[]
  /** Sum of all observations, in the metric's unit. */
  readonly sum: number
}

/** What all metrics have. */
interface MetricNames {
  /** In the form of OpenTelemetry: `http.server.request.duration`. */
  readonly name: string
  /** In UCUM: `s`, `By`, `{request}`; `1` for none. */
  readonly unit: string
  /** One sentence. */
  readonly description: string
}

/** A number that only grows (`counter`), or goes up and down (`gauge`), with its points. */
export interface NumberMetric extends MetricNames {
  /** Whether it only grows while the process runs. */
  readonly kind: 'counter' | 'gauge'
  /**
   * What several processes come to together: their sum; the highest of them, as of a state or what 1 is bad of; the lowest, as of
   * what 1 is good of. Default: `sum`.
   */
  readonly merge?: 'sum' | 'max' | 'min'
  /** One for each combination of attributes. */
  readonly points: readonly MetricPoint[]
}

/** A distribution with fixed buckets. */
export interface HistogramMetric extends MetricNames {
  /** Tells it from a number. */
  readonly kind: 'histogram'
  /** Upper bounds of the buckets, inclusive, in the unit; the last bucket has none. */
  readonly bounds: readonly number[]
  /** One for each combination of attributes. */
  readonly points: readonly HistogramPoint[]
}

/** Figures of one name. */
export type Metric = NumberMetric | HistogramMetric
