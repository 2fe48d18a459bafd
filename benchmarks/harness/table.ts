import { scenarioNamed } from '../scenarios.ts'
import type { DuelFigures } from './duel.ts'
import type { GrowthFigures } from './growth.ts'
import { isDuel, isRace, isStarts, type Result } from './result.ts'
import type { StartFigures } from './starts.ts'
import type { Figures, Spread } from './statistics.ts'

/** Markers between which `--markdown` writes. */
export const START = '<!-- bench:start -->'
export const END = '<!-- bench:end -->'

type Row = readonly string[]

/** The figures of one scenario as aligned columns; `per` is what they are per. */
export function textTable(figures: Record<string, Figures>, per: string): string {
  const rows = ranked(figures).map(
    ([name, figure]): Row => [
      name,
      figure.ratioToFloor.toFixed(2),
      range(figure.spread.ratioToFloor, 2),
      figure.cpuMicrosPerRequest.toFixed(1),
      range(figure.spread.cpuMicrosPerRequest, 1),
      figure.requestsPerSecond.toFixed(0),
      range(figure.spread.requestsPerSecond, 0),
      figure.p50Ms.toFixed(2),
      figure.p99Ms.toFixed(2),
      mebibytes(figure.rssBytes),
      ...idleCells(figure),
      ...delayCells(figure),
    ],
  )
  const head = [
    'contender',
    'x floor',
    '(min-max)',
    `CPU us/${per}`,
    '(min-max)',
    `${per}s/s`,
    '(min-max)',
    'p50 ms',
    'p99 ms',
    'RSS MiB',
    ...(hasIdle(figures) ? ['KiB/idle'] : []),
    ...(hasDelay(figures) ? ['loop p99 ms', '(min-max)'] : []),
  ]
  return aligned([head, ...rows])
}

/** The ratios of all scenarios for a page that people read: no absolute time, which would invite a wrong comparison. */
export function markdownTable(result: Result, note: string): string {
  const tables = Object.entries(result.scenarios).map(([scenario, figures]) => {
    if (isDuel(figures)) return duelMarkdown(scenario, figures)
    if (isStarts(figures)) return startsMarkdown(scenario, figures)
    if (!isRace(figures)) return growthMarkdown(scenario, figures)
    const head = [
      scenario,
      `CPU per ${scenarioNamed(scenario).per}, × floor`,
      'min-max',
      'memory, MiB',
      ...(hasIdle(figures) ? ['KiB per idle connection'] : []),
      ...(hasDelay(figures) ? ['event-loop delay p99, ms', 'min-max'] : []),
    ]
    const rows = ranked(figures).map(([name, figure]) => [
      name,
      figure.ratioToFloor.toFixed(2),
      range(figure.spread.ratioToFloor, 2),
      mebibytes(figure.rssBytes),
      ...idleCells(figure),
      ...delayCells(figure),
    ])
    return markdown([head, ...rows])
  })
  const { machine, node, commit } = result
  const origin = `${machine.cpu}, ${machine.cores} cores, Node ${node}, commit ${commit}.`
  return [...tables, `${note} ${origin}`].join('\n\n')
}

/** The figures of an in-process scenario as aligned columns. */
export function growthTable(figures: Record<string, GrowthFigures>, per: string): string {
  const rows = Object.entries(figures).map(
    ([size, { nanosPerLookup, ratioToSmallest, spread }]): Row => [
      size,
      ratioToSmallest.toFixed(2),
      range(spread.ratioToSmallest, 2),
      nanosPerLookup.toFixed(0),
      range(spread.nanosPerLookup, 0),
    ],
  )
  return aligned([['size', 'x smallest', '(min-max)', `ns/${per}`, '(min-max)'], ...rows])
}

