import type { EdgeMap, TrafficEdge } from '@postern/plugin-trace/reconstruct'
import { UsageError } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { print } from '../output.ts'
import { dot, mermaid, percent, rate } from '../trace/graph.ts'
import { columns, jsonText, moment, ms } from '../trace/text.ts'
import { type ReadOptions, readLogs, sayFaults } from './read-logs.ts'

/** Options of `gw edges`. */
export interface EdgesCommandOptions extends ReadOptions {
  readonly mermaid?: true
  readonly dot?: true
  readonly caller?: string
  readonly service?: string
  readonly route?: string
  readonly seat?: string
  readonly since?: number
  readonly until?: number
  readonly limit?: number
}

/**
 * Prints who calls whom, how often, how well and how fast.
 *
 * @returns 0, or 2 when there is nothing to read.
 */
export async function edges(files: readonly string[], options: EdgesCommandOptions): Promise<ExitCode> {
  if ([options.json, options.mermaid, options.dot].filter((form) => form === true).length > 1)
    throw new UsageError('Give one of --json, --mermaid and --dot.')
  const { caller, service, route, seat, since, until, limit } = options
  return readLogs(files, options, async ({ library, sources, scanning }) => {
    const map = await library.mapEdges(sources, {
      ...scanning,
      criteria: { caller, service, route, seat, sinceMs: since, untilMs: until },
      maxEdges: limit,
    })
    print(formOf(map, options))
    if (!options.json) sayFaults(map.scan)
    return EXIT.ok
  })
}

function formOf(map: EdgeMap, options: EdgesCommandOptions): string {
  if (options.json) return jsonText(map)
  if (options.mermaid) return mermaid(map.edges)
  if (options.dot) return dot(map.edges)
  return edgeTable(map)
}

function edgeTable({ edges: rows, fromMs, toMs }: EdgeMap): string {
  if (rows.length === 0) return 'No exchanges.'
  const table = columns<TrafficEdge>(rows, [
    { head: 'caller', cell: ({ caller }) => caller, most: 40 },
    { head: 'callee', cell: ({ callee }) => callee, most: 40 },
    { head: 'route', cell: ({ route }) => route, most: 32 },
    { head: 'seat', cell: ({ seat }) => seat },
    { head: 'auth', cell: ({ auth }) => auth.join('+') },
    { head: 'calls', cell: ({ calls }) => String(calls), align: 'right' },
    { head: 'per s', cell: ({ perSecond }) => rate(perSecond), align: 'right' },
    {
      head: 'errors',
      cell: ({ errorShare }) => percent(errorShare),
      align: 'right',
      tone: ({ errorShare }) => (errorShare >= 0.05 ? 'red' : errorShare > 0 ? 'yellow' : undefined),
    },
    { head: 'p50 ms', cell: ({ p50Ms }) => ms(p50Ms), align: 'right' },
    { head: 'p95 ms', cell: ({ p95Ms }) => ms(p95Ms), align: 'right' },
    { head: 'p99 ms', cell: ({ p99Ms }) => ms(p99Ms), align: 'right' },
  ])
  return fromMs === undefined ? table : `${moment(fromMs)} to ${moment(toMs)} (UTC)\n\n${table}`
}
