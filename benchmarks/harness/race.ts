import { tokensOf } from '../scenarios.ts'
import type { LoadJob } from '../servers/messages.ts'
import type { Child } from './child.ts'
import type { Entrant, Field } from './field.ts'
import { addedByIdle, fillCache, measure } from './measure.ts'
import type { Pace } from './pace.ts'
import { rotate, type Sample } from './statistics.ts'

/** What a race says about one contender. */
export interface Outcome {
  /** One per round. */
  readonly samples: readonly Sample[]
  /** Resident memory that each idle connection added, where the scenario has some. */
  readonly idleConnectionBytes?: number
}

/** The outcome of each contender by its name. */
export type Outcomes = ReadonlyMap<string, Outcome>

/** Measures all contenders in turn, round after round, each round beginning with another one. */
export async function race(
  { scenario, token, tokensFile, entrants }: Field,
  load: Child,
  pace: Pace,
  onStep: (label: string) => void,
): Promise<Outcomes> {
  const { settleSeconds, seconds: windowSeconds } = pace
  const idleConnections = 'idleConnections' in scenario ? (scenario.idleConnections ?? 0) : 0
  const jobFor = ({ url }: Entrant): LoadJob => ({
    scenario: scenario.name,
    url,
    token,
    ...(tokensFile === undefined ? {} : { tokensFile }),
    idleConnections,
    settleSeconds,
    windowSeconds,
  })
  const pool = tokensOf(scenario)
  const outcomes = new Map<string, { samples: Sample[]; idleConnectionBytes?: number }>()
  for (const entrant of entrants) {
    onStep(`warm-up ${entrant.name}`)
    const job = jobFor(entrant)
    if (pool && pool.count <= pool.cacheEntries) await fillCache(entrant, load, job)
    await measure(entrant, load, { ...job, idleConnections: 0, windowSeconds: pace.warmUpSeconds })
    // Once, and before any round: memory that a process has used and freed would hide what the next ones take.
    const added = idleConnections > 0 ? { idleConnectionBytes: await addedByIdle(entrant, load, job) } : {}
    outcomes.set(entrant.name, { samples: [], ...added })
  }
  for (let round = 0; round < pace.rounds; round++) {
    for (const entrant of rotate(entrants, round)) {
      onStep(`round ${round + 1}/${pace.rounds} ${entrant.name}`)
      outcomes.get(entrant.name)?.samples.push(await measure(entrant, load, jobFor(entrant)))
    }
  }
  return outcomes
}
