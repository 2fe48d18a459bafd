import type { Exchange } from '@postern/core'
import type { Target } from '../targets/target.ts'
import { failedToConnect } from './connect-failure.ts'

/**
 * Makes the function that decides about another attempt: at once (0 ms) after a failed connect, while there
 * is an endpoint that the exchange has not tried; otherwise none. The route's `limits.attempts` holds in any
 * case.
 */
export function connectRetry(target: Target): (exchange: Exchange) => number | undefined {
  return (exchange) => {
    const { attempt } = exchange
    if (attempt === null || !failedToConnect(attempt)) return undefined
    return target.serviceFor(exchange).hasUntried(exchange) ? 0 : undefined
  }
}
