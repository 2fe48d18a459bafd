import type { Endpoint, Exchange } from '@postern/core'

/**
 * Makes the function that picks an endpoint: they take turns. A repeated attempt goes to the one after the
 * endpoint that failed, so that as many attempts as there are endpoints reach each of them once, whatever
 * other exchanges do.
 */
export function roundRobin(endpoints: readonly Endpoint[]): (exchange: Exchange) => Endpoint | undefined {
  let turn = 0
  return (exchange) => {
    const failed = exchange.attempt
    if (failed !== null && failed.endpoint !== null) {
      return endpoints[(endpoints.indexOf(failed.endpoint) + 1) % endpoints.length]
    }
    const endpoint = endpoints[turn]
    turn = turn + 1 === endpoints.length ? 0 : turn + 1
    return endpoint
  }
}
