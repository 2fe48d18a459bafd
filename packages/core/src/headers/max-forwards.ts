/** How far an OPTIONS may still go (RFC 9110 section 7.6.2). TRACE, the other method that counts hops, is refused. */
import type { LiveExchange } from '../live-exchange.ts'
import { getHeader, setHeader } from './list.ts'

/** Whether a request ends here: it asks this hop, not what lies behind. */
export function endsHere(exchange: LiveExchange): boolean {
  return forwardsLeft(exchange) === 0
}

/** Counts this hop in the headers of an attempt. */
export function countForward(exchange: LiveExchange, headers: string[]): void {
  const left = forwardsLeft(exchange)
  if (left > 0) setHeader(headers, 'max-forwards', String(left - 1))
}

/** -1 where nobody counts. */
function forwardsLeft({ method, seat, requestHeaders }: LiveExchange): number {
  if (method !== 'OPTIONS' || (seat !== 'hop' && seat !== 'fetch')) return -1
  const value = getHeader(requestHeaders, 'max-forwards')
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : -1
}
