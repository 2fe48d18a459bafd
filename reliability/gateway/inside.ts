/** What only the process itself can tell. */
import { setImmediate as turn } from 'node:timers/promises'

/** What a gateway still has. */
export interface GatewayState {
  /** TCP connections, on either leg. */
  readonly sockets: number
  /** Timers that keep the process alive. */
  readonly timers: number
  /** Exchanges that run. */
  readonly inFlight: number
  /** Generations that are not closed. */
  readonly liveGenerations: number
  /** Number of the current generation. */
  readonly generation: number
}

/** Sockets and timers of this process. The channel to its parent is a pipe and not among them. */
export function resourcesLeft(): { sockets: number; timers: number } {
  const names = process.getActiveResourcesInfo()
  return {
    sockets: names.filter((name) => name === 'TCPSocketWrap').length,
    timers: names.filter((name) => name === 'Timeout').length,
  }
}

/**
 * The heap after everything that can go has gone. The process needs `--expose-gc`.
 * @throws Error without it.
 */
export async function heapBytes(): Promise<number> {
  const { gc } = globalThis
  if (!gc) throw new Error('start this process with --expose-gc')
  let least = Number.POSITIVE_INFINITY
  // What one collection finalises, the next can free; and finalisers run between turns.
  for (let round = 0; round < 5; round++) {
    gc()
    await turn()
    least = Math.min(least, process.memoryUsage().heapUsed)
  }
  return least
}
