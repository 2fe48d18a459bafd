import type { MetricAttributes } from '@postern/core'

/** How long a series must have been idle to make room for another. */
const IDLE_MS = 3_600_000
/** How often a full set looks for such series. */
const SWEEP_EVERY_MS = 60_000

const OVERFLOW: MetricAttributes = Object.freeze({ 'otel.metric.overflow': 'true' })

/** What one combination of attributes has come to. */
export interface Series {
  /** What tells it from the others. */
  readonly attributes: MetricAttributes
  /** When it was found last, on the clock of `performance.now()`. */
  usedMs: number
}

/**
 * The series of one metric. They are found by two words and a number, so that neither text nor objects are made for an exchange
 * whose series there is. Above `maxSeries` all others share the overflow series.
 */
export class SeriesSet<TSeries extends Series> {
  /** Most series, the overflow series included. */
  maxSeries = 2
  readonly #make: (attributes: MetricAttributes) => TSeries
  readonly #tree = new Map<string, Map<string, Map<number, TSeries>>>()
  #size = 0
  #overflow: TSeries | null = null
  #nextSweepMs = 0

  /** @param make makes a series that counts from zero. */
  constructor(make: (attributes: MetricAttributes) => TSeries) {
    this.#make = make
  }

  /** The series that these stand for, or the overflow series; `undefined` when there is none yet, and room for one. */
  find(first: string, second: string, key: number, nowMs: number): TSeries | undefined {
    const known = this.#tree.get(first)?.get(second)?.get(key)
    if (known !== undefined) {
      known.usedMs = nowMs
      return known
    }
    if (this.#size < this.maxSeries - 1) return undefined
    if (nowMs >= this.#nextSweepMs) {
      this.#nextSweepMs = nowMs + SWEEP_EVERY_MS
      this.#sweep(nowMs - IDLE_MS)
      if (this.#size < this.maxSeries - 1) return undefined
    }
    this.#overflow ??= this.#make(OVERFLOW)
    return this.#overflow
  }

  /** Adds a series that `find` did not find. */
  add(first: string, second: string, key: number, nowMs: number, attributes: MetricAttributes): TSeries {
    const ofFirst = this.#tree.get(first) ?? new Map<string, Map<number, TSeries>>()
    this.#tree.set(first, ofFirst)
    const ofSecond = ofFirst.get(second) ?? new Map<number, TSeries>()
    ofFirst.set(second, ofSecond)
    const series = this.#make(attributes)
    series.usedMs = nowMs
    ofSecond.set(key, series)
    this.#size++
    return series
  }

  /** All of them, the overflow series last. */
  *[Symbol.iterator](): IterableIterator<TSeries> {
    for (const ofFirst of this.#tree.values()) {
      for (const ofSecond of ofFirst.values()) yield* ofSecond.values()
    }
    if (this.#overflow !== null) yield this.#overflow
  }

  /** Services, routes and endpoints come and go with reloads: what is long gone must not fill the set for ever. */
  #sweep(beforeMs: number): void {
    for (const [first, ofFirst] of this.#tree) {
      for (const [second, ofSecond] of ofFirst) {
        for (const [key, { usedMs }] of ofSecond) {
          if (usedMs < beforeMs && ofSecond.delete(key)) this.#size--
        }
        if (ofSecond.size === 0) ofFirst.delete(second)
      }
      if (ofFirst.size === 0) this.#tree.delete(first)
    }
  }
}
