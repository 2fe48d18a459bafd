import { createHistogram, performance } from 'node:perf_hooks'
import type { LoadJob } from '../messages.ts'
import { report } from '../serve.ts'

/** The longest latency that the histogram holds, in microseconds; a load gives up on a request before. */
const LONGEST_MICROS = 60_000_000

/** How long a window without an answer stays open beyond its time, and how often it looks. */
const FIRST_ANSWER_MS = 5_000
const LOOK_MS = 20

/** The part of a load that counts: opens after the settling time, and closes by itself. */
export class Window {
  /** Resolves when it has closed and reported what it saw. */
  readonly closed: Promise<void>
  isClosed = false
  readonly #micros = createHistogram({ lowest: 1, highest: LONGEST_MICROS, figures: 3 })
  #requests = 0

  constructor({ settleSeconds, windowSeconds }: LoadJob) {
    this.closed = new Promise((resolve) => {
      const close = (openedAt: number) => {
        // A window may be shorter than one large body takes; a rate over the longer time is as true.
        const openMs = performance.now() - openedAt
        if (this.#requests === 0 && openMs < windowSeconds * 1000 + FIRST_ANSWER_MS) {
          setTimeout(close, LOOK_MS, openedAt)
          return
        }
        this.#close(openMs / 1000)
        resolve()
      }
      setTimeout(() => {
        this.#requests = 0
        this.#micros.reset()
        report({ type: 'open' })
        setTimeout(close, windowSeconds * 1000, performance.now())
      }, settleSeconds * 1000)
    })
  }

  /** Counts an answer that took that long. */
  answered(ms: number): void {
    this.#requests++
    this.#micros.record(Math.min(LONGEST_MICROS, Math.max(1, Math.round(ms * 1000))))
  }

  #close(seconds: number): void {
    const percentile = (p: number) => this.#micros.percentile(p) / 1000
    this.isClosed = true
    const result = { requests: this.#requests, seconds, p50Ms: percentile(50), p99Ms: percentile(99) }
    report({ type: 'closed', result })
  }
}
