/** What every command says when it cannot do what was asked. Loads nothing, so that a quick command stays quick. */
import { relative } from 'node:path'
import { EXIT, type ExitCode } from './exit-codes.ts'

/** Ends the command that throws it: `gw` says the message, and no stack. */
export abstract class CommandError extends Error {
  /** What `gw` ends with. */
  readonly exitCode: ExitCode

  constructor(message: string, exitCode: ExitCode) {
    super(message)
    this.exitCode = exitCode
  }
}

/**
 * The command cannot do what was asked, for a reason outside of the configuration. Its message is one line.
 */
export class UsageError extends CommandError {
  override readonly name = 'UsageError'

  constructor(message: string) {
    super(message, EXIT.usage)
  }
}

/** The command was asked rightly, and failed. */
export class FailedError extends CommandError {
  override readonly name = 'FailedError'

  constructor(message: string) {
    super(message, EXIT.failed)
  }
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
