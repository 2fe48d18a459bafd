import { GatewayError } from '../errors.ts'
import type { LiveExchange } from '../live-exchange.ts'
import type { HeadLimits } from '../options.ts'

/**
 * Holds a request's head to the limits of its route.
 * @throws {GatewayError} GW_REQ_TARGET_TOO_LONG, GW_REQ_HEADERS_TOO_LARGE.
 */
export function checkHeadLimits(exchange: LiveExchange, limits: HeadLimits): void {
  if (exchange.target.length > limits.requestTargetBytes) throw new GatewayError('GW_REQ_TARGET_TOO_LONG')
  if (exchange.headerBytes > limits.requestHeaderBytes || exchange.headerLines > limits.requestHeaderCount)
    throw new GatewayError('GW_REQ_HEADERS_TOO_LARGE')
}
