import { spawn } from 'node:child_process'
import type { Starter, StartScenario } from '../commands/scenario.ts'
import type { Pace } from './pace.ts'
import { median, rotate, type Spread, spreadOf } from './statistics.ts'

/** How long a process takes until it does its work: medians over the rounds. */
export interface StartFigures {
  readonly startMs: number
  /** What that is more than the first of the scenario took in the same round. */
  readonly overNodeMs: number
  readonly spread: { readonly startMs: Spread; readonly overNodeMs: Spread }
  readonly rounds: number
}

/** Each is started so often in a round: a start is short, and its time varies. */
const STARTS_PER_ROUND = 5
/** How long one takes, about, and how many a scenario has. */
const START_SECONDS = 0.4
const STARTERS = 6
/** One that has not started by then never will. */
const MOST_MS = 30_000

/** About how long a scenario takes at a pace. */
export function startsSeconds({ rounds }: Pace): number {
  return STARTERS * (1 + rounds * STARTS_PER_ROUND) * START_SECONDS
}

/** Starts all in turn, round after round, each round beginning with another one. */
export async function measureStarts(
  scenario: StartScenario,
  pace: Pace,
  folder: string,
): Promise<Record<string, StartFigures>> {
  const starters = await scenario.prepare(folder)
  const entries = starters.map((starter) => ({ starter, times: [] as number[] }))
  const [node] = entries
  if (!node) throw new Error(`${scenario.name} starts nothing`)
  // Once each, so that files and compiled code are where they are from the second start on.
  for (const { starter } of entries) await startOnce(starter)
  for (let round = 0; round < pace.rounds; round++)
    for (const { starter, times } of rotate(entries, round)) {
      const starts: number[] = []
      for (let count = 0; count < STARTS_PER_ROUND; count++) starts.push(await startOnce(starter))
      times.push(median(starts))
    }
  return Object.fromEntries(
    entries.map(({ starter, times }): [string, StartFigures] => {
      const over = times.map((time, round) => time - (node.times[round] as number))
      const spread = { startMs: spreadOf(times), overNodeMs: spreadOf(over) }
      return [
        starter.name,
        { startMs: median(times), overNodeMs: median(over), spread, rounds: times.length },
      ]
    }),
  )
}

/** Starts one, and ends it when it has started. Gives the milliseconds until then. */
async function startOnce({ name, args, says, env }: Starter): Promise<number> {
  const started = performance.now()
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), MOST_MS)
  let startMs: number | undefined
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
    if (says === undefined || startMs !== undefined || !said.includes(says)) return
    startMs = performance.now() - started
    // It keeps its compiled code when it ends by itself.
    child.kill('SIGTERM')
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  clearTimeout(timer)
  if (says === undefined) startMs = performance.now() - started
  if (code !== 0 || startMs === undefined)
    throw new Error(`${name} ended with ${code} before it had started:\n${said}`)
  return startMs
}
