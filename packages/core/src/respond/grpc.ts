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
    percentEncoded(`${error.text} (${error.code})`),
    ...error.headers,
  ]
}

/** `Percent-Encoded` of the protocol: whatever is not printable ASCII, by its bytes in UTF-8. */
function percentEncoded(text: string): string {
  return text.replace(/[^ -$&-~]+/gu, (found) =>
    Buffer.from(found).toString('hex').toUpperCase().replace(/../g, '%$&'),
  )
}

/** What a client does with it decides: UNAVAILABLE is sent again by many, so it means that nothing was done. */
function statusOf({ code, status }: GatewayError): number {
  return BY_CODE[code] ?? BY_STATUS[status] ?? UNKNOWN
}

const CANCELLED = 1
const UNKNOWN = 2
const DEADLINE_EXCEEDED = 4
const PERMISSION_DENIED = 7
const RESOURCE_EXHAUSTED = 8
const UNIMPLEMENTED = 12
const INTERNAL = 13
const UNAVAILABLE = 14
const UNAUTHENTICATED = 16

/** Where our table knows better than a status of HTTP does. */
const BY_CODE: Readonly<Record<string, number>> = Object.freeze({
  GW_UPSTREAM_HEADERS_TIMEOUT: DEADLINE_EXCEEDED,
  GW_UPSTREAM_IDLE_TIMEOUT: DEADLINE_EXCEEDED,
  GW_UPSTREAM_TOTAL_TIMEOUT: DEADLINE_EXCEEDED,
  GW_UPSTREAM_BAD_RESPONSE: INTERNAL,
  GW_UPSTREAM_HEADERS_TOO_LARGE: INTERNAL,
})

/** The mapping of "HTTP to gRPC status codes", and the statuses that it leaves out. */
const BY_STATUS: Readonly<Record<number, number>> = Object.freeze({
  400: INTERNAL,
  401: UNAUTHENTICATED,
  403: PERMISSION_DENIED,
  404: UNIMPLEMENTED,
  405: UNIMPLEMENTED,
  408: CANCELLED,
  413: RESOURCE_EXHAUSTED,
  414: INTERNAL,
  417: INTERNAL,
  429: UNAVAILABLE,
  431: RESOURCE_EXHAUSTED,
  500: INTERNAL,
  502: UNAVAILABLE,
  503: UNAVAILABLE,
  504: UNAVAILABLE,
  508: INTERNAL,
})
