/** Errors as `application/problem+json` (RFC 9457). Only what is safe for any client gets in: code, text and ids. */
import { traceContext } from '../contracts.ts'
import type { GatewayError } from '../errors.ts'
import type { Exchange } from '../exchange.ts'

/** The problem document of an error. `about:blank` types carry the status phrase as title (RFC 9457 section 4.2.1). */
export function problemBody(error: GatewayError, exchange: Exchange): Buffer {
  const traceId = exchange.get(traceContext)?.traceId
  return Buffer.from(
    JSON.stringify({
      type: 'about:blank',
      title: error.text,
      status: error.status,
      code: error.code,
      exchangeId: exchange.id,
      traceId,
    }),
  )
}

/** Flat headers of a problem answer. `no-store`: a refusal that a cache keeps outlives its reason. */
export function problemHeaders(error: GatewayError, length: number): string[] {
  return [
    'content-type',
    'application/problem+json',
    'cache-control',
    'no-store',
    ...error.headers,
    'content-length',
    String(length),
  ]
}
