/** Runs cases, many at once, until a time is over. */
import type { Agent } from 'node:http'
import { Random } from '../shared/random.ts'
import { type Kind, type Targets, WrongOutcome } from '../workload/kind.ts'
import type { Tally } from './tally.ts'

/** How long a case may take. Every fault ends sooner, by a time of the gateway or of the case: who is later is lost. */
const CASE_MS = 30_000

/** What a load needs. */
export interface LoadPlan {
  readonly kinds: readonly Kind[]
  readonly targets: Targets
  readonly agent: Agent
  readonly seed: number
  readonly concurrency: number
  readonly tally: Tally
  /** How long a case may take before it counts as lost. Default: 30000. */
  readonly caseMs?: number
}

/** A source of cases whose numbers go on from one stretch of load to the next. */
export class Load {
  readonly #plan: LoadPlan
  readonly #weights: number
  #next = 0

  constructor(plan: LoadPlan) {
    this.#plan = plan
    this.#weights = plan.kinds.reduce((sum, { weight }) => sum + weight, 0)
  }

  /** Begins no case after `untilMs` (on the clock of `performance.now()`), and resolves when the last has ended. */
  async run(untilMs: number): Promise<void> {
    const work = async (): Promise<void> => {
      while (performance.now() < untilMs) await this.runCase(this.#next++)
    }
    await Promise.all(Array.from({ length: this.#plan.concurrency }, work))
  }

  /** Runs the case of this number. Never rejects: how it went is in the tally. */
  async runCase(index: number): Promise<void> {
    const { seed, targets, agent, tally, caseMs = CASE_MS } = this.#plan
    const random = new Random(seed, index)
    const kind = this.#kind(random.next())
    const { name } = kind
    const id = `c${index.toString(36)}-${random.int(0, 2 ** 31).toString(36)}`
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), caseMs)
    tally.begin(name)
    try {
      tally.right(name, await kind.run({ id, random, signal: late.signal, targets, agent }))
    } catch (error) {
      const outcome = late.signal.aborted ? 'lost' : 'wrong'
      tally.failed({ kind: name, index, outcome, message: explain(error) })
    } finally {
      clearTimeout(timer)
    }
  }

  #kind(share: number): Kind {
    let left = share * this.#weights
    for (const kind of this.#plan.kinds) {
      left -= kind.weight
      if (left < 0) return kind
    }
    throw new Error('there are no kinds')
  }
}

/** What must not happen in one line; what nobody thought of with its stack. */
function explain(error: unknown): string {
  if (error instanceof WrongOutcome) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
