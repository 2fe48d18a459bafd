import { getHeader } from '@postern/core'
import { httpDateMs } from './http-date.ts'

/**
 * What an answer's `Retry-After` asks for, in milliseconds: seconds, or a date; 0 without one, and for a date that is over.
 * A date is compared with the answer's own `Date`, so that the clocks of service and gateway need not agree; without one,
 * with the gateway's clock.
 * @param headers flat.
 * @param nowMs Unix time.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function retryAfterMs(headers: readonly string[], nowMs: () => number = Date.now): number {
  const value = getHeader(headers, 'retry-after')
  if (value === undefined) return 0
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000
  const untilMs = httpDateMs(value)
  if (untilMs === undefined) return 0
  const sentMs = httpDateMs(getHeader(headers, 'date') ?? '') ?? nowMs()
  return Math.max(0, untilMs - sentMs)
}
