import { headFault } from '../headers/head-fault.ts'
import type { LiveExchange } from '../live-exchange.ts'
import type { HeadLimits } from '../options.ts'

/**
 * Holds a request's head to the limits of its route.
 * @throws {GatewayError} GW_REQ_TARGET_TOO_LONG, GW_REQ_HEADERS_TOO_LARGE.
 */
export function checkHeadLimits(exchange: LiveExchange, limits: HeadLimits): void {
  const { target, headerBytes, headerLines } = exchange
  const fault = headFault(target.length, headerBytes, headerLines, limits)
  if (fault) throw fault
}
