/**
 * Ends the process even if a plugin left a timer or a socket open after `close`; without this `gw` would hang in its place. The
 * empty writes let go only after everything printed before them has left the process.
 */
export function finish(code: number): void {
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
}
