import { FLOOR } from '../contenders.ts'
import type { DuelFigures } from './duel.ts'
import type { GrowthFigures } from './growth.ts'
import type { Machine } from './machine.ts'
import type { Outcomes } from './race.ts'
import type { StartFigures } from './starts.ts'
import { type Figures, summarise } from './statistics.ts'

/** The file that `--json` writes. */
export interface Result {
  readonly machine: Machine & { readonly pinning: string }
  /** Version of the Node that ran every Node contender. */
  readonly node: string
  readonly commit: string
  /** Of the last minute before the run. */
  readonly loadAverage: number
  readonly scenarios: Record<string, ScenarioFigures>
}

/** Of a race the contenders by name; of an in-process scenario its sizes; of a duel, or of starts, its commands. */
export type ScenarioFigures =
  | Record<string, Figures>
  | Record<string, GrowthFigures>
  | Record<string, DuelFigures>
  | Record<string, StartFigures>

/** Whether figures are those of a race. */
export function isRace(figures: ScenarioFigures): figures is Record<string, Figures> {
  return Object.values(figures).every((figure) => 'ratioToFloor' in figure)
}

/** Whether figures are those of two commands. */
export function isDuel(figures: ScenarioFigures): figures is Record<string, DuelFigures> {
  return Object.values(figures).every((figure) => 'ratioToGrep' in figure)
}

/** Whether figures are those of starts. */
export function isStarts(figures: ScenarioFigures): figures is Record<string, StartFigures> {
  return Object.values(figures).every((figure) => 'overNodeMs' in figure)
}

/**
 * Sums up the outcomes of one scenario.
 * @throws Error when the floor is not among them
 */
export function figuresOf(outcomes: Outcomes): Record<string, Figures> {
  const floor = outcomes.get(FLOOR)
  if (!floor) throw new Error('the floor did not run')
  const figures = Array.from(outcomes, ([name, { samples, ...once }]): [string, Figures] => [
    name,
    { ...summarise(samples, floor.samples), ...once },
  ])
  return Object.fromEntries(figures)
}

/** What a reader must know before comparing a number with anything. */
export function caveat({ machine }: Result): string {
  return `Measured on ${machine.cores} cores of a shared machine: only the ratios within one run mean anything.`
}
