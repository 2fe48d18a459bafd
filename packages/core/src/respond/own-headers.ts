/** Response headers of the gateway's own, by option. */
import { aliasOf, removeHeader } from '../headers/list.ts'
import type { LiveExchange } from '../live-exchange.ts'

/** Adds the request id and the gateway's own time to the response head. */
export function addOwnHeaders(exchange: LiveExchange): void {
  const { requestIdHeader, timingHeader } = exchange.hop
  const headers = exchange.responseHeaders
  if (requestIdHeader !== '') {
    removeHeader(headers, requestIdHeader, aliasOf)
    headers.push(requestIdHeader, exchange.id)
  }
  if (timingHeader === '') return
  // A list: what the upstream said of its own time stays (Server Timing, section 3).
  if (timingHeader !== 'server-timing') removeHeader(headers, timingHeader)
  headers.push(timingHeader, timing(exchange, timingHeader === 'server-timing'))
}

function timing(exchange: LiveExchange, named: boolean): string {
  const now = performance.now()
  const { attempt, forwardedMs, startedMs } = exchange
  const upstreamMs = attempt ? (attempt.headersMs || attempt.endedMs || now) - forwardedMs : 0
  const gatewayMs = (now - startedMs - upstreamMs).toFixed(2)
  if (!named) return gatewayMs
  return attempt
    ? `gateway;dur=${gatewayMs}, upstream;dur=${upstreamMs.toFixed(2)}`
    : `gateway;dur=${gatewayMs}`
}
