import type { Attempt } from '@postern/core'
import { GATEWAY_ERRORS } from '../failures/failed-status.ts'
import type { RetryCondition } from '../options/retry-options.ts'

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
export function retriedOn(
  conditions: readonly RetryCondition[] = DEFAULT_CONDITIONS,
): (attempt: Attempt) => boolean {
  const codes = new Set(conditions.flatMap((condition) => CODES[condition] ?? []))
  const statuses = new Set(conditions.flatMap(statusesOf))
  return ({ error, status }) => (error === null ? statuses.has(status) : codes.has(error.code))
}

function statusesOf(condition: RetryCondition): readonly number[] {
  if (typeof condition === 'number') return [condition]
  if (condition === 'gateway-error') return GATEWAY_ERRORS
  return condition === '5xx' ? Array.from({ length: 100 }, (_, i) => 500 + i) : []
}
