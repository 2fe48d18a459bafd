import type { Attempt, Exchange } from '@postern/core'
import { failedToConnect } from '../balancing/connect-failure.ts'
import type { FailedAnswers } from '../failures/failed-answers.ts'

/**
 * What an attempt says about its endpoint. `unreachable`: no connection. `failure`: it was at fault. `success`: it answered.
 * `unknown`: nothing, as when the client went away or the endpoint was at its bound.
 */
export type Outcome = 'success' | 'failure' | 'unreachable' | 'unknown'

/** Errors that are the endpoint's fault, once a connection was made or tried. */
const FAULTS: ReadonlySet<string> = new Set([
  'GW_UPSTREAM_TLS',
  'GW_UPSTREAM_RESET',
  'GW_UPSTREAM_BAD_RESPONSE',
  'GW_UPSTREAM_BODY_CUT',
  'GW_UPSTREAM_ATTEMPT_TIMEOUT',
  'GW_UPSTREAM_HEADERS_TIMEOUT',
])

/** What an attempt that is over says about its endpoint. */
export function outcomeOf(exchange: Exchange, attempt: Attempt, failures: FailedAnswers): Outcome {
  const { error } = attempt
  if (error === null) return failures.has(exchange, attempt) ? 'failure' : 'success'
  if (failedToConnect(attempt)) return 'unreachable'
  return FAULTS.has(error.code) || ranOutOfAllTime(attempt) ? 'failure' : 'unknown'
}

/** The whole time of the exchange went by with this one endpoint, and no answer came. After others it had only what they left. */
function ranOutOfAllTime({ error, headersMs, previous }: Attempt): boolean {
  return error?.code === 'GW_UPSTREAM_TOTAL_TIMEOUT' && headersMs === 0 && previous === null
}
