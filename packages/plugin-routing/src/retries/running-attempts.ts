import type { Exchange } from '@postern/core'

/** How many attempts of an exchange run now. */
export function runningAttempts(exchange: Exchange): number {
  let running = 0
  for (let { attempt } = exchange; attempt !== null; attempt = attempt.previous)
    if (attempt.endedMs === 0) running++
  return running
}
