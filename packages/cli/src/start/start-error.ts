import { CommandError } from '../errors.ts'

/** It does not start, and why. */
export class StartError extends CommandError {
  override readonly name = 'StartError'
}
