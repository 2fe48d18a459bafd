/** Figures of all workers as one. What dead workers have counted stays: a scraper takes a number that falls for a restart. */
import type { Metric } from '@postern/core'
import { counter, gauge, mergeMetrics, point } from '@postern/core/metrics'

/** Keeps what each worker said last. */
export class Figures<TWorker extends object> {
  readonly #last = new Map<TWorker, readonly Metric[]>()
  #gone: readonly Metric[] = []

  /** What a worker says now. */
  keep(worker: TWorker, metrics: readonly Metric[]): void {
    this.#last.set(worker, metrics)
  }

  /** It has ended: its counters stay as they were read last, its gauges go. */
  end(worker: TWorker): void {
    const counted = (this.#last.get(worker) ?? []).filter(({ kind }) => kind !== 'gauge')
    this.#last.delete(worker)
    if (counted.length > 0) this.#gone = mergeMetrics([this.#gone, counted])
  }

  /** All of them, those of the dead included. */
  read(): Metric[] {
    return mergeMetrics([...this.#last.values(), this.#gone])
  }
}

/** What the primary knows of its workers. */
export function workerMetrics(wanted: number, listening: number, replaced: number): Metric[] {
  const one = (value: number) => [point({}, value)]
  return [
    gauge('postern.workers.wanted', '{worker}', 'Worker processes that should run', one(wanted), 'sum'),
    gauge('postern.workers.listening', '{worker}', 'Worker processes that listen', one(listening), 'sum'),
    counter(
      'postern.workers.replaced',
      '{worker}',
      'Worker processes that ended without being asked to, and were replaced',
      one(replaced),
    ),
  ]
}
