/** What one round says about one contender. */
export interface Sample {
  readonly cpuMicrosPerRequest: number
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly rssBytes: number
  /** How late the event loop of the proxy's main thread was, where the scenario asks for it. */
  readonly eventLoopDelayP99Ms?: number
}

/** The figures of a result: those of a sample, and the CPU time per request as a multiple of the floor's. */
export type Figure = Exclude<keyof Sample, 'eventLoopDelayP99Ms'> | 'ratioToFloor'

/** The smallest and the largest value over the rounds. */
export type Spread = readonly [min: number, max: number]

/** The medians over all rounds, with the spread of each. */
export type Figures = Record<Figure, number> & {
  spread: Record<Figure, Spread> & { eventLoopDelayP99Ms?: Spread }
  rounds: number
  /** How late the event loop was, where the scenario asks for it. */
  eventLoopDelayP99Ms?: number
  /** Resident memory that each idle connection added, measured once, where the scenario has some. */
  idleConnectionBytes?: number
}

/**
 * The middle value; the mean of the two middle ones when their number is even.
 * @throws RangeError without values
 */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.floor((sorted.length - 1) / 2)]
  if (upper === undefined || lower === undefined) throw new RangeError('no median of nothing')
  return (lower + upper) / 2
}

/**
 * The smallest and the largest value.
 * @throws RangeError without values
 */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('no spread of nothing')
  return [Math.min(...values), Math.max(...values)]
}

/**
 * Each round's CPU time per request, divided by the floor's in the same round. A round that the machine spent on something
 * else slows both, so its ratio still counts.
 * @throws RangeError when the floor did not run as many rounds
 */
export function ratios(samples: readonly Sample[], floor: readonly Sample[]): number[] {
  return samples.map((sample, round) => {
    const base = floor[round]
    if (!base) throw new RangeError(`the floor has no round ${round + 1}`)
    return sample.cpuMicrosPerRequest / base.cpuMicrosPerRequest
  })
}

/** Sums up all rounds of one contender beside the floor's. */
export function summarise(samples: readonly Sample[], floor: readonly Sample[]): Figures {
  const values: Record<Figure, number[]> = {
    cpuMicrosPerRequest: samples.map((sample) => sample.cpuMicrosPerRequest),
    requestsPerSecond: samples.map((sample) => sample.requestsPerSecond),
    p50Ms: samples.map((sample) => sample.p50Ms),
    p99Ms: samples.map((sample) => sample.p99Ms),
    rssBytes: samples.map((sample) => sample.rssBytes),
    ratioToFloor: ratios(samples, floor),
  }
  const spread = each(values, spreadOf)
  const delays = samples.flatMap(({ eventLoopDelayP99Ms }) => eventLoopDelayP99Ms ?? [])
  if (delays.length === 0) return { ...each(values, median), spread, rounds: samples.length }
  return {
    ...each(values, median),
    eventLoopDelayP99Ms: median(delays),
    spread: { ...spread, eventLoopDelayP99Ms: spreadOf(delays) },
    rounds: samples.length,
  }
}

/** The list, starting `by` places later: each round begins with another contender. */
export function rotate<T>(list: readonly T[], by: number): T[] {
  const start = list.length === 0 ? 0 : by % list.length
  return [...list.slice(start), ...list.slice(0, start)]
}

function each<T>(values: Record<Figure, number[]>, reduce: (values: number[]) => T): Record<Figure, T> {
  return {
    cpuMicrosPerRequest: reduce(values.cpuMicrosPerRequest),
    requestsPerSecond: reduce(values.requestsPerSecond),
    p50Ms: reduce(values.p50Ms),
    p99Ms: reduce(values.p99Ms),
    rssBytes: reduce(values.rssBytes),
    ratioToFloor: reduce(values.ratioToFloor),
  }
}
