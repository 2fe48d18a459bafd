/** One round: warm-up, load with restarts and reloads, drain, and a look at what is left. */
import { writeFile } from 'node:fs/promises'
import { Agent } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { Random } from '../shared/random.ts'
import { Load } from './load.ts'
import type { SoakOptions } from './options.ts'
import { Progress } from './progress.ts'
import { type SoakResult, verdictOf } from './result.ts'
import { Stage } from './stage.ts'
import { reportText } from './table.ts'
import { Tally } from './tally.ts'

/** Share of the time that the gateway gets to reach its working size, and its bounds. */
const WARM_UP = { share: 0.3, leastMs: 2_000, mostMs: 60_000 } as const
/** Between two reloads, and between two restarts of the flaky upstream. */
const RELOAD_MS = { least: 500, most: 4_000 } as const
const RESTART_MS = { least: 1_000, most: 5_000 } as const

/**
 * Runs a round and prints its report.
 * @returns whether everything went as it had to.
 */
export async function soak(options: SoakOptions, print: (text: string) => void): Promise<boolean> {
  const { kinds, seed, concurrency, minutes } = options
  const totalMs = minutes * 60_000
  const warmUpMs = Math.min(Math.max(totalMs * WARM_UP.share, WARM_UP.leastMs), WARM_UP.mostMs, totalMs)
  await using stage = await Stage.open(kinds)
  const agent = new Agent({ keepAlive: true })
  const tally = new Tally()
  const load = new Load({ kinds, seed, concurrency, targets: stage.targets, agent, tally })
  const progress = new Progress(totalMs, tally)
  print(
    `seed ${seed}, ${minutes} min, ${concurrency} at once, ${kinds.length} kinds, Node ${process.version}`,
  )

  /** Loads the gateway, then lets it come to rest. */
  const stretch = async (name: string, lengthMs: number): Promise<void> => {
    progress.phase(name)
    const over = new AbortController()
    const disturbed = disturb(stage, new Random(seed, lengthMs), over.signal)
    await load.run(performance.now() + lengthMs)
    over.abort()
    await disturbed
    agent.destroy()
  }
  const round = async (): Promise<SoakResult> => {
    await stretch('warm-up', warmUpMs)
    await stage.settle()
    const before = await stage.heapBytes()
    await stretch('load', totalMs - warmUpMs)
    progress.phase('drain')
    const { sockets, timers } = await stage.settle()
    const heapGrowth = (await stage.heapBytes()) / before - 1
    return { ...tally.total(), socketsLeft: sockets, timersLeft: timers, heapGrowth }
  }
  try {
    const result = await Promise.race([round(), stage.died])
    progress.end()
    const verdict = verdictOf(result)
    print(reportText(tally, result, verdict))
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(result, null, 2)}\n`)
    return verdict.length === 0
  } finally {
    progress.end()
    agent.destroy()
  }
}

/** Reloads the gateway and restarts the flaky upstream, each at its own times, until the load is over. */
async function disturb(stage: Stage, random: Random, over: AbortSignal): Promise<void> {
  const every = async ({ least, most }: { least: number; most: number }, act: () => Promise<void>) => {
    for (;;) {
      await delay(random.int(least, most), undefined, { signal: over }).catch(() => {})
      if (over.aborted) return
      await act()
    }
  }
  await Promise.all([every(RELOAD_MS, () => stage.reload()), every(RESTART_MS, () => stage.restartFlaky())])
}
