import { parseArgs } from 'node:util'

/** What the command line asks for. */
export interface FuzzOptions {
  readonly help: boolean
  readonly seed: number
  /** Cases at most. */
  readonly runs: number
  /** How long at most. */
  readonly seconds: number
  /** Only the batch of this case. */
  readonly only?: number
}

export const FUZZ_HELP = `Usage: npm run fuzz -- [options]

Sends broken bytes to a gateway from both sides and checks that it lives, answers everybody in HTTP, and forwards
nothing that its guards did not see. Ends with exit code 1 at the first finding.

  --seed N      decides every case (default 1)
  --runs N      how many cases at most (default: no limit)
  --seconds N   how long at most (default 60)
  --case N      only this case, with the ones that ran beside it
  --help        print this text
`

/**
 * Reads the command line.
 * @throws Error for an unknown option or a value that is no number.
 */
export function parseFuzzOptions(args: readonly string[]): FuzzOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: '1' },
      runs: { type: 'string' },
      seconds: { type: 'string', default: '60' },
      case: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  return {
    help: values.help,
    seed: count('seed', values.seed),
    runs: values.runs === undefined ? Number.POSITIVE_INFINITY : count('runs', values.runs),
    seconds: count('seconds', values.seconds),
    ...(values.case === undefined ? {} : { only: count('case', values.case) }),
  }
}

function count(name: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new Error(`--${name} must be a whole number, not "${text}"`)
}
