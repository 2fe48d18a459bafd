import type { ExitCode } from '../exit-codes.ts'

/** It does not start, and why. */
export class StartError extends Error {
  override readonly name = 'StartError'
  /** What the process ends with. */
  readonly exitCode: ExitCode

  constructor(message: string, exitCode: ExitCode) {
    super(message)
    this.exitCode = exitCode
  }
}
