/** Words for a place in a trace, the same in the terminal and on a page. */
import type { ExchangeRecord, TraceNode, TraceTree } from '@postern/plugin-trace/reconstruct'
import type { Library } from './library.ts'

/** What people call it: the service, with its route and seat where they say more. */
export function nameOf({ record, spanId }: TraceNode, { calleeOf }: Library): string {
  if (!record) return `? span ${spanId}`
  if (record.origin === 'otlp')
    return [record.name, record.spanName].filter((part) => part !== undefined).join(' · ')
  const callee = calleeOf(record)
  const route = [undefined, callee, 'default'].includes(record.route) ? '' : ` (${record.route})`
  const seat = record.seat === undefined || record.seat === 'hop' ? '' : ` [${record.seat}]`
  return `${callee}${route}${seat}`
}

/** Method and path. */
export function requestOf({ record }: TraceNode): string {
  return [record?.method, record?.path].filter((part) => part !== undefined).join(' ')
}

/** What else is worth a word. */
export interface Remark {
  readonly text: string
  readonly isError: boolean
}

/** Errors first, then what is merely unusual, then who called. */
export function remarksOf(node: TraceNode): Remark[] {
  const { record } = node
  if (!record) return [{ text: 'no log line describes it: the caller, or a service between', isError: false }]
  const errors = [record.error, endOf(record)]
  const others = [
    node.attempt !== undefined && node.attempt > 1 ? `attempt ${node.attempt}` : undefined,
    record.attempts === undefined || record.attempts === 1 ? undefined : `${record.attempts} attempts`,
    record.alias === undefined ? undefined : `asked for as ${record.alias}`,
    record.verdicts,
    node.clockShiftMs === 0 ? undefined : 'clock aligned',
    callerOf(record),
  ]
  return [
    ...errors.flatMap((text) => (text === undefined ? [] : [{ text, isError: true }])),
    ...others.flatMap((text) => (text === undefined ? [] : [{ text, isError: false }])),
  ]
}

function endOf({ aborted, closedBy }: ExchangeRecord): string | undefined {
  if (closedBy !== undefined) return `closed by ${closedBy}`
  return aborted === true ? 'aborted' : undefined
}

function callerOf({ caller, auth }: ExchangeRecord): string | undefined {
  if (caller === undefined) return undefined
  return `from ${caller}${auth === undefined ? '' : ` (${auth})`}`
}

/** Where a node lies in its trace, 0 to 1 both; `undefined` without times. */
export function placeOf(node: TraceNode, tree: TraceTree): { from: number; to: number } | undefined {
  const { startMs, endMs } = node
  if (startMs === undefined || endMs === undefined || tree.startMs === undefined) return undefined
  const whole = Math.max(tree.durationMs ?? 0, 0.001)
  return { from: (startMs - tree.startMs) / whole, to: (endMs - tree.startMs) / whole }
}

/** One line about the whole. */
export function summaryOf(tree: TraceTree): string {
  const parts = [`${tree.exchanges} ${tree.exchanges === 1 ? 'exchange' : 'exchanges'}`]
  if (tree.missing > 0) parts.push(`${tree.missing} missing`)
  if (tree.duplicates > 0) parts.push(`${tree.duplicates} logged twice`)
  return parts.join(', ')
}
