import type { Attributes, BatchObservableCallback, Histogram, Meter, Observable } from '@opentelemetry/api'
import type { HistogramMetric, Metric, MetricPoint, NumberMetric } from '@postern/core'
import { CLIENT_DURATION, CLIENT_DURATION_DESCRIPTION } from './attempt-metrics.ts'
import { SERVER_DURATION, SERVER_DURATION_DESCRIPTION } from './exchange-metrics.ts'
import { meterAttributes } from './meter-attributes.ts'
import { DURATION_BOUNDS } from './series.ts'

/**
 * The instruments of one meter. Numbers are observed when the SDK collects. A histogram cannot be observed through the API, so this
 * plugin's own are recorded, and others are observed as counters of their buckets: see decision 0038.
 */
export class MeterInstruments {
  /** What `http.server.request.duration` is recorded in. */
  readonly serverDuration: Histogram<Attributes>
  /** What `http.client.request.duration` is recorded in. */
  readonly clientDuration: Histogram<Attributes>
  readonly #meter: Meter
  readonly #read: () => readonly Metric[]
  readonly #observables = new Map<string, Observable>()
  #isDetached = false

  /** @param read gives all figures; asked once this call stack has ended, for a gateway that is still being made has none. */
  constructor(meter: Meter, read: () => readonly Metric[]) {
    this.#meter = meter
    this.#read = read
    this.serverDuration = durations(meter, SERVER_DURATION, SERVER_DURATION_DESCRIPTION)
    this.clientDuration = durations(meter, CLIENT_DURATION, CLIENT_DURATION_DESCRIPTION)
    queueMicrotask(this.#register)
  }

  /** Ends the observing. What was recorded is the SDK's. */
  detach(): void {
    this.#isDetached = true
    this.#meter.removeBatchObservableCallback(this.#observe, [...this.#observables.values()])
  }

  /** Makes an instrument for every figure that has none: a plugin may come with a reload. */
  readonly #register = (): void => {
    if (this.#isDetached) return
    const before = [...this.#observables.values()]
    for (const metric of asNumbers(this.#read())) {
      if (!this.#observables.has(metric.name)) this.#observables.set(metric.name, this.#make(metric))
    }
    if (this.#observables.size === before.length) return
    this.#meter.removeBatchObservableCallback(this.#observe, before)
    this.#meter.addBatchObservableCallback(this.#observe, [...this.#observables.values()])
  }

  readonly #observe: BatchObservableCallback = (result) => {
    let isComplete = true
    for (const { name, points } of asNumbers(this.#read())) {
      const observable = this.#observables.get(name)
      if (observable === undefined) isComplete = false
      else
        for (const { attributes, value } of points)
          result.observe(observable, value, meterAttributes(attributes))
    }
    // Not at once: the SDK walks through its callbacks.
    if (!isComplete) queueMicrotask(this.#register)
  }

  #make({ name, unit, description, kind, merge }: NumberMetric): Observable {
    const options = { unit, description }
    if (kind === 'counter') return this.#meter.createObservableCounter(name, options)
    // What several processes are summed up to is a sum that goes up and down; a state is a gauge.
    return merge === undefined || merge === 'sum'
      ? this.#meter.createObservableUpDownCounter(name, options)
      : this.#meter.createObservableGauge(name, options)
  }
}

function durations(meter: Meter, name: string, description: string): Histogram<Attributes> {
  const advice = { explicitBucketBoundaries: [...DURATION_BOUNDS] }
  return meter.createHistogram(name, { unit: 's', description, advice })
}

/** All but what is recorded, as numbers. */
function asNumbers(metrics: readonly Metric[]): readonly NumberMetric[] {
  return metrics.flatMap((metric) => {
    if (metric.kind !== 'histogram') return [metric]
    return metric.name === SERVER_DURATION || metric.name === CLIENT_DURATION ? [] : asCounters(metric)
  })
}

/** Three counters, as in the text of Prometheus: buckets that include those below them, their count, and the sum. */
function asCounters({ name, unit, description, bounds, points }: HistogramMetric): NumberMetric[] {
  const buckets: MetricPoint[] = []
  const totals: MetricPoint[] = []
  for (const { attributes, counts } of points) {
    let value = 0
    for (const [bucket, count] of counts.entries()) {
      value += count
      buckets.push({ attributes: { ...attributes, le: String(bounds[bucket] ?? '+Inf') }, value })
    }
    totals.push({ attributes, value })
  }
  const sums = points.map(({ attributes, sum }) => ({ attributes, value: sum }))
  const counter = (part: string, of: string, values: readonly MetricPoint[]): NumberMetric => {
    return { name: `${name}.${part}`, kind: 'counter', unit: of, description, points: values }
  }
  return [
    counter('bucket', '{observation}', buckets),
    counter('count', '{observation}', totals),
    counter('sum', unit, sums),
  ]
}
