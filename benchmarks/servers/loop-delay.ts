import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Interval of the timer that is late when the event loop is; part of what the histogram holds. */
const RESOLUTION_MS = 1

let histogram: ReturnType<typeof monitorEventLoopDelay> | undefined

/** Begins to watch how late the event loop of this process is. */
export function watchLoop(): void {
  histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  histogram.enable()
}

/** Ends it, and gives the 99th percentile of the delay, in milliseconds. */
export function unwatchLoop(): number {
  if (!histogram) throw new Error('the event loop is not watched')
  histogram.disable()
  return Math.max(0, histogram.percentile(99) / 1e6 - RESOLUTION_MS)
}
