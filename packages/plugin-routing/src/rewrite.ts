import type { Exchange } from '@postern/core'

/**
 * Makes the function that takes a prefix off the path that the upstream gets: `/orders/7` → `/7`, `/orders` →
 * `/`. It starts from the path as matched, so that a repeated attempt does not lose the prefix twice.
 * @param prefix the route's prefix, normalised, without a slash at its end.
 */
export function stripPrefix(prefix: string): (exchange: Exchange) => void {
  const { length } = prefix
  return (exchange) => {
    const rest = exchange.path.slice(length)
    exchange.upstreamPath = rest === '' ? '/' : rest
  }
}
