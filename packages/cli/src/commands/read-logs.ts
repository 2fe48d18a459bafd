/** What every command that reads logs does around its work. */
import type { ScanOptions, ScanReport, TraceSource } from '@postern/plugin-trace/reconstruct'
import { displayPath } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { say } from '../output.ts'
import { type Library, loadLibrary } from '../trace/library.ts'
import { progressLine } from '../trace/progress.ts'
import { sourcesOf } from '../trace/sources.ts'
import { printable } from '../trace/text.ts'

/** Options of every command that reads logs. */
export interface ReadOptions {
  /** The configuration whose log is read when no files are given. */
  readonly config?: string
  /** Print JSON. */
  readonly json?: true
}

/** What the work of a command gets. */
export interface Reading {
  readonly library: Library
  readonly sources: readonly TraceSource[]
  readonly scanning: ScanOptions
}

/**
 * Finds the logs, and shows progress while they are read.
 * @returns what the work returns.
 * @throws {UsageError} @throws {ConfigError} when there is nothing to read.
 */
export async function readLogs(
  files: readonly string[],
  { config }: ReadOptions,
  work: (reading: Reading) => Promise<ExitCode>,
): Promise<ExitCode> {
  // A reader that has seen enough (`gw trace … | head`) needs no more of the logs.
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') process.exit(EXIT.ok)
  })
  const progress = progressLine()
  try {
    const sources = await sourcesOf(files, config)
    const library = await loadLibrary()
    return await work({ library, sources, scanning: { onProgress: progress.onProgress } })
  } finally {
    progress.end()
  }
}

/** Says what of the logs could not be read. */
export function sayFaults({ brokenLines, longLines, skipped }: ScanReport): void {
  if (brokenLines > 0) say(`${brokenLines} lines cannot be read: cut or damaged`)
  if (longLines > 0) say(`${longLines} lines above 1 MiB left out`)
  for (const { file, reason } of skipped) say(`${printable(displayPath(file))}: ${reason}`)
}
