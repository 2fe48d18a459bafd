import type { Counts } from './tally.ts'

/** What a round found; written by `--json`. */
export interface SoakResult extends Readonly<Counts> {
  /** TCP connections that the gateway still had after the load, the idle ones closed. */
  readonly socketsLeft: number
  /** Timers that the gateway still had after the load. */
  readonly timersLeft: number
  /** How much larger its heap was at the end than after the warm-up, both after a collection: 0.02 is 2 %. */
  readonly heapGrowth: number
}

/** From here on growth is a leak. */
const MOST_GROWTH = 0.05

/** What speaks against a result; nothing when all went as it had to. */
export function verdictOf(result: SoakResult): string[] {
  const { sent, lost, wrong, socketsLeft, timersLeft, heapGrowth } = result
  return [
    ...(sent === 0 ? ['nothing was sent'] : []),
    ...(lost > 0 ? [`${lost} lost`] : []),
    ...(wrong > 0 ? [`${wrong} wrong`] : []),
    ...(socketsLeft > 0 ? [`${socketsLeft} sockets left`] : []),
    ...(timersLeft > 0 ? [`${timersLeft} timers left`] : []),
    ...(heapGrowth >= MOST_GROWTH ? [`the heap grew by ${(heapGrowth * 100).toFixed(1)} %`] : []),
  ]
}
