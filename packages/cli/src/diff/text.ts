/** Differences for a terminal, and for a pull request. */
import { columns, counted, paint, printable, type Tone } from '../trace/text.ts'
import type { Change, ChangeKind } from './changes.ts'
import { type ShapeChange, type ShapeReport, shapeSummary } from './shape-changes.ts'

/** What was compared, and what came out. */
export interface DiffReport {
  readonly before: string
  readonly after: string
  readonly changes: readonly Change[]
  /** `undefined` without logs. */
  readonly shapes: ShapeReport | undefined
}

const HEADINGS: Readonly<Record<ChangeKind, readonly [heading: string, tone: Tone]>> = {
  opens: ['Newly open', 'red'],
  refuses: ['Newly refused', 'red'],
  moves: ['Other upstream', 'yellow'],
  limits: ['Other limits', 'yellow'],
  listens: ['Other face to clients', 'yellow'],
  behaves: ['Otherwise', 'cyan'],
}

/** So many names of routes are named in a line. */
const MOST_NAMES = 6
/** So many kinds of requests are shown. */
const MOST_SHAPES = 50

/** For a terminal. */
export function diffText({ before, after, changes, shapes }: DiffReport): string {
  const head = `${before} → ${after}: ${changes.length === 0 ? 'the same meaning' : counted(changes.length, 'change')}`
  const sections = sectionsOf(changes).map(([kind, some]) => {
    const [heading, tone] = HEADINGS[kind]
    return `${paint(tone, heading)}\n${some.map((change) => `  ${printable(lineOf(change))}`).join('\n')}`
  })
  return [head, ...sections, ...(shapes ? [shapesText(shapes)] : [])].join('\n\n')
}

/** Markdown for a pull request. */
export function diffMarkdown({ before, after, changes, shapes }: DiffReport): string {
  const title = `### ${markdown(before)} → ${markdown(after)}`
  if (changes.length === 0 && !shapes) return `${title}\n\nThe same meaning.`
  const sections = sectionsOf(changes).map(
    ([kind, some]) =>
      `**${HEADINGS[kind][0]}**\n\n${some.map((change) => `- ${markdown(lineOf(change))}`).join('\n')}`,
  )
  const rows = (shapes?.changes ?? []).slice(0, MOST_SHAPES).map((change) => {
    const cells = [
      requestOf(change),
      change.shape.caller || 'nobody known',
      String(change.shape.requests),
      fromTo(change),
    ]
    return `| ${cells.map(markdown).join(' | ')} |`
  })
  const table =
    rows.length === 0 ? [] : [['| request | caller | requests | |', '|---|---|---|---|', ...rows].join('\n')]
  const summary = shapes ? [`${summaryOf(shapes)}`] : []
  return [title, ...(changes.length === 0 ? ['The same meaning.'] : sections), ...summary, ...table].join(
    '\n\n',
  )
}

function sectionsOf(changes: readonly Change[]): [ChangeKind, Change[]][] {
  return [...Map.groupBy(changes, ({ kind }) => kind)]
}

function lineOf({ of, names, what }: Change): string {
  const shown = names.slice(0, MOST_NAMES).join(', ')
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : ''
  if (names.length === 0) return what
  return `${of === 'plugin' ? '' : `${of}${names.length > 1 ? 's' : ''} `}${shown}${more}: ${what}`
}

function shapesText(report: ShapeReport): string {
  const shown = report.changes.slice(0, MOST_SHAPES)
  const rest = report.changes.length - shown.length
  const table = columns<ShapeChange>(shown, [
    { head: 'request', cell: requestOf, most: 60 },
    { head: 'caller', cell: ({ shape }) => shape.caller || 'nobody known', most: 30 },
    { head: 'auth', cell: ({ shape }) => shape.auth },
    { head: 'requests', cell: ({ shape }) => String(shape.requests), align: 'right' },
    { head: 'becomes', cell: fromTo, tone: ({ becomes }) => (becomes === 'upstream' ? 'yellow' : 'red') },
  ])
  return [
    summaryOf(report),
    ...(shown.length > 0 ? [table] : []),
    ...(rest > 0 ? [`… and ${rest} more kinds; --json has them all`] : []),
  ].join('\n\n')
}

function summaryOf(report: ShapeReport): string {
  const { shapes, requests, unknown } = report
  const left =
    unknown > 0
      ? `\n${counted(unknown, 'kind')} left out: the log has another route for it than ${unknown > 1 ? 'they get' : 'it gets'} by method and path`
      : ''
  return `${counted(shapes, 'kind')} of requests in the logs (${counted(requests, 'request')}): ${shapeSummary(report)}${left}`
}

function requestOf({ shape: { method, pattern } }: ShapeChange): string {
  return `${method} ${pattern}`
}

function fromTo({ becomes, before, after }: ShapeChange): string {
  const place = (outcome: ShapeChange['before']): string =>
    outcome.status === undefined ? firstLine(outcome.upstream) : String(outcome.status)
  const [from, to] = [place(before), place(after)]
  if (becomes !== 'upstream' || from !== to) return `${from} → ${to}`
  const [was, is] = [lastLine(before.upstream), lastLine(after.upstream)]
  return was === is ? `${from}, at other endpoints` : `${from}: ${was} → ${is}`
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}

function lastLine(text: string): string {
  return text.slice(text.lastIndexOf('\n') + 1)
}

/** Text of logs and options is no markup. */
function markdown(text: string): string {
  return printable(text).replaceAll(/[\\`*_{}[\]<>|#~]/g, (character) => `\\${character}`)
}
