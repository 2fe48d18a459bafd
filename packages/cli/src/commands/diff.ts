import { compareMeanings } from '../diff/compare.ts'
import { judging } from '../diff/judge.ts'
import { type Meaning, meaningOf } from '../diff/meaning.ts'
import { compareShapes, type ShapeReport } from '../diff/shape-changes.ts'
import { readShapes } from '../diff/shapes.ts'
import { loadSide, type Side } from '../diff/side.ts'
import { diffMarkdown, diffText } from '../diff/text.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { print, say } from '../output.ts'
import { jsonText } from '../trace/text.ts'
import { readLogs, sayFaults } from './read-logs.ts'

/** Options of `gw diff`. */
export interface DiffOptions {
  /** Access logs whose kinds of requests are asked of both. */
  readonly shapes?: readonly string[]
  readonly format: 'text' | 'markdown' | 'json'
  readonly json?: true
}

/** A configuration, and what it means. */
interface Read {
  readonly side: Side
  readonly meaning: Meaning
}

/**
 * Says what a new configuration changes in meaning. Nothing is sent.
 *
 * @returns 0 for the same meaning, 1 when it differs, 2 when one of both cannot be read.
 */
export async function diff(before: string, after: string, options: DiffOptions): Promise<ExitCode> {
  const [a, b] = [await read(before), await read(after)]
  const changes = compareMeanings(a.meaning, b.meaning)
  const finish = (shapes: ShapeReport | undefined): ExitCode => {
    const report = { before, after, changes, shapes }
    const form = options.json ? 'json' : options.format
    if (form === 'json') print(jsonText(report))
    else print(form === 'markdown' ? diffMarkdown(report) : diffText(report))
    const differs = changes.length > 0 || (shapes?.changes.length ?? 0) > 0
    return differs ? EXIT.failed : EXIT.ok
  }
  return options.shapes ? withShapes(options.shapes, a, b, finish) : finish(undefined)
}

async function read(given: string): Promise<Read> {
  const side = await loadSide(given)
  return { side, meaning: await meaningOf(side.config) }
}

function withShapes(
  logs: readonly string[],
  before: Read,
  after: Read,
  finish: (shapes: ShapeReport) => ExitCode,
): Promise<ExitCode> {
  return readLogs(logs, {}, async ({ library, sources, scanning }) => {
    const { shapes, leftOut, report } = await readShapes(library, sources, scanning)
    const compared = await judging(before.side.config, before.meaning, (was) =>
      judging(after.side.config, after.meaning, (is) => compareShapes(shapes, was, is)),
    )
    const code = finish(compared)
    if (leftOut > 0)
      say(`${leftOut} requests left out: their lines have no path, or there were too many kinds`)
    sayFaults(report)
    return code
  })
}
