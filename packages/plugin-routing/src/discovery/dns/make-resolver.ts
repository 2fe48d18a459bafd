import { promises } from 'node:dns'
import type { DnsServerOptions } from '../../options/discovery-options.ts'
import type { RefreshTimes } from './refresh-loop.ts'

/** How long a query waits for its answer when nobody says. */
const DEFAULT_TIMEOUT_MS = 2_000
/** The soonest that a name is asked for again when nobody says. */
const DEFAULT_MIN_TTL_MS = 1_000

/**
 * A resolver of its own: c-ares, which answers with TTLs and takes no thread, where `dns.lookup` holds one of the four
 * that files and crypto share.
 */
export function makeResolver({
  server,
  timeoutMs = DEFAULT_TIMEOUT_MS,
}: DnsServerOptions): promises.Resolver {
  const resolver = new promises.Resolver({ timeout: timeoutMs, tries: 2 })
  if (server !== undefined) resolver.setServers([server])
  return resolver
}

/** The bounds of the time between two questions. Of two that contradict each other the upper one holds. */
export function refreshTimes(
  { minTtlMs = DEFAULT_MIN_TTL_MS, maxTtlMs }: DnsServerOptions,
  defaultMaxTtlMs: number,
): RefreshTimes {
  const mostMs = maxTtlMs ?? Math.max(defaultMaxTtlMs, minTtlMs)
  return { minTtlMs: Math.min(minTtlMs, mostMs), maxTtlMs: mostMs }
}
