/** What is counted per series. */
import type { Attributes } from '@opentelemetry/api'
import type { HistogramMetric, MetricAttributes, NumberMetric } from '@postern/core'
import { counter, histogram, point } from '@postern/core/metrics'
import { meterAttributes } from './meter-attributes.ts'
import type { Series, SeriesSet } from './series-set.ts'

/** Upper bounds in seconds, as the stable HTTP conventions advise for durations. */
export const DURATION_BOUNDS: readonly number[] = Object.freeze([
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
])

/** A distribution of durations. */
export class DurationSeries implements Series {
  readonly attributes: MetricAttributes
  /** The same, as a meter takes them; made once. */
  readonly meterAttributes: Attributes
  usedMs = 0
  /** Observations per bucket. */
  readonly counts: number[] = [...DURATION_BOUNDS, 0].map(() => 0)
  /** Sum of all observations, in seconds. */
  sum = 0

  constructor(attributes: MetricAttributes) {
    this.attributes = attributes
    this.meterAttributes = meterAttributes(attributes)
  }

  /** Adds one observation. */
  record(seconds: number): void {
    let bucket = 0
    while (bucket < DURATION_BOUNDS.length && seconds > (DURATION_BOUNDS[bucket] as number)) bucket++
    this.counts[bucket] = (this.counts[bucket] as number) + 1
    this.sum += seconds
  }
}

/** A number that only grows. */
export class CountSeries implements Series {
  readonly attributes: MetricAttributes
  usedMs = 0
  value = 0

  constructor(attributes: MetricAttributes) {
    this.attributes = attributes
  }
}

/** A copy, to be read at leisure. */
export function durationMetric(
  name: string,
  description: string,
  all: SeriesSet<DurationSeries>,
): HistogramMetric {
  const points = [...all].map(({ attributes, counts, sum }) => ({ attributes, counts: [...counts], sum }))
  return histogram(name, 's', description, DURATION_BOUNDS, points)
}

/** A copy, to be read at leisure. */
export function countMetric(
  name: string,
  unit: string,
  description: string,
  all: Iterable<CountSeries>,
): NumberMetric {
  return counter(
    name,
    unit,
    description,
    Array.from(all, ({ attributes, value }) => point(attributes, value)),
  )
}
