import type { ActiveHealthOptions } from '../options/health-options.ts'
import type { EndpointHealth } from './endpoint-health.ts'

const DEFAULT_HEALTHY_THRESHOLD = 2
const DEFAULT_UNHEALTHY_THRESHOLD = 3

/**
 * Counts a check that is over: so many in a row that contradict what an endpoint counts as change that.
 * @param nowMs the clock of `endpoint.sinceMs`.
 * @returns whether `isUnhealthy` changed.
 */
export function countCheck(
  health: EndpointHealth,
  isGood: boolean,
  thresholds: Pick<ActiveHealthOptions, 'healthyThreshold' | 'unhealthyThreshold'>,
  nowMs: () => number,
): boolean {
  health.contraryChecks = isGood === health.isUnhealthy ? health.contraryChecks + 1 : 0
  const needed = isGood
    ? (thresholds.healthyThreshold ?? DEFAULT_HEALTHY_THRESHOLD)
    : (thresholds.unhealthyThreshold ?? DEFAULT_UNHEALTHY_THRESHOLD)
  if (health.contraryChecks < needed) return false
  health.contraryChecks = 0
  health.isUnhealthy = !isGood
  if (isGood) health.returnedMs = nowMs()
  return true
}
