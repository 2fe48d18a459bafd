/** An assessment for people. */
import { displayPath } from '../errors.ts'
import { columns, indented, paint, printable, type Tone } from '../trace/text.ts'
import type { HistoryReport, Move } from './history.ts'
import type { Finding } from './source-scan.ts'
import type { Level } from './thresholds.ts'
import type { Answer, Assessment, Evidence, Verdict } from './verdict.ts'

const QUESTIONS: Readonly<Record<Answer['question'], string>> = {
  auth: 'How many ways to authenticate are there?',
  trace: 'How long, and how completely, can a path be rebuilt from logs?',
  routing: 'How often do callers change because something moved?',
}

const VERDICTS: Readonly<Record<Verdict['verdict'], string>> = {
  'no-gateway': 'No gateway needed.',
  wait: 'Wait.',
  auth: 'Start with auth.',
  trace: 'Start with trace.',
  routing: 'Start with routing.',
  unknown: 'Not enough to judge.',
}

const TONES: Readonly<Record<Level, Tone>> = {
  fine: 'green',
  watch: 'yellow',
  pressing: 'red',
  unknown: 'dim',
}

/** How many rows of evidence are shown of each kind. */
const ROWS = 12

/** The whole report as text. */
export function report({ answers, verdict, components }: Assessment, { source, history }: Evidence): string {
  const blocks = [
    paint('bold', VERDICTS[verdict.verdict]),
    verdict.reasons.map((reason) => `  ${printable(reason)}`).join('\n'),
    ...answers.map(
      ({ question, level, answer }) =>
        `${paint('bold', QUESTIONS[question])} ${paint(TONES[level], level)}\n  ${printable(answer)}`,
    ),
  ]
  if (source && source.findings.length > 0)
    blocks.push(
      `${paint('bold', 'Seen in source')}${source.isCut ? ' (time ran out: not all)' : ''}\n${findingTable(source.findings)}`,
    )
  if (history && history.moves.length > 0)
    blocks.push(
      `${paint('bold', 'Addresses that changed')}${history.isCut ? ' (time ran out: not all)' : ''}\n${monthTable(history)}\n\n${moveTable(history.moves)}`,
    )
  if (components.length > 0)
    blocks.push(`${paint('bold', 'Services')}\n  ${printable(components.join(', '))}`)
  return blocks.join('\n\n')
}

function findingTable(findings: readonly Finding[]): string {
  // One row for each scheme and service; the first place is evidence enough for people.
  const rows = findings.filter(
    ({ scheme, service, by }, index) =>
      index ===
      findings.findIndex((other) => other.scheme === scheme && other.service === service && other.by === by),
  )
  const shown = [...rows]
    .sort((a, b) => a.scheme.localeCompare(b.scheme) || a.service.localeCompare(b.service))
    .slice(0, ROWS * 2)
  const table = columns<Finding>(shown, [
    { head: 'scheme', cell: ({ scheme }) => scheme },
    { head: 'service', cell: ({ service }) => service, most: 24 },
    { head: 'by', cell: ({ by }) => by, most: 40 },
    { head: 'where', cell: ({ file, line }) => `${displayPath(file)}:${line}` },
  ])
  return indented(table) + more(rows.length, shown.length)
}

function monthTable({ moves }: HistoryReport): string {
  const byMonth = new Map<string, Move[]>()
  for (const move of moves) byMonth.set(move.month, [...(byMonth.get(move.month) ?? []), move])
  const rows = [...byMonth].sort(([a], [b]) => (a < b ? 1 : -1)).slice(0, ROWS)
  return indented(
    columns(rows, [
      { head: 'month', cell: ([month]) => month },
      { head: 'changes', cell: ([, of]) => String(of.length), align: 'right' },
      {
        head: 'callers',
        cell: ([, of]) => [...new Set(of.map(({ caller }) => caller))].sort().join(', '),
        most: 60,
      },
    ]),
  )
}

function moveTable(moves: readonly Move[]): string {
  const shown = moves.slice(0, ROWS)
  const table = columns<Move>(shown, [
    { head: 'caller', cell: ({ caller }) => caller, most: 24 },
    { head: 'from', cell: ({ from }) => from, most: 36 },
    { head: 'to', cell: ({ to }) => to, most: 36 },
    { head: 'file', cell: ({ file }) => file, most: 48 },
    { head: 'commit', cell: ({ commit }) => commit },
  ])
  return indented(table) + more(moves.length, shown.length)
}

function more(all: number, shown: number): string {
  return all > shown ? `\n  and ${all - shown} more: --json has all` : ''
}
