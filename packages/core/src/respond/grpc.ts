/** Errors as gRPC clients read them: a response that is all trailers (gRPC over HTTP/2, "Responses"). */
import type { GatewayError } from '../errors.ts'
import { getHeader } from '../headers/list.ts'
import type { LiveExchange } from '../live-exchange.ts'

/** Whether the client speaks gRPC, and so reads no status of HTTP's and no body of another kind. */
export function isGrpc({ httpVersion, requestHeaders }: LiveExchange): boolean {
  return httpVersion === '2.0' && GRPC.test(getHeader(requestHeaders, 'content-type') ?? '')
}

const GRPC = /^application\/grpc(?:$|[+;])/i

/** Flat headers of an answer without a body. */
export function grpcHeaders(error: GatewayError): string[] {
  return [
    'content-type',
    'application/grpc',
    'grpc-status',
    String(statusOf(error)),
    'grpc-message',
    // Percent-encoding of what is not printable ASCII; our texts are.
    `${error.text} (${error.code})`.replaceAll('%', '%25'),
    ...error.headers,
  ]
}

/** The mapping of "HTTP to gRPC status codes"; where our table knows better than a status of HTTP does, its meaning. */
function statusOf({ code, status }: GatewayError): number {
  if (code === 'GW_UPSTREAM_TOTAL_TIMEOUT') return DEADLINE_EXCEEDED
  return BY_STATUS[status] ?? UNKNOWN
}

const UNKNOWN = 2
const DEADLINE_EXCEEDED = 4
const RESOURCE_EXHAUSTED = 8
const INTERNAL = 13
const UNAVAILABLE = 14

const BY_STATUS: Readonly<Record<number, number>> = Object.freeze({
  400: INTERNAL,
  401: 16,
  403: 7,
  404: 12,
  413: RESOURCE_EXHAUSTED,
  429: UNAVAILABLE,
  431: RESOURCE_EXHAUSTED,
  500: INTERNAL,
  502: UNAVAILABLE,
  503: UNAVAILABLE,
  504: UNAVAILABLE,
})
