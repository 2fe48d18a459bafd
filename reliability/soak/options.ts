import { parseArgs } from 'node:util'
import type { Kind } from '../workload/kind.ts'
import { KINDS, kindsNamed } from '../workload/kinds.ts'

/** What the command line asks for. */
export interface SoakOptions {
  readonly help: boolean
  /** How long the load lasts, warm-up included. */
  readonly minutes: number
  readonly seed: number
  /** Cases that run at once. */
  readonly concurrency: number
  readonly kinds: readonly Kind[]
  /** Where the result goes. */
  readonly json?: string
}

export const SOAK_HELP = `Usage: npm run soak -- [options]

Puts a gateway under load while its upstreams misbehave, and checks every outcome. Exit code 1 when a request was
lost or went wrong, when sockets or timers are left, or when the heap grew by 5 % or more.

  --minutes N      how long the load lasts, warm-up included (default 2)
  --seed N         decides every request and every fault (default 1)
  --concurrency N  requests at once (default 32)
  --kinds A,B      only these kinds of traffic:
                   ${wrapped(KINDS.map(({ name }) => name))}
  --json FILE      write the result to a file
  --help           print this text
`

/**
 * Reads the command line.
 * @throws Error for an unknown option, kind or value.
 */
export function parseSoakOptions(args: readonly string[]): SoakOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '2' },
      seed: { type: 'string', default: '1' },
      concurrency: { type: 'string', default: '32' },
      kinds: { type: 'string', default: '' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  return {
    help: values.help,
    minutes: positive('minutes', values.minutes),
    seed: whole('seed', values.seed),
    concurrency: whole('concurrency', values.concurrency),
    kinds: kindsNamed(values.kinds.split(',').filter((name) => name !== '')),
    ...(values.json === undefined ? {} : { json: values.json }),
  }
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw new Error(`--${name} must be a positive number, not "${text}"`)
}

function whole(name: string, text: string): number {
  const value = positive(name, text)
  if (Number.isSafeInteger(value)) return value
  throw new Error(`--${name} must be a whole number, not "${text}"`)
}

function wrapped(names: readonly string[]): string {
  const lines: string[] = []
  for (let i = 0; i < names.length; i += 6) lines.push(names.slice(i, i + 6).join(', '))
  return lines.join(',\n                   ')
}
