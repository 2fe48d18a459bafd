import type { SoakResult } from './result.ts'
import type { Counts, Tally } from './tally.ts'

const COLUMNS = ['sent', 'right', 'rightError', 'lost', 'wrong'] as const satisfies (keyof Counts)[]

/** The report of a round: a line per kind, what was left, and every failure that was kept. */
export function reportText(tally: Tally, result: SoakResult, verdict: readonly string[]): string {
  const rows = [...tally.byKind].map(([name, counts]) => row(name, counts))
  const { socketsLeft, timersLeft, heapGrowth } = result
  return [
    aligned([['', ...COLUMNS], ...rows, row('all', result)]),
    '',
    `left in the gateway: ${socketsLeft} sockets, ${timersLeft} timers; heap ${signed(heapGrowth)} since the warm-up`,
    ...tally.failures.map(
      ({ kind, index, outcome, message }) => `${outcome}: case ${index} (${kind}): ${message}`,
    ),
    verdict.length === 0 ? 'passed' : `FAILED: ${verdict.join(', ')}`,
  ].join('\n')
}

function row(name: string, counts: Counts): string[] {
  return [name, ...COLUMNS.map((column) => String(counts[column]))]
}

function signed(growth: number): string {
  return `${growth < 0 ? '' : '+'}${(growth * 100).toFixed(1)} %`
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = COLUMNS.map((_, column) =>
    Math.max(...rows.map((cells) => (cells[column + 1] ?? '').length)),
  )
  const nameWidth = Math.max(...rows.map(([name = '']) => name.length))
  return rows
    .map(([name = '', ...cells]) =>
      [name.padEnd(nameWidth), ...cells.map((cell, column) => cell.padStart(widths[column] ?? 0))].join('  '),
    )
    .join('\n')
}
