/** Text for a terminal. What logs say was chosen by strangers: a path may hold whatever moves a cursor. */
import { styleText } from 'node:util'

/** Control characters, and those that turn the direction of what follows. */
const CONTROLS = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu

/** The text with whatever could act on a terminal made visible. */
export function printable(text: string): string {
  return text.replaceAll(CONTROLS, escapeOf)
}

/** JSON over several lines: JSON itself leaves the controls above U+007E and those of direction as they are. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll(CONTROLS, (character) =>
    character === '\n' ? character : escapeOf(character),
  )
}

/** As JSON writes it, too. */
function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** The text in just so many cells: filled up, or cut with an ellipsis. */
export function fit(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const characters = Array.from(text)
  if (characters.length > width) return width < 1 ? '' : `${characters.slice(0, width - 1).join('')}…`
  const blanks = ' '.repeat(width - characters.length)
  return align === 'left' ? text + blanks : blanks + text
}

/** How many cells a text takes. */
export function widthOf(text: string): number {
  return Array.from(text).length
}

/** Colours that this program uses, by what they mean. */
export type Tone = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan'

/** Colours a text, where standard output shows colours: not in a pipe, not with NO_COLOR. */
export function paint(tone: Tone, text: string): string {
  return styleText(tone, text, { stream: process.stdout })
}

/** How bad a status is. */
export function toneOf(status: number | undefined): Tone {
  if (status === undefined || status === 0) return 'dim'
  if (status >= 500) return 'red'
  return status >= 400 ? 'yellow' : 'green'
}

/** Milliseconds for people: three digits that count. */
export function ms(value: number | undefined): string {
  if (value === undefined) return ''
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)
}

/** A moment by the UTC clock, which the logs of all hosts share. */
export function moment(epochMs: number | undefined): string {
  if (epochMs === undefined || Math.abs(epochMs) > 8.64e15) return ''
  return new Date(epochMs).toISOString().replace('T', ' ').replace('Z', '')
}

/** Cells of standard output. In a pipe as wide as COLUMNS says, or wide enough for most. */
export function outputWidth(): number {
  const told = process.stdout.columns ?? Number(process.env['COLUMNS'])
  return Number.isInteger(told) && told > 0 ? Math.max(told, 60) : 140
}

/** A column of a table. */
export interface Column<Row> {
  readonly head: string
  readonly cell: (row: Row) => string
  readonly align?: 'left' | 'right'
  readonly tone?: (row: Row) => Tone | undefined
  /** Longest content; what is above is cut. */
  readonly most?: number
}

/** Rows in aligned columns below their heads. Columns without any content are left out. */
export function columns<Row>(rows: readonly Row[], all: readonly Column<Row>[]): string {
  const filled = all
    .map((column) => ({ ...column, cells: rows.map((row) => printable(column.cell(row))) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''))
    .map((column) => {
      const widest = Math.max(...[column.head, ...column.cells].map(widthOf))
      return { ...column, width: Math.min(widest, column.most ?? widest) }
    })
  const heads = filled.map(({ head, width, align }) => paint('dim', fit(head, width, align)))
  const lines = rows.map((row, index) =>
    filled.map(({ cells, width, align, tone }) => {
      const cell = fit(cells[index] ?? '', width, align)
      const wanted = tone?.(row)
      return wanted === undefined ? cell : paint(wanted, cell)
    }),
  )
  return [heads, ...lines].map((cells) => cells.join('  ').trimEnd()).join('\n')
}

/** `1 route`, `2 addresses`. */
export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : word.endsWith('s') ? 'es' : 's'}`
}

/** Every line two blanks further in. */
export function indented(text: string): string {
  return text.replaceAll(/^/gm, '  ')
}
