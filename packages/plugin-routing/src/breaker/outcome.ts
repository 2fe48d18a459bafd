import type { Attempt } from '@postern/core'
import { type FailedStatuses, isFailedStatus } from '../failures/failed-status.ts'

/** What an attempt says about the service; `nothing` when it ended for reasons of others. */
export type Outcome = 'success' | 'failure' | 'nothing'

/**
 * What an attempt that was answered, or ended, says. An answer is judged by its head: how long its body takes, and whether the
 * client waits for it, is another matter.
 */
export function outcomeOf({ error, number, status }: Attempt, statuses: FailedStatuses): Outcome {
  if (error === null) return isFailedStatus(status, statuses) ? 'failure' : 'success'
  // The client went away, another attempt was quicker, a plugin failed.
  if (error.source !== 'upstream') return 'nothing'
  // The gateway's own bound: nothing was sent.
  if (error.code === 'GW_UPSTREAM_BUSY') return 'nothing'
  // A later attempt may have had a moment only.
  return error.code === 'GW_UPSTREAM_TOTAL_TIMEOUT' && number > 1 ? 'nothing' : 'failure'
}
