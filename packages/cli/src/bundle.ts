/**
 * What the file that `gw build` makes calls at its start.
 *
 * @module @postern/cli/bundle
 */
import { type BundleContents, setBundle } from './bundled.ts'
import { finish, outliveReaders } from './finish.ts'
import { main } from './main.ts'

export type { BundleContents, BundledConfig } from './bundled.ts'

/**
 * Runs the command line of a bundle, and ends the process: `gw start` when it names no command, else whatever `gw` can do.
 * @param args without the node and script arguments.
 */
export async function runBundle(contents: BundleContents, args: readonly string[]): Promise<void> {
  outliveReaders()
  setBundle(contents)
  finish(await main(isStart(args) ? ['start', ...args] : args))
}

/** Options without a command are those of `start`, but for the two that ask about `gw` itself. */
function isStart([first]: readonly string[]): boolean {
  if (first === undefined) return true
  return first.startsWith('-') && !['-h', '--help', '-V', '--version'].includes(first)
}
