import { writeFile } from 'node:fs/promises'
import type {
  ContinuityReport,
  ExchangeCriteria,
  FoundTrace,
  TraceTree,
} from '@postern/plugin-trace/reconstruct'
import { displayPath, FailedError, messageOf, UsageError } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { print, say } from '../output.ts'
import { continuityTable } from '../trace/continuity-table.ts'
import type { Library } from '../trace/library.ts'
import { tracePage } from '../trace/page.ts'
import { columns, jsonText, moment, ms, outputWidth, toneOf } from '../trace/text.ts'
import type { StatusRange } from '../trace/values.ts'
import { waterfall } from '../trace/waterfall.ts'
import { type Reading, type ReadOptions, readLogs, sayFaults } from './read-logs.ts'

/** Options of `gw trace`. */
export interface TraceCommandOptions extends ReadOptions {
  /** Write a page. */
  readonly html?: string
  /** List traces in place of showing one. */
  readonly find?: true
  /** Name the services that drop traces. */
  readonly continuity?: true
  readonly caller?: string
  readonly route?: string
  readonly service?: string
  readonly error?: string
  readonly status?: StatusRange
  readonly slowerThan?: number
  readonly since?: number
  readonly until?: number
  readonly limit?: number
  readonly minSamples?: number
  readonly callerIs?: Readonly<Record<string, string>>
}

/**
 * Shows the path of one request, lists requests, or names the services that drop traces.
 *
 * @param args the id and the logs; with `find` and `continuity` only the logs.
 * @returns 0 when it found what was asked for, 1 when not, or when a service drops traces, 2 when it cannot look.
 */
export async function trace(args: readonly string[], options: TraceCommandOptions): Promise<ExitCode> {
  const problem = contradiction(args, options)
  if (problem !== undefined) throw new UsageError(problem)
  if (options.find) return readLogs(args, options, (reading) => find(reading, options))
  if (options.continuity) return readLogs(args, options, (reading) => checkContinuity(reading, options))
  const [id = '', ...files] = args
  return readLogs(files, options, (reading) => show(id, reading, options))
}

/** Options that would be ignored are mistakes. */
function contradiction(args: readonly string[], options: TraceCommandOptions): string | undefined {
  const { find: finds, continuity } = options
  if (finds && continuity) return 'Give --find or --continuity, not both.'
  const search = [
    'caller',
    'route',
    'service',
    'error',
    'status',
    'slowerThan',
    'since',
    'until',
    'limit',
  ] as const
  const searched = search.find((name) => options[name] !== undefined)
  if (searched !== undefined && !finds) return `${flag(searched)} says what to look for: give --find, too.`
  const judged = (['minSamples', 'callerIs'] as const).find((name) => options[name] !== undefined)
  if (judged !== undefined && !continuity) return `${flag(judged)} belongs to --continuity.`
  if (options.html !== undefined && (finds || continuity)) return '--html shows one trace: give its id.'
  if (args.length === 0 && !finds && !continuity)
    return 'Give the id of a trace: gw trace 4bf92f35 access.log. To look for one: gw trace --find --status 5xx access.log'
  return undefined
}

function flag(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

async function show(
  id: string,
  { library, sources, scanning }: Reading,
  { json, html }: TraceCommandOptions,
): Promise<ExitCode> {
  let tree: TraceTree
  try {
    tree = await library.reconstruct(id, sources, scanning)
  } catch (error) {
    if (!(error instanceof library.TraceIdError)) throw error
    if (error.problem === 'malformed') throw new UsageError(error.message)
    throw new FailedError(error.message)
  }
  if (html !== undefined) {
    await writeFile(html, tracePage(tree, library)).catch((error: unknown) => {
      throw new UsageError(`${displayPath(html)} cannot be written: ${messageOf(error)}`)
    })
    say(`Wrote ${displayPath(html)}`)
  }
  if (json) print(jsonText(flat(tree, library)))
  else if (html === undefined) print(waterfall(tree, library, outputWidth()))
  return EXIT.ok
}

/** A list in place of a tree: easier to filter, and no depth is too deep for it. */
function flat({ roots, ...tree }: TraceTree, { walkTrace }: Library): object {
  const above: string[] = []
  const nodes = Array.from(walkTrace(roots), ({ node, depth }) => {
    const { children: _, record, ...place } = node
    above[depth] = node.spanId
    return {
      depth,
      parent: above[depth - 1] ?? null,
      ...place,
      ...record,
      startMs: node.startMs,
      endMs: node.endMs,
    }
  })
  return { ...tree, nodes }
}

async function find(
  { library, sources, scanning }: Reading,
  { json, limit, ...options }: TraceCommandOptions,
): Promise<ExitCode> {
  const { caller, route, service, error, status, slowerThan, since, until } = options
  const criteria: ExchangeCriteria = {
    caller,
    route,
    service,
    error,
    ...status,
    slowerThanMs: slowerThan,
    sinceMs: since,
    untilMs: until,
  }
  const found = await library.findTraces(sources, criteria, { ...scanning, limit })
  if (json) {
    print(jsonText(found))
    return EXIT.ok
  }
  if (found.traces.length > 0) print(foundTable(found.traces, library))
  else say('No exchange is like that.')
  if (found.isCut) say(`Only the newest ${found.traces.length}; --limit shows more`)
  sayFaults(found.scan)
  return EXIT.ok
}

function foundTable(traces: readonly FoundTrace[], { calleeOf }: Library): string {
  return columns(traces, [
    { head: 'started (UTC)', cell: ({ exchange }) => moment(exchange.startMs) },
    { head: 'trace', cell: ({ traceId }) => traceId, tone: () => 'bold' },
    {
      head: 'status',
      cell: ({ exchange }) => String(exchange.status ?? ''),
      tone: ({ exchange }) => toneOf(exchange.status),
    },
    { head: 'ms', cell: ({ exchange }) => ms(exchange.durationMs), align: 'right' },
    { head: 'service', cell: ({ exchange }) => calleeOf(exchange), most: 32 },
    {
      head: 'request',
      cell: ({ exchange: { method = '', path = '' } }) => `${method} ${path}`.trim(),
      most: 48,
    },
    { head: 'error', cell: ({ exchange }) => exchange.error ?? '' },
    { head: 'caller', cell: ({ exchange }) => exchange.caller ?? '', most: 40 },
    { head: 'matches', cell: ({ matches }) => (matches > 1 ? String(matches) : ''), align: 'right' },
  ])
}

async function checkContinuity(
  { library, sources, scanning }: Reading,
  { json, minSamples, callerIs }: TraceCommandOptions,
): Promise<ExitCode> {
  const report: ContinuityReport = await library.checkContinuity(sources, {
    ...scanning,
    minSamples,
    callers: callerIs,
  })
  print(json ? jsonText(report) : continuityTable(report))
  if (!json) sayFaults(report.scan)
  return report.services.some(({ verdict }) => verdict === 'drops') ? EXIT.failed : EXIT.ok
}
