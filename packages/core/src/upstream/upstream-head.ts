import { addForwarded } from '../headers/forwarded.ts'
import { aliasOf, removeHeader } from '../headers/list.ts'
import { countForward } from '../headers/max-forwards.ts'
import type { LiveExchange } from '../live-exchange.ts'

/**
 * The headers of one attempt, made afresh: what the client sent, without copies of headers that plugins own, and what
 * this hop adds. In the caller seat the process is the client itself and adds nothing; in the callee seat the request
 * has arrived and goes no further.
 */
export function upstreamHeaders(exchange: LiveExchange, ownedHeaders: readonly string[]): string[] {
  const headers = exchange.requestHeaders.slice()
  for (const name of ownedHeaders) removeHeader(headers, name, aliasOf)
  const { hop, seat } = exchange
  if (seat === 'hop' || seat === 'fetch') {
    headers.push('via', hop.via[exchange.httpVersion])
    addForwarded(headers, exchange, hop.forwarded)
    countForward(exchange, headers)
  }
  if (hop.requestIdHeader !== '') {
    removeHeader(headers, hop.requestIdHeader, aliasOf)
    headers.push(hop.requestIdHeader, exchange.id)
  }
  return headers
}
