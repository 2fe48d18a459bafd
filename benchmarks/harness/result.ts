import { FLOOR } from '../contenders.ts'
import type { Machine } from './machine.ts'
import type { Samples } from './race.ts'
import { type Figures, summarise } from './statistics.ts'

/** The file that `--json` writes. */
export interface Result {
  readonly machine: Machine & { readonly pinning: string }
  /** Version of the Node that ran every Node contender. */
  readonly node: string
  readonly commit: string
  /** Of the last minute before the run. */
  readonly loadAverage: number
  readonly scenarios: Record<string, Record<string, Figures>>
}

/**
 * Sums up the samples of one scenario.
 * @throws Error when the floor is not among them
 */
export function figuresOf(samples: Samples): Record<string, Figures> {
  const floor = samples.get(FLOOR)
  if (!floor) throw new Error('the floor did not run')
  return Object.fromEntries(Array.from(samples, ([name, own]) => [name, summarise(own, floor)]))
}

/** What a reader must know before comparing a number with anything. */
export function caveat({ machine }: Result): string {
  return `Measured on ${machine.cores} cores of a shared machine: only the ratios within one run mean anything.`
}
