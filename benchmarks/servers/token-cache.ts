import { tokensOf } from '../scenarios.ts'
import type { ServerParams } from './messages.ts'
import { scenarioOf } from './serve.ts'

/** Longer than a run, so that what was verified before stays so. */
const MAX_AGE_MS = 12 * 3_600_000

/**
 * How many verified tokens the scenario lets a contender remember, and how long.
 * @throws Error for a scenario without tokens
 */
export function tokenCache(params: ServerParams): { readonly maxEntries: number; readonly maxAgeMs: number } {
  const tokens = tokensOf(scenarioOf(params))
  if (!tokens) throw new Error(`${params.scenario} has no tokens`)
  return { maxEntries: tokens.cacheEntries, maxAgeMs: MAX_AGE_MS }
}
