import type { Histogram } from '@postern/core'
import { Buckets } from '../counts/buckets.ts'

const WAIT_BOUNDS_MS: readonly number[] = Object.freeze([0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1_000])
const SIZE_BOUNDS: readonly number[] = Object.freeze([1, 2, 4, 8, 16, 32, 64])

/** Sizes of messages to workers. */
export interface BatchSizes {
  /** Upper bounds of the buckets in tokens. */
  readonly bounds: readonly number[]
  /** Messages per bucket, one more than bounds. */
  readonly counts: readonly number[]
  /** Tokens in all messages. */
  readonly sum: number
}

/** What the workers did. */
export interface WorkerStats {
  /** Messages sent, and how many tokens each held. */
  readonly batches: BatchSizes
  /** How long tokens waited until they were sent, or checked inline. */
  readonly queueTime: Histogram
  /** Tokens that were checked on the main thread. */
  readonly inline: number
  /** Workers that run now; 0 where tokens are checked on the main thread. */
  readonly alive: number
  /** Workers that ended without being told to: crashed, out of memory, or ended because they hung. */
  readonly died: number
  /** Batches that took so long that their worker was ended. */
  readonly hung: number
  /** Batches that failed twice; each token in them was answered with 503. */
  readonly failed: number
}

/** Counts what happens on the way to the workers. */
export class VerifyCounters {
  readonly #waits = new Buckets(WAIT_BOUNDS_MS)
  readonly #sizes = new Buckets(SIZE_BOUNDS)
  /** See `WorkerStats`. */
  inline = 0
  /** See `WorkerStats`. */
  died = 0
  /** See `WorkerStats`. */
  hung = 0
  /** See `WorkerStats`. */
  failed = 0
  /** See `TokenCacheStats`. */
  joined = 0

  /** A token waited this long. */
  waited(ms: number): void {
    this.#waits.add(ms)
  }

  /** A message with so many tokens is sent. */
  sent(tokens: number): void {
    this.#sizes.add(tokens)
  }

  /** A copy. @param alive see `WorkerStats`. */
  read(alive: number): WorkerStats {
    const { inline, died, hung, failed } = this
    const sizes = this.#sizes
    return {
      batches: { bounds: sizes.bounds, counts: [...sizes.counts], sum: sizes.sum },
      queueTime: this.#waits.histogram(),
      inline,
      alive,
      died,
      hung,
      failed,
    }
  }
}
