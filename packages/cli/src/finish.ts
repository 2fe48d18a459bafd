/**
 * Ends the process even if a plugin left a timer or a socket open after `close`; without this `gw` would hang in its place. The
 * empty writes let go only after everything printed before them has left the process.
 */
export function finish(code: number): void {
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
}

/**
 * Whoever reads the output may go before the process: `gw routes | head -1` has seen enough, and what reads the messages of a
 * gateway may be restarted. Without this the next message would end the gateway.
 */
export function outliveReaders(): void {
  // A message that cannot be said, on a full disk for example, ends nothing either.
  process.stderr.on('error', () => {})
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}
