import { GatewayError } from '../errors.ts'
import type { HeadLimits } from '../options.ts'

/**
 * What is too large about a request's head; `null` when nothing is. Heads are held to it twice: when they are read, to the
 * most generous route's limits, and when their route is known, to its own.
 */
export function headFault(
  targetBytes: number,
  headerBytes: number,
  headerLines: number,
  limits: HeadLimits,
): GatewayError | null {
  if (targetBytes > limits.requestTargetBytes) return new GatewayError('GW_REQ_TARGET_TOO_LONG')
  if (headerLines > limits.requestHeaderCount)
    return new GatewayError('GW_REQ_HEADERS_TOO_LARGE', { message: 'Too many header lines' })
  return headerBytes > limits.requestHeaderBytes ? new GatewayError('GW_REQ_HEADERS_TOO_LARGE') : null
}
