/** The command lines of the commands that read logs. What they do is loaded when one is asked for. */
import type { Command } from 'commander'
import type { EdgesCommandOptions } from '../commands/edges.ts'
import type { TraceCommandOptions } from '../commands/trace.ts'
import type { ExitCode } from '../exit-codes.ts'
import { toCount, toDurationMs, toMoment, toNames, toStatusRange } from './values.ts'

const LOGS = 'log files (plain, .gz, .zst, OTLP JSON), folders, or - for standard input'
const CONFIG = ['-c, --config <file>', 'configuration whose log file is read when none is given'] as const
const SINCE = [
  '--since <time>',
  'ended at this time or later: 2026-11-24T15:00:00Z, or 15m for that long ago',
  toMoment,
] as const
const UNTIL = ['--until <time>', 'started at this time or earlier', toMoment] as const

const TRACE_EXAMPLES = `
Examples:
  gw trace 4bf92f35 access.log access.log.*.gz      the path of one request
  kubectl logs -l app=gateway | gw trace 4bf92f3577b34da6a3ce929d0e0e4736 -
  gw trace 4bf92f35 --html trace.html /var/log/gw   a page to attach to a ticket
  gw trace --find --status 5xx --since 15m          requests that failed
  gw trace --continuity logs                        services that drop traceparent

Ends with 0 when it found what was asked for, 1 when not, or when a service drops traces, 2 when it cannot
look.`

const EDGES_EXAMPLES = `
Examples:
  gw edges access.log                   who calls whom, how often and how fast
  gw edges --service orders --json      one service, as data
  gw edges --mermaid logs > edges.mmd   a picture

Ends with 0 when it has printed, 2 when it cannot read.`

/** Adds `gw trace` and `gw edges`. */
export function registerLogCommands(gw: Command, done: (code: ExitCode) => void): void {
  gw.command('trace')
    .description('show the path of one request from log lines of any number of gateways')
    .argument('[id]', 'trace, span or exchange id, or its first eight or more digits')
    .argument('[logs...]', LOGS)
    .option('--json', 'print JSON')
    .option('--html <file>', 'write one page that needs nothing else')
    .option(
      '--find',
      'list traces in place of showing one, the newest last; an exchange must meet all that follows',
    )
    .option('--caller <name>', '  called by this principal or address')
    .option('--route <id>', '  on this route')
    .option('--service <name>', '  to this service')
    .option('--status <status>', '  with this status: 503, 5xx, ">=400"', toStatusRange)
    .option('--error <code>', '  with this error code')
    .option('--slower-than <time>', '  slower than 250ms, 1.5s', toDurationMs)
    .option(SINCE[0], `  ${SINCE[1]}`, SINCE[2])
    .option(UNTIL[0], `  ${UNTIL[1]}`, UNTIL[2])
    .option('--limit <n>', '  as many traces (default: 20)', toCount)
    .option('--continuity', 'name the services that drop traceparent')
    .option('--min-samples <n>', '  calls that it takes to say so (default: 5)', toCount)
    .option(
      '--caller-is <name=service>',
      '  service behind a caller of another name; may be repeated',
      toNames,
    )
    .option(...CONFIG)
    .addHelpText('after', TRACE_EXAMPLES)
    .action(async (id: string | undefined, logs: string[], options: TraceCommandOptions) => {
      const { trace } = await import('../commands/trace.ts')
      done(await trace(id === undefined ? [] : [id, ...logs], options))
    })

  gw.command('edges')
    .description('print who calls whom: rate, errors and latency of each caller, callee and route')
    .argument('[logs...]', LOGS)
    .option('--json', 'print JSON')
    .option('--mermaid', 'print a flowchart for Mermaid')
    .option('--dot', 'print a graph for Graphviz')
    .option('--caller <name>', 'only calls of this principal or address')
    .option('--service <name>', 'only calls to this service')
    .option('--route <id>', 'only calls on this route')
    .option('--seat <seat>', 'only what this seat saw: hop, callee, caller or fetch')
    .option(...SINCE)
    .option(...UNTIL)
    .option('--limit <n>', 'edges that are kept apart (default: 1000)', toCount)
    .option(...CONFIG)
    .addHelpText('after', EDGES_EXAMPLES)
    .action(async (logs: string[], options: EdgesCommandOptions) => {
      const { edges } = await import('../commands/edges.ts')
      done(await edges(logs, options))
    })
}
