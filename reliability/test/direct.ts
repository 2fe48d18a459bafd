/** Cases sent past any gateway. */
import { Agent } from 'node:http'
import { Load } from '../soak/load.ts'
import { Tally } from '../soak/tally.ts'
import type { Targets } from '../workload/kind.ts'
import { kindsNamed } from '../workload/kinds.ts'

/** Runs a number of cases of one kind against these targets. */
export async function runCases(
  kind: string,
  count: number,
  targets: Targets,
  caseMs = 10_000,
): Promise<Tally> {
  const tally = new Tally()
  const agent = new Agent({ keepAlive: true })
  const load = new Load({ kinds: kindsNamed([kind]), targets, agent, seed: 7, concurrency: 1, tally, caseMs })
  await Promise.all(Array.from({ length: count }, (_, index) => load.runCase(index)))
  agent.destroy()
  return tally
}
