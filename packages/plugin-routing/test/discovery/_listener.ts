import type { RefreshSources } from '../../src/discovery/dns/refresh-loop.ts'
import type { DiscoveredEndpoint, Discovery } from '../../src/index.ts'

/** Watches, and notes what it is told. */
export function listenTo(discovery: Discovery) {
  const updates: string[][] = []
  const failures: string[] = []
  const watch = discovery.watch('orders', {
    update: (endpoints) => void updates.push(endpoints.map(inWords)),
    failed: (error) => void failures.push(error.message),
  })
  return {
    updates,
    failures,
    async [Symbol.asyncDispose]() {
      await watch.close()
    },
  }
}

function inWords(given: string | DiscoveredEndpoint): string {
  if (typeof given === 'string') return given
  const { url, address = '', weight } = given
  return `${url}${address && ` at ${address}`}${weight === undefined ? '' : ` x${weight}`}`
}

/** A clock that goes on when the test says so. Chance is always its least. */
export function handClock() {
  const waits: number[] = []
  let next: (() => void) | null = null
  const sources: RefreshSources = {
    random: () => 0,
    after(ms, call) {
      waits.push(ms)
      next = call
      return () => {
        next = null
      }
    },
  }
  return {
    sources,
    /** How long each wait would have been, in milliseconds. */
    waits,
    /** Whether somebody waits. */
    get isWaiting(): boolean {
      return next !== null
    },
    /** Ends the wait. */
    pass(): void {
      const call = next
      next = null
      call?.()
    },
  }
}
