import type { Attempt, Exchange } from '@postern/core'
import { GATEWAY_ERRORS } from '../failures/failed-answers.ts'
import { grpcStatusOf } from '../failures/grpc-status-of.ts'
import { grpcNumbers } from '../options/grpc-status.ts'
import type { RetryCondition, RetryOptions } from '../options/retry-options.ts'

const DEFAULT_CONDITIONS: readonly RetryCondition[] = ['connect', 'reset', 'timeout', 'gateway-error']

/** The error codes of core that a condition means. */
const CODES: Readonly<Record<string, readonly string[]>> = {
  connect: [
    'GW_UPSTREAM_CONNECT_REFUSED',
    'GW_UPSTREAM_CONNECT_TIMEOUT',
    'GW_UPSTREAM_DNS',
    'GW_UPSTREAM_BUSY',
  ],
  reset: ['GW_UPSTREAM_RESET'],
  timeout: ['GW_UPSTREAM_ATTEMPT_TIMEOUT', 'GW_UPSTREAM_HEADERS_TIMEOUT', 'GW_UPSTREAM_IDLE_TIMEOUT'],
}

/** Makes the function that says whether another attempt may follow one that ended, or was answered, as it was. */
export function retriedOn({
  on: conditions = DEFAULT_CONDITIONS,
  grpcStatuses = [],
}: RetryOptions): (exchange: Exchange, attempt: Attempt) => boolean {
  const codes = new Set(conditions.flatMap((condition) => CODES[condition] ?? []))
  const statuses = new Set(conditions.flatMap(statusesOf))
  const grpc = grpcNumbers(grpcStatuses)
  return (exchange, attempt) => {
    if (attempt.error !== null) return codes.has(attempt.error.code)
    return statuses.has(attempt.status) || (grpc.size > 0 && grpc.has(grpcStatusOf(exchange, attempt)))
  }
}

function statusesOf(condition: RetryCondition): readonly number[] {
  if (typeof condition === 'number') return [condition]
  if (condition === 'gateway-error') return GATEWAY_ERRORS
  return condition === '5xx' ? Array.from({ length: 100 }, (_, i) => 500 + i) : []
}
