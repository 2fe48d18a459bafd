import type { Calls, InProcessScenario } from '../in-process/scenario.ts'
import type { Pace } from './pace.ts'
import { median, rotate, type Spread, spreadOf } from './statistics.ts'

/** What one size of an in-process scenario costs: medians over the rounds. */
export interface GrowthFigures {
  readonly nanosPerLookup: number
  /** That, as a multiple of the smallest size's in the same round. */
  readonly ratioToSmallest: number
  readonly spread: { readonly nanosPerLookup: Spread; readonly ratioToSmallest: Spread }
  readonly rounds: number
}

/** Windows are this much shorter than those of a race: nothing starts, connects or settles. */
const WINDOW_SHARE = 0.1

/** Calls between two looks at the clock. */
const BATCH = 10_000

/** About how long the sizes of a scenario take at a pace, warm-up included. */
export function growthSeconds({ sizes }: InProcessScenario, { rounds, seconds }: Pace): number {
  return sizes.length * (rounds + 1) * seconds * WINDOW_SHARE
}

/** Measures all sizes in turn, round after round, each round beginning with another one. */
export async function measureGrowth(
  scenario: InProcessScenario,
  pace: Pace,
): Promise<Record<string, GrowthFigures>> {
  const windowMs = pace.seconds * WINDOW_SHARE * 1_000
  const entries: { readonly size: number; readonly calls: Calls; readonly nanos: number[] }[] = []
  for (const size of scenario.sizes) entries.push({ size, calls: await scenario.prepare(size), nanos: [] })
  for (const { calls } of entries) nanosPerCall(calls, windowMs)
  for (let round = 0; round < pace.rounds; round++)
    for (const { calls, nanos } of rotate(entries, round)) nanos.push(nanosPerCall(calls, windowMs))

  const smallest = entries[0]?.nanos ?? []
  const figures = entries.map(({ size, nanos }): [string, GrowthFigures] => {
    const ratios = nanos.map((value, round) => value / (smallest[round] as number))
    const spread = { nanosPerLookup: spreadOf(nanos), ratioToSmallest: spreadOf(ratios) }
    return [
      String(size),
      { nanosPerLookup: median(nanos), ratioToSmallest: median(ratios), spread, rounds: nanos.length },
    ]
  })
  return Object.fromEntries(figures)
}

function nanosPerCall(calls: Calls, windowMs: number): number {
  const started = performance.now()
  let count = 0
  let checksum = 0
  let elapsed = 0
  do {
    checksum += calls(BATCH)
    count += BATCH
    elapsed = performance.now() - started
  } while (elapsed < windowMs)
  if (checksum === 0) throw new Error('the calls gave nothing')
  return (elapsed * 1e6) / count
}
