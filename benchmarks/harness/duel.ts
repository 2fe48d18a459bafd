import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Command, CommandScenario } from '../commands/scenario.ts'
import type { Pace } from './pace.ts'
import { median, rotate, type Spread, spreadOf } from './statistics.ts'

/** How fast one command is: medians over the rounds, from its start to its end as a process. */
export interface DuelFigures {
  readonly megabytesPerSecond: number
  /** Throughput as a multiple of grep's in the same round. */
  readonly ratioToGrep: number
  readonly spread: { readonly megabytesPerSecond: Spread; readonly ratioToGrep: Spread }
  readonly rounds: number
}

/** How long one run of a command takes, about. */
const RUN_SECONDS = 0.6

/** About how long a scenario takes at a pace. */
export function duelSeconds({ prepareSeconds }: CommandScenario, { rounds }: Pace): number {
  return prepareSeconds + 2 * (rounds + 1) * RUN_SECONDS
}

/** Runs both commands in turn, round after round, each round beginning with another one. */
export async function measureDuel(
  scenario: CommandScenario,
  pace: Pace,
  folder: string,
): Promise<Record<string, DuelFigures>> {
  const { bytes, ours, peer } = await scenario.prepare(folder)
  const entries = [peer, ours].map((command) => ({ command, speeds: [] as number[] }))
  const grep = entries[0]?.speeds ?? []
  // The proof has read the file: it is in memory for both.
  for (let round = 0; round < pace.rounds; round++)
    for (const { command, speeds } of rotate(entries, round))
      speeds.push(bytes / 1e6 / (await secondsOf(command)))
  return Object.fromEntries(
    entries.map(({ command, speeds }): [string, DuelFigures] => {
      const ratios = speeds.map((speed, round) => speed / (grep[round] as number))
      const spread = { megabytesPerSecond: spreadOf(speeds), ratioToGrep: spreadOf(ratios) }
      return [
        command.name,
        {
          megabytesPerSecond: median(speeds),
          ratioToGrep: median(ratios),
          spread,
          rounds: speeds.length,
        },
      ]
    }),
  )
}

async function secondsOf({ name, file, args }: Command): Promise<number> {
  const started = performance.now()
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`${name} ended with ${code}`)
  return (performance.now() - started) / 1_000
}
