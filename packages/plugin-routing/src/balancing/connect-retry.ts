import type { Exchange } from '@postern/core'
import { failedToConnect } from './connect-failure.ts'

/**
 * Makes the function that decides about another attempt: at once (0 ms) after a failed connect, while there
 * is an endpoint that the exchange has not tried; otherwise none. The route's `limits.attempts` holds in any
 * case.
 */
export function connectRetry(endpointCount: number): (exchange: Exchange) => number | undefined {
  return ({ attempt }) => {
    if (attempt === null || attempt.number >= endpointCount) return undefined
    return failedToConnect(attempt) ? 0 : undefined
  }
}
