import type { Exchange, Kept, Metric, PluginHost } from '@postern/core'
import { AttemptMetrics } from './attempt-metrics.ts'
import { ExchangeMetrics } from './exchange-metrics.ts'
import { type MetricSource, meterHub } from './meter-hub.ts'
import type { MeterInstruments } from './meter-instruments.ts'
import type { ResolvedMetricsOptions } from './options.ts'

/** What outlives a reload: a counter that fell would be taken for a restart. */
class KeptMetrics implements Kept {
  readonly exchanges = new ExchangeMetrics()
  readonly attempts = new AttemptMetrics()

  close(): void {}
}

/** A gateway's place among those that the meter exports, from its first generation to its last. */
class KeptSource implements Kept {
  readonly #source: MetricSource

  constructor(source: MetricSource) {
    this.#source = source
    meterHub.add(source)
  }

  close(): void {
    meterHub.remove(this.#source)
  }
}

/** The figures of one generation of this plugin. */
export class PluginMetrics {
  readonly #kept: KeptMetrics
  readonly #hasMeter: boolean

  constructor(
    host: Pick<PluginHost<undefined>, 'keep' | 'metrics'>,
    { maxSeries, meter }: ResolvedMetricsOptions,
  ) {
    this.#kept = host.keep('metrics', () => new KeptMetrics())
    this.#kept.exchanges.maxSeries = maxSeries
    this.#kept.attempts.maxSeries = maxSeries
    this.#hasMeter = meter
    if (meter) host.keep('meter', () => new KeptSource(host.metrics))
  }

  /** Counts an exchange that is over. */
  exchangeEnded(exchange: Exchange): void {
    this.#kept.exchanges.record(exchange, this.#meter(exchange.finishedMs))
  }

  /** Counts the attempt that has ended. */
  attemptEnded(exchange: Exchange): void {
    const { attempt } = exchange
    if (attempt !== null) this.#kept.attempts.record(exchange, attempt, this.#meter(attempt.endedMs))
  }

  /** A copy of all of them. */
  read(): readonly Metric[] {
    return [...this.#kept.exchanges.read(), this.#kept.attempts.read()]
  }

  #meter(nowMs: number): MeterInstruments | null {
    return this.#hasMeter ? meterHub.instruments(nowMs) : null
  }
}
