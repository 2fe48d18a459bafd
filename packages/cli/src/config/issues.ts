/** What is wrong with a configuration, and how it is said: place, path, words, the line and a caret. */
import { formatPath } from '@postern/core'
import { CommandError, displayPath } from '../errors.ts'
import { EXIT } from '../exit-codes.ts'
import { printable } from '../trace/text.ts'
import type { ConfigSource, Position } from './document.ts'

/** One thing wrong with a configuration. */
export interface ConfigIssue {
  /** Keys from the root of the file; empty for what concerns the file as a whole. */
  readonly path: readonly PropertyKey[]
  /** What is wrong, in words. */
  readonly message: string
  /** Whether the key is at fault or its value. Default: `value`. */
  readonly at?: 'key' | 'value'
  /** The place, where it is known without the path: syntax errors. */
  readonly position?: Position
}

/** An issue with its place, ready to be shown or to be put into an editor. */
export interface PlacedIssue {
  /** `plugins[1].options.jwt[0].issuer`, empty for the file as a whole. */
  readonly path: string
  /** What is wrong, in words. No secret is in it. */
  readonly message: string
  /** Line from 1, `undefined` where the form of configuration has no places (TypeScript, JavaScript). */
  readonly line: number | undefined
  /** Column from 1. */
  readonly column: number | undefined
}

/**
 * The configuration is not valid. Its message is the whole text for the terminal, all issues in order of
 * place.
 */
export class ConfigError extends CommandError {
  override readonly name = 'ConfigError'
  /** Absolute path of the configuration. */
  readonly file: string
  /** Everything that is wrong. */
  readonly issues: readonly PlacedIssue[]
  /** Absolute paths of files for secrets and certificates that it names: when one comes, it may be valid. */
  readonly files: readonly string[]

  constructor(
    source: ConfigSource,
    issues: readonly ConfigIssue[],
    redact: (text: string) => string = (text) => text,
    files: Iterable<string> = [],
  ) {
    const placed = issues.map((issue) => placeIssue(source, issue, redact)).sort(byPlace)
    const unique = placed.filter(
      (issue, index) => index === placed.findIndex((other) => sameIssue(issue, other)),
    )
    super(unique.map((issue) => renderIssue(source, issue, redact)).join('\n'), EXIT.usage)
    this.file = source.file
    this.issues = unique
    this.files = [...files]
  }
}

/** An issue with its place in the file, and without secrets. */
export function placeIssue(
  source: ConfigSource,
  issue: ConfigIssue,
  redact: (text: string) => string,
): PlacedIssue {
  // Without a path it is about the file as a whole, unless it says that it is about the value in it.
  const isPlaced = issue.path.length > 0 || issue.at !== undefined
  const position = issue.position ?? (isPlaced ? source.locate(issue.path, issue.at ?? 'value') : undefined)
  return {
    path: formatPath(issue.path),
    message: redact(issue.message),
    line: position?.line,
    column: position?.column,
  }
}

/** The order of the file. */
export function byPlace(a: PlacedIssue, b: PlacedIssue): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)
}

function sameIssue(a: PlacedIssue, b: PlacedIssue): boolean {
  return a.path === b.path && a.message === b.message && a.line === b.line && a.column === b.column
}

/**
 * Place, path, words, and the line with a caret.
 * @param redact takes secrets out of the line.
 */
export function renderIssue(
  source: ConfigSource,
  { path, message, line, column }: PlacedIssue,
  redact: (text: string) => string,
): string {
  const file = displayPath(source.file)
  const where = line === undefined ? file : `${file}:${line}:${column ?? 1}`
  const words = message.split('\n').map(printable).join('\n')
  const head = `${where}  ${path === '' ? '' : `${printable(path)}: `}${words}`
  const text = line === undefined ? undefined : source.line(line)
  return text === undefined ? head : `${head}\n${frame(redact(text), Number(line), column ?? 1)}`
}

/** How much of a line is shown: minified JSON is one line of any length. */
const FRAME_WIDTH = 96

function frame(text: string, line: number, column: number): string {
  const start = column > FRAME_WIDTH - 16 ? column - FRAME_WIDTH / 2 : 0
  const shown = text.slice(start, start + FRAME_WIDTH)
  // Tabs stay tabs, so that the caret stands below what it points at whatever the terminal makes of them.
  const indent = text.slice(start, column - 1).replaceAll(/[^\t]/g, ' ')
  const gutter = ` ${line} | `
  // One cell for one character, or the caret would stand elsewhere.
  const safe = shown.replaceAll(/[^\P{Cc}\t]/gu, '\ufffd')
  return `${gutter}${safe}\n${' '.repeat(gutter.length - 2)}| ${indent}^`
}
