/** What every command says when it cannot do what was asked. Loads nothing, so that a quick command stays quick. */
import { relative } from 'node:path'

/**
 * The command cannot do what was asked, for a reason outside of the configuration. Its message is one line.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** A path as somebody in the current folder would type it. */
export function displayPath(file: string, folder: string = process.cwd()): string {
  const path = relative(folder, file)
  if (path === '') return '.'
  return path.startsWith('..') ? file : path
}

/** What an error says, without its stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
