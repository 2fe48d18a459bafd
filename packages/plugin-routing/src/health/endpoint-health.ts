import type { Exchange } from '@postern/core'
import type { FailureWindow } from '../failures/failure-window.ts'

/** What is known of the health of one address. It outlives reloads, so it holds no options. Times are on the clock of `performance.now()`. */
export class EndpointHealth {
  /** Failures since the last success. */
  consecutiveFailures = 0
  /** Failures and successes of late; `null` unless a service ejects by their share. */
  window: FailureWindow | null = null
  /** Until when it is passed over, after which one exchange is let through; 0 while it is not ejected. */
  ejectedUntilMs = 0
  /** How many times in a row it was ejected; time in health takes off from it. */
  ejections = 0
  /** The exchange that is let through to see how it is; `null` for none. */
  probe: Exchange | null = null
  /** When it last came back; 0 for never. */
  returnedMs = 0
  /** Whether its health checks fail. */
  isUnhealthy = false
  /** Checks in a row that contradict `isUnhealthy`. */
  contraryChecks = 0
  /** Whether a check runs, of whatever generation. */
  isChecking = false
}
