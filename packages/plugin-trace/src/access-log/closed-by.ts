import type { Exchange, GatewayError } from '@postern/core'
import type { ClosedBy } from './line.ts'

/** Who ended an exchange before its proper end; `undefined` when it ended properly, be it with an error's answer. */
export function closedBy({ aborted, attempt, error, respondedMs }: Exchange): ClosedBy | undefined {
  if (error === null) return undefined
  // A call in the caller's own process that fails has no answer at all.
  if (aborted || respondedMs === 0) return blame(error)
  const failure = attempt?.error
  if (!attempt || !failure || attempt.headersMs === 0) return undefined
  // The head was the upstream's, and out already. One that came after the failure is the gateway's own answer.
  return respondedMs <= attempt.endedMs ? blame(failure) : undefined
}

function blame({ code, source }: GatewayError): ClosedBy {
  if (source === 'client') return 'client'
  // Of time that ran out the service is to blame, but the gateway is who let go.
  return source === 'upstream' && !code.endsWith('_TIMEOUT') ? 'upstream' : 'gateway'
}
