/** A trace as lines for a terminal: the tree to the left, time to the right. */
import type { TraceNode, TraceTree } from '@postern/plugin-trace/reconstruct'
import { nameOf, placeOf, type Remark, remarksOf, requestOf, summaryOf } from './describe.ts'
import type { Library } from './library.ts'
import { fit, moment, ms, paint, printable, toneOf, widthOf } from './text.ts'

const TIME_WIDTH = 8
const TIMES = ['total', 'gateway', 'upstream'] as const
/** Narrower terminals have room for the first of them only. */
const ALL_TIMES_WIDTH = 80
const MIN_REQUEST = 10
const MIN_BAR = 12
const MAX_BAR = 48
/** Status, bar's ends and the blanks between columns. */
const FIXED = 2 + 2 + 3 + 2 + 2

interface Row {
  readonly node: TraceNode
  readonly name: string
  readonly request: string
  /** What stands before a second line of the row, so that the tree's lines go on. */
  readonly rail: string
  readonly remarks: readonly Remark[]
}

/** The lines of a trace, for so many cells. */
export function waterfall(tree: TraceTree, library: Library, width: number): string {
  const rows = rowsOf(tree, library)
  const nameWidth = Math.min(
    longest(rows.map(({ name }) => name)),
    Math.floor(width * (width < 100 ? 0.25 : 0.34)),
  )
  const shownTimes = width < ALL_TIMES_WIDTH ? TIMES.slice(0, 1) : TIMES
  const room = width - FIXED - shownTimes.length * (TIME_WIDTH + 1) - nameWidth
  const requestWidth = Math.min(
    longest(rows.map(({ request }) => request)),
    Math.max(MIN_REQUEST, room - MIN_BAR),
  )
  const barWidth = Math.min(MAX_BAR, Math.max(MIN_BAR, room - requestWidth))
  const head = `trace ${tree.traceId}`
  const facts = [
    moment(tree.startMs),
    tree.durationMs === undefined ? '' : `${ms(tree.durationMs)} ms`,
    summaryOf(tree),
  ]
  const titles = `${' '.repeat(nameWidth + requestWidth + barWidth + FIXED)}${shownTimes.map((title) => fit(title, TIME_WIDTH + 1, 'right')).join('')}`
  const lines = rows.flatMap((row) => {
    const main = mainLine(row, tree, { nameWidth, requestWidth, barWidth, times: shownTimes.length })
    return [main, ...remarkLines(row, width)]
  })
  const notes = tree.notes.map((note) => paint('yellow', `! ${printable(note)}`))
  return [
    `${paint('bold', head)}   ${facts.filter((fact) => fact !== '').join('   ')}`,
    '',
    paint('dim', titles),
    ...lines,
    ...(notes.length > 0 ? ['', ...notes] : []),
  ].join('\n')
}

/** Every node with the lines of the tree before its name. */
function rowsOf(tree: TraceTree, library: Library): Row[] {
  const rails: string[] = []
  return Array.from(library.walkTrace(tree.roots), ({ node, depth, isLast }): Row => {
    const before = rails.slice(0, depth).join('')
    // A root has no line to its left.
    rails[depth] = depth === 0 ? '' : isLast ? '   ' : '│  '
    const branch = depth === 0 ? '' : isLast ? '└─ ' : '├─ '
    return {
      node,
      name: before + branch + printable(nameOf(node, library)),
      request: printable(requestOf(node)),
      rail: before + (rails[depth] ?? '') + (node.children.length > 0 ? '│  ' : '   '),
      remarks: remarksOf(node),
    }
  })
}

interface Widths {
  readonly nameWidth: number
  readonly requestWidth: number
  readonly barWidth: number
  /** How many times are shown. */
  readonly times: number
}

function mainLine({ node, name, request }: Row, tree: TraceTree, widths: Widths): string {
  const { record } = node
  const status = record?.status === undefined ? '' : String(record.status)
  const total = record?.durationMs ?? spanMs(node)
  const times = [total, record?.gatewayMs, record?.upstreamMs]
    .slice(0, widths.times)
    .map((time) => fit(ms(time), TIME_WIDTH, 'right'))
  return [
    paint(record ? 'bold' : 'dim', fit(name, widths.nameWidth)),
    ` ${fit(request, widths.requestWidth)}`,
    ` ${paint(toneOf(record?.status), fit(status, 3))}`,
    ` ${bar(node, tree, widths.barWidth)}`,
    ...times,
  ]
    .join(' ')
    .trimEnd()
}

function bar(node: TraceNode, tree: TraceTree, width: number): string {
  const place = placeOf(node, tree)
  const from = place ? Math.min(width - 1, Math.floor(place.from * width)) : width
  const to = place ? Math.min(width, Math.max(from + 1, Math.round(place.to * width))) : width
  const cells = (node.record ? '█' : '░').repeat(to - from)
  const tone = node.record === undefined ? 'dim' : (node.record.status ?? 0) >= 500 ? 'red' : 'cyan'
  return `▕${' '.repeat(from)}${cells === '' ? '' : paint(tone, cells)}${' '.repeat(width - to)}▏`
}

/** Remarks below the exchange that they are about, as many on a line as fit. */
function remarkLines({ remarks, rail }: Row, width: number): string[] {
  const room = Math.max(20, width - widthOf(rail))
  const lines: { text: string; painted: string }[] = []
  for (const { text, isError } of remarks) {
    const shown = printable(text)
    const painted = paint(isError ? 'red' : 'dim', shown)
    const last = lines.at(-1)
    if (last && widthOf(last.text) + 3 + widthOf(shown) <= room) {
      last.text += ` · ${shown}`
      last.painted += `${paint('dim', ' · ')}${painted}`
    } else lines.push({ text: shown, painted })
  }
  return lines.map(({ painted }) => `${paint('dim', rail)}${painted}`)
}

function spanMs({ startMs, endMs }: TraceNode): number | undefined {
  return startMs === undefined || endMs === undefined ? undefined : endMs - startMs
}

function longest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, widthOf(text)), 0)
}
