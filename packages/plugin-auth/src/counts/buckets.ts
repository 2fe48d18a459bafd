import type { Histogram } from '@postern/core'

/** How many observations fell below each bound; one more for what is above all of them. */
export class Buckets {
  readonly bounds: readonly number[]
  readonly counts: number[]
  sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0)
  }

  /** Adds one observation. */
  add(value: number): void {
    let place = 0
    while (place < this.bounds.length && value > (this.bounds[place] as number)) place += 1
    this.counts[place] = (this.counts[place] as number) + 1
    this.sum += value
  }

  /** A copy, of observations in milliseconds. */
  histogram(): Histogram {
    return { boundsMs: this.bounds, counts: [...this.counts], sumMs: this.sum }
  }
}
