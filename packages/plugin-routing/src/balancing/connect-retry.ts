import type { Exchange } from '@postern/core'

/** Failures before anything was sent: no service has seen the request, so every method may be sent again. */
const NOTHING_SENT: ReadonlySet<string> = new Set([
  'GW_UPSTREAM_CONNECT_REFUSED',
  'GW_UPSTREAM_CONNECT_TIMEOUT',
  'GW_UPSTREAM_DNS',
])

/**
 * Makes the function that decides about another attempt: at once (0 ms) after a failed connect, while there
 * is an endpoint that the exchange has not tried; otherwise none. The route's `limits.attempts` holds in any
 * case.
 */
export function connectRetry(endpointCount: number): (exchange: Exchange) => number | undefined {
  return ({ attempt }) => {
    if (attempt === null || attempt.error === null || attempt.number >= endpointCount) return undefined
    return NOTHING_SENT.has(attempt.error.code) ? 0 : undefined
  }
}
