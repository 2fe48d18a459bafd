import type { Attempt, Exchange } from '@postern/core'
import type { FailedAnswers } from '../failures/failed-answers.ts'

/** What an attempt says about the service; `nothing` when it ended for reasons of others. */
export type Outcome = 'success' | 'failure' | 'nothing'

/**
 * What an attempt that was answered, or ended, says. An answer is judged by its head: how long its body takes, and whether the
 * client waits for it, is another matter. Of a gRPC call, whose status comes last, the end is looked at.
 */
export function outcomeOf(exchange: Exchange, attempt: Attempt, failures: FailedAnswers): Outcome {
  const { error, number } = attempt
  if (error === null) return failures.has(exchange, attempt) ? 'failure' : 'success'
  // The client went away, another attempt was quicker, a plugin failed.
  if (error.source !== 'upstream') return 'nothing'
  // The gateway's own bound: nothing was sent.
  if (error.code === 'GW_UPSTREAM_BUSY') return 'nothing'
  // A later attempt may have had a moment only.
  return error.code === 'GW_UPSTREAM_TOTAL_TIMEOUT' && number > 1 ? 'nothing' : 'failure'
}
