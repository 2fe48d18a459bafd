import type { ExchangeRecord } from './record.ts'
import { type ScanOptions, type ScanReport, scan } from './scan.ts'
import type { TraceSource } from './sources.ts'
import { Meaning, needleOf, normaliseId, TraceIdError } from './trace-id.ts'
import { buildTree, type TraceNode, walkTrace } from './tree.ts'

/** As many exchanges of one trace are kept in memory. */
const MAX_EXCHANGES = 10_000

/** One request's path through all gateways that logged it. */
export interface TraceTree {
  /** The trace. */
  readonly traceId: string
  /** Where it starts. Several when callers are not known, or when a service began anew within the trace. */
  readonly roots: readonly TraceNode[]
  /** Milliseconds since 1970; absent when no line has a time. */
  readonly startMs?: number | undefined
  /** From the first start to the last end, clocks aligned, in milliseconds. */
  readonly durationMs?: number | undefined
  /** Exchanges and spans in the tree. */
  readonly exchanges: number
  /** Spans that are named as parents and that nothing describes. */
  readonly missing: number
  /** Lines that described a span which another line had described: a file and its copy, a log shipped twice. */
  readonly duplicates: number
  /** What a reader must know before believing the tree, in words. */
  readonly notes: readonly string[]
  /** What was read. */
  readonly scan: ScanReport
}

/** Options of `reconstruct`. */
export interface ReconstructOptions extends ScanOptions {
  /** Exchanges of the trace that are kept; what is above is left out, and a note says so. Default: 10000. */
  readonly maxExchanges?: number | undefined
}

/**
 * Rebuilds a request's path from log lines of any number of processes: the access log of this plugin, as it is or in
 * ECS or OpenTelemetry names, and spans in OTLP/JSON.
 *
 * @param id of the trace; or of a span or an exchange in it; or the first eight or more digits of one; or a whole `traceparent`.
 * @param sources are read once when the id is the trace's, twice when it is another's. A stream can be read only once.
 * @throws {TraceIdError} when the id leads to no trace, or to several.
 * @example
 * const tree = await reconstruct('4bf92f35', ['/var/log/gateway'])
 * for (const { node, depth } of walkTrace(tree.roots)) console.log(' '.repeat(depth), node.record?.service)
 */
export async function reconstruct(
  id: string,
  sources: readonly TraceSource[],
  options: ReconstructOptions = {},
): Promise<TraceTree> {
  const wanted = normaliseId(id)
  const { maxExchanges = MAX_EXCHANGES } = options
  const kept = new Map<string, ExchangeRecord[]>()
  let dropped = 0
  const meaning = new Meaning(wanted)
  const keep = (record: ExchangeRecord): void => {
    let records = kept.get(record.traceId)
    if (!records) {
      // More than one is an ambiguous beginning, whose exchanges nobody will see.
      if (kept.size > 0) return
      records = []
      kept.set(record.traceId, records)
    }
    if (records.length < maxExchanges) records.push(record)
    else dropped++
  }
  let report = await scan(
    sources,
    needleOf(wanted),
    (record) => {
      if (meaning.look(record)) keep(record)
    },
    options,
  )
  const { traceId, isOwnId } = meaning.trace()
  if (!isOwnId) {
    if (sources.some((source) => typeof source !== 'string'))
      throw new TraceIdError(
        'needs-second-pass',
        `${wanted} is in trace ${traceId}, and a stream can be read only once: ask for that trace.`,
        [traceId],
      )
    report = await scan(
      sources,
      needleOf(traceId),
      (record) => {
        if (record.traceId === traceId) keep(record)
      },
      options,
    )
  }
  return toTree(traceId, kept.get(traceId) ?? [], dropped, report)
}

function toTree(
  traceId: string,
  records: readonly ExchangeRecord[],
  dropped: number,
  report: ScanReport,
): TraceTree {
  const { roots, duplicates } = buildTree(records)
  const nodes = Array.from(walkTrace(roots), ({ node }) => node)
  const missing = nodes.filter(({ kind }) => kind === 'missing')
  const starts = nodes.flatMap(({ startMs }) => startMs ?? [])
  const startMs = starts.length === 0 ? undefined : starts.reduce((a, b) => Math.min(a, b))
  const endMs = nodes.reduce((latest, node) => Math.max(latest, node.endMs ?? 0), 0)
  return {
    traceId,
    roots,
    startMs,
    durationMs: startMs === undefined ? undefined : Math.round((endMs - startMs) * 1e3) / 1e3,
    exchanges: nodes.length - missing.length,
    missing: missing.length,
    duplicates,
    notes: notesOf(nodes, roots, dropped, report),
    scan: report,
  }
}

function notesOf(
  nodes: readonly TraceNode[],
  roots: readonly TraceNode[],
  dropped: number,
  report: ScanReport,
): string[] {
  const notes: string[] = []
  for (const { kind, spanId } of nodes)
    if (kind === 'missing')
      notes.push(`a span ${spanId} that no log line describes: the caller, or a service between`)
  if (roots.length > 1) notes.push(`${roots.length} beginnings: what links them is not in these logs`)
  notes.push(...clockNotes(nodes))
  if (dropped > 0) notes.push(`${dropped} more exchanges were left out`)
  if (report.brokenLines > 0)
    notes.push(`${count(report.brokenLines, 'line')} of it cannot be read: cut or damaged`)
  if (report.longLines > 0) notes.push(`${count(report.longLines, 'line')} above 1 MiB left out`)
  for (const { file, reason } of report.skipped) notes.push(`${file}: ${reason}`)
  return notes
}

/** One for each clock, not one for each exchange that was moved. */
function clockNotes(nodes: readonly TraceNode[]): string[] {
  const shifts = new Map<string, number>()
  for (const { record, clockShiftMs } of nodes) {
    const host = record?.hostname ?? record?.file
    if (host !== undefined && clockShiftMs !== 0 && !shifts.has(host)) shifts.set(host, clockShiftMs)
  }
  return Array.from(shifts, ([host, shiftMs]) => {
    const direction = shiftMs > 0 ? 'behind' : 'ahead'
    return `the clock of ${host} is about ${Math.round(Math.abs(shiftMs))} ms ${direction}; its exchanges are shown where they fit`
  })
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
