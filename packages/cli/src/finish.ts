import { fstatSync, writeFileSync } from 'node:fs'
import { messageOf } from './errors.ts'
import { EXIT } from './exit-codes.ts'
import { printWith, say } from './output.ts'

/** Why standard output could not be written; `undefined` while it could. */
let outputProblem: string | undefined

/**
 * Ends the process even if a plugin left a timer or a socket open after `close`; without this `gw` would hang in its place. The
 * empty writes let go only after everything printed before them has left the process.
 */
export function finish(code: number): void {
  process.stdout.write('', (error) => {
    noteProblem(error)
    if (outputProblem !== undefined) say(`Standard output cannot be written: ${outputProblem}`)
    // What was asked for is not there: that is no success, whatever the command made of it.
    const ended = outputProblem !== undefined && code === EXIT.ok ? EXIT.failed : code
    process.stderr.write('', () => process.exit(ended))
  })
}

/**
 * Whoever reads the output may go before the process: `gw routes | head -1` has seen enough, and what reads the messages of a
 * gateway may be restarted. Without this the next message would end the gateway. What else is wrong with standard output, such as
 * a full disk, is said at the end.
 */
export function outliveReaders(): void {
  // A message that cannot be said, on a full disk for example, ends nothing either.
  process.stderr.on('error', () => {})
  process.stdout.on('error', noteProblem)
  if (process.platform === 'win32') return
  // Without a listener the signal ends the process at a file that may grow no more; with one, writing fails.
  process.on('SIGXFSZ', () => {})
  // Node's stream takes a part that just fits on a disk for the whole.
  if (isFile(1)) printWith((text) => attempt(() => writeFileSync(1, text)))
}

function isFile(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile()
  } catch {
    // Closed, as with `gw check >&-`.
    return false
  }
}

function attempt(work: () => void): void {
  try {
    work()
  } catch (error) {
    noteProblem(error)
  }
}

function noteProblem(error: unknown): void {
  if (!(error instanceof Error) || ('code' in error && error.code === 'EPIPE')) return
  outputProblem ??= messageOf(error)
}
