import { createNoopMeter, type MeterProvider, metrics } from '@opentelemetry/api'
import type { Metric } from '@postern/core'
import { mergeMetrics } from '@postern/core/metrics'
import { PLUGIN_NAME, VERSION } from '../version.ts'
import { MeterInstruments } from './meter-instruments.ts'

/** How often it is looked whether an SDK has come or gone, in milliseconds. */
const LOOK_EVERY_MS = 1_000

/** The figures of one gateway. */
export type MetricSource = () => readonly Metric[]

/**
 * Ties the gateways of this process to its meter. There is one for all of them: an SDK keeps one value for an instrument and its
 * attributes, so what two gateways observed on their own would overwrite each other.
 */
class MeterHub {
  readonly #sources = new Set<MetricSource>()
  #provider: MeterProvider | null = null
  #instruments: MeterInstruments | null = null
  #nextLookMs = 0

  /** Adds a gateway. */
  add(source: MetricSource): void {
    this.#sources.add(source)
    this.#look(performance.now())
  }

  /** Removes a gateway; the last one's callbacks go with it. */
  remove(source: MetricSource): void {
    this.#sources.delete(source)
    if (this.#sources.size === 0) this.#detach()
  }

  /** The instruments of the process's meter; `null` without an SDK. Costs a comparison. */
  instruments(nowMs: number): MeterInstruments | null {
    if (nowMs >= this.#nextLookMs) this.#look(nowMs)
    return this.#instruments
  }

  #look(nowMs: number): void {
    this.#nextLookMs = nowMs + LOOK_EVERY_MS
    const provider = metrics.getMeterProvider()
    if (provider === this.#provider) return
    this.#detach()
    const meter = provider.getMeter(PLUGIN_NAME, VERSION)
    // Without an SDK the API gives a meter that does nothing, always the same one.
    if (meter === createNoopMeter()) return
    this.#provider = provider
    this.#instruments = new MeterInstruments(meter, () => this.#read())
  }

  #detach(): void {
    this.#instruments?.detach()
    this.#instruments = null
    this.#provider = null
  }

  #read(): readonly Metric[] {
    const sets = [...this.#sources].map((source) => source())
    return sets.length === 1 ? (sets[0] as readonly Metric[]) : mergeMetrics(sets)
  }
}

/** The one of this process. */
export const meterHub: MeterHub = new MeterHub()
