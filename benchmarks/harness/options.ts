import { parseArgs } from 'node:util'
import { commandScenarios, startScenarios } from '../commands/scenarios.ts'
import { contenders, wantedServerFor } from '../contenders.ts'
import { inProcessScenarios } from '../in-process/scenarios.ts'
import { scenarios } from '../scenarios.ts'
import { duelSeconds } from './duel.ts'
import { growthSeconds } from './growth.ts'
import { durationSeconds, type Pace, spoken } from './pace.ts'
import { startsSeconds } from './starts.ts'

/**
 * The default: several minutes per scenario. Many short rounds, not few long ones: a neighbour's burst then spoils some, and
 * the median passes over it.
 */
const FULL: Pace = { rounds: 21, seconds: 2, warmUpSeconds: 4, settleSeconds: 0.3 }

/** For a look while working: somewhat over a minute per scenario. */
const QUICK: Pace = { ...FULL, rounds: 7, seconds: 1, warmUpSeconds: 1.5 }

/** How long a whole run takes at a pace, when every contender is there. */
const wholeRun = (pace: Pace): string => {
  const entries = scenarios.flatMap((scenario) =>
    contenders.filter((contender) => typeof wantedServerFor(contender, scenario) === 'string'),
  )
  const inProcess = inProcessScenarios.reduce((sum, scenario) => sum + growthSeconds(scenario, pace), 0)
  const duels = commandScenarios.reduce((sum, scenario) => sum + duelSeconds(scenario, pace), 0)
  const starts = startScenarios.length * startsSeconds(pace)
  return spoken(durationSeconds(entries.length, pace) + inProcess + duels + starts)
}

/** What the command line asks for. */
export interface Options {
  readonly help: boolean
  readonly force: boolean
  readonly pace: Pace
  /** Empty means all. */
  readonly scenarios: readonly string[]
  readonly contenders: readonly string[]
  readonly json?: string
  readonly markdown?: string
}

export const HELP = `Usage: npm run bench -- [options]

Measures Postern beside other proxies, each in a process of its own, and prints what a request costs.
All scenarios take about ${wholeRun(FULL)}, with --quick ${wholeRun(QUICK)}.

  --quick            ${QUICK.rounds} rounds of ${QUICK.seconds} s instead of ${FULL.rounds} rounds of ${FULL.seconds} s
  --rounds N         rounds; each round measures every contender once
  --seconds N        length of one measurement
  --scenario NAME    only this scenario; may be repeated
                     (${[...scenarios, ...inProcessScenarios, ...commandScenarios, ...startScenarios].map(({ name }) => name).join(', ')})
  --contender NAME   only this contender and the floor; may be repeated
                     (${contenders.map(({ name }) => name).join(', ')})
  --json FILE        write the figures to a file
  --markdown FILE    write the table between <!-- bench:start --> and <!-- bench:end --> of a file
  --force            run although the machine is busy
  --help             print this text
`

/**
 * Reads the command line.
 * @throws Error for an unknown option or a value that is no positive number
 */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      scenario: { type: 'string', multiple: true, default: [] },
      contender: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
      markdown: { type: 'string' },
      force: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const { rounds, seconds, warmUpSeconds, settleSeconds } = values.quick ? QUICK : FULL
  const asked = positive('seconds', values.seconds) ?? seconds
  return {
    help: values.help,
    force: values.force,
    pace: {
      rounds: whole('rounds', values.rounds) ?? rounds,
      seconds: asked,
      warmUpSeconds: Math.min(warmUpSeconds, asked),
      settleSeconds,
    },
    scenarios: values.scenario,
    contenders: values.contender,
    ...(values.json === undefined ? {} : { json: values.json }),
    ...(values.markdown === undefined ? {} : { markdown: values.markdown }),
  }
}

function positive(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw new Error(`--${name} must be a positive number, not "${text}"`)
}

function whole(name: string, text: string | undefined): number | undefined {
  const value = positive(name, text)
  if (value === undefined || Number.isInteger(value)) return value
  throw new Error(`--${name} must be a whole number, not "${text}"`)
}