/** The figures of two commands as aligned columns. */
export function duelTable(figures: Record<string, DuelFigures>): string {
  const rows = Object.entries(figures).map(
    ([name, { megabytesPerSecond, ratioToGrep, spread }]): Row => [
      name,
      ratioToGrep.toFixed(2),
      range(spread.ratioToGrep, 2),
      megabytesPerSecond.toFixed(0),
      range(spread.megabytesPerSecond, 0),
    ],
  )
  return aligned([['command', 'x grep', '(min-max)', 'MB/s', '(min-max)'], ...rows])
}

/** The figures of starts as aligned columns. */
export function startsTable(figures: Record<string, StartFigures>): string {
  const rows = Object.entries(figures).map(
    ([name, { startMs, overNodeMs, spread }]): Row => [
      name,
      overNodeMs.toFixed(0),
      range(spread.overNodeMs, 0),
      startMs.toFixed(0),
      range(spread.startMs, 0),
    ],
  )
  return aligned([['started', 'ms over node', '(min-max)', 'ms', '(min-max)'], ...rows])
}

function startsMarkdown(scenario: string, figures: Record<string, StartFigures>): string {
  const rows = Object.entries(figures).map(([name, { overNodeMs, spread }]) => [
    name,
    overNodeMs.toFixed(0),
    range(spread.overNodeMs, 0),
  ])
  return markdown([[scenario, "ms over Node's own start", 'min-max'], ...rows])
}

function duelMarkdown(scenario: string, figures: Record<string, DuelFigures>): string {
  const rows = Object.entries(figures).map(([name, { ratioToGrep, spread }]) => [
    name,
    ratioToGrep.toFixed(2),
    range(spread.ratioToGrep, 2),
  ])
  return markdown([[scenario, "throughput, × grep's", 'min-max'], ...rows])
}

function growthMarkdown(scenario: string, figures: Record<string, GrowthFigures>): string {
  const rows = Object.entries(figures).map(([size, { ratioToSmallest, spread }]) => [
    size,
    ratioToSmallest.toFixed(2),
    range(spread.ratioToSmallest, 2),
  ])
  return markdown([[scenario, '× smallest', 'min-max'], ...rows])
}

function markdown([head = [], ...rows]: readonly Row[]): string {
  const line = (cells: Row) => `| ${cells.join(' | ')} |`
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n')
}

/**
 * Replaces what stands between the markers.
 * @throws Error when the markers are not both there, in order
 */
export function replaceBetweenMarkers(text: string, table: string): string {
  const start = text.indexOf(START)
  const end = text.indexOf(END, start)
  if (start === -1 || end === -1) throw new Error(`the file has no ${START} followed by ${END}`)
  return `${text.slice(0, start + START.length)}\n${table}\n${text.slice(end)}`
}

/** Cheapest first. */
function ranked(figures: Record<string, Figures>): [string, Figures][] {
  return Object.entries(figures).toSorted(([, a], [, b]) => a.ratioToFloor - b.ratioToFloor)
}

function range([min, max]: Spread, digits: number): string {
  return `${min.toFixed(digits)}-${max.toFixed(digits)}`
}

function hasIdle(figures: Record<string, Figures>): boolean {
  return Object.values(figures).some(({ idleConnectionBytes }) => idleConnectionBytes !== undefined)
}

/** The cell of the column that only some scenarios have. */
function idleCells({ idleConnectionBytes }: Figures): string[] {
  return idleConnectionBytes === undefined ? [] : [(idleConnectionBytes / 1024).toFixed(0)]
}

function hasDelay(figures: Record<string, Figures>): boolean {
  return Object.values(figures).some(({ eventLoopDelayP99Ms }) => eventLoopDelayP99Ms !== undefined)
}

/** The cells of the event loop's delay and its spread, which only some scenarios have. */
function delayCells({ eventLoopDelayP99Ms, spread }: Figures): string[] {
  const delays = spread.eventLoopDelayP99Ms
  if (eventLoopDelayP99Ms === undefined || delays === undefined) return []
  return [eventLoopDelayP99Ms.toFixed(2), range(delays, 2)]
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0)
}

/** The first column to the left, numbers to the right. */
function aligned(rows: readonly Row[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  const line = (row: Row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
  return rows.map(line).join('\n')
}
