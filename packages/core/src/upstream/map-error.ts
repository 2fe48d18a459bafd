/** Foreign errors become gateway errors here and only here: undici's and Node's codes mean something to nobody else. */
import type { CoreErrorCode } from '../error-table.ts'
import { GatewayError, isGatewayError } from '../errors.ts'
import { tlsAdvice } from './tls-advice.ts'

const CODES: Readonly<Record<string, CoreErrorCode>> = Object.freeze({
  ECONNREFUSED: 'GW_UPSTREAM_CONNECT_REFUSED',
  EHOSTUNREACH: 'GW_UPSTREAM_CONNECT_REFUSED',
  ENETUNREACH: 'GW_UPSTREAM_CONNECT_REFUSED',
  EADDRNOTAVAIL: 'GW_UPSTREAM_CONNECT_REFUSED',
  ENOENT: 'GW_UPSTREAM_CONNECT_REFUSED',
  ENOTFOUND: 'GW_UPSTREAM_DNS',
  EAI_AGAIN: 'GW_UPSTREAM_DNS',
  ETIMEDOUT: 'GW_UPSTREAM_CONNECT_TIMEOUT',
  UND_ERR_CONNECT_TIMEOUT: 'GW_UPSTREAM_CONNECT_TIMEOUT',
  UND_ERR_HEADERS_TIMEOUT: 'GW_UPSTREAM_HEADERS_TIMEOUT',
  UND_ERR_BODY_TIMEOUT: 'GW_UPSTREAM_IDLE_TIMEOUT',
  UND_ERR_HEADERS_OVERFLOW: 'GW_UPSTREAM_HEADERS_TOO_LARGE',
  UND_ERR_SOCKET: 'GW_UPSTREAM_RESET',
  ECONNRESET: 'GW_UPSTREAM_RESET',
  EPIPE: 'GW_UPSTREAM_RESET',
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: 'GW_REQ_BODY_ABORTED',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'GW_UPSTREAM_BODY_CUT',
  // Resets of a stream, by the names of RFC 9113 section 7. A refused stream was not processed (section 8.7).
  H2_REFUSED_STREAM: 'GW_UPSTREAM_BUSY',
  // node:http2 on either side says so of a head that is above its limits.
  H2_ENHANCE_YOUR_CALM: 'GW_UPSTREAM_HEADERS_TOO_LARGE',
  H2_PROTOCOL_ERROR: 'GW_UPSTREAM_BAD_RESPONSE',
  H2_FLOW_CONTROL_ERROR: 'GW_UPSTREAM_BAD_RESPONSE',
  H2_FRAME_SIZE_ERROR: 'GW_UPSTREAM_BAD_RESPONSE',
  H2_COMPRESSION_ERROR: 'GW_UPSTREAM_BAD_RESPONSE',
  H2_HTTP_1_1_REQUIRED: 'GW_UPSTREAM_BAD_RESPONSE',
  // What came on the connection is not HTTP/2.
  ERR_HTTP2_ERROR: 'GW_UPSTREAM_BAD_RESPONSE',
  // Node 22 writes no field twice that stands for one value.
  ERR_HTTP2_HEADER_SINGLE_VALUE: 'GW_REQ_MALFORMED',
  // What clients send was checked at the listener: only a plugin, or a caller in this process, can do this.
  UND_ERR_INVALID_ARG: 'GW_GATEWAY_INTERNAL',
  UND_ERR_NOT_SUPPORTED: 'GW_GATEWAY_INTERNAL',
  ERR_INVALID_HTTP_TOKEN: 'GW_GATEWAY_INTERNAL',
  ERR_INVALID_CHAR: 'GW_GATEWAY_INTERNAL',
  ERR_HTTP2_INVALID_CONNECTION_HEADERS: 'GW_GATEWAY_INTERNAL',
  ERR_HTTP2_INVALID_PSEUDOHEADER: 'GW_GATEWAY_INTERNAL',
})

/** What the system does with a connection that stands. */
const IN_USE: ReadonlySet<string | undefined> = new Set(['read', 'write'])

/**
 * What an upstream failure means.
 * @param started whether a response head came before it: a reset is then a body that was cut.
 */
export function mapUpstreamError(error: unknown, url: string, started: boolean): GatewayError {
  if (isGatewayError(error)) return error
  const code = codeOf(error)
  let mapped = CODES[code]
  if (mapped === undefined) {
    // undici's parser leaves the code out when it has no word for what it found.
    if (code.startsWith('HPE_') || (error as Error | undefined)?.name === 'HTTPParserError')
      mapped = 'GW_UPSTREAM_BAD_RESPONSE'
    else if (syscallOf(error) === 'connect') mapped = 'GW_UPSTREAM_CONNECT_REFUSED'
    else if (/TLS|SSL|CERT|UNABLE_TO_|SELF_SIGNED|ERR_OSSL/.test(code)) mapped = 'GW_UPSTREAM_TLS'
    else mapped = 'GW_UPSTREAM_RESET'
  }
  // A connection that stood and went silent: the request may have arrived.
  if (code === 'ETIMEDOUT' && IN_USE.has(syscallOf(error))) mapped = 'GW_UPSTREAM_RESET'
  if (started && (mapped === 'GW_UPSTREAM_RESET' || code.startsWith('H2_'))) mapped = 'GW_UPSTREAM_BODY_CUT'
  // undici blames the length for whatever its parser refuses behind a `content-length`.
  else if (!started && mapped === 'GW_UPSTREAM_BODY_CUT') mapped = 'GW_UPSTREAM_BAD_RESPONSE'
  const advice = mapped === 'GW_UPSTREAM_TLS' ? tlsAdvice(code) : ''
  const what = code === '' ? 'failed' : code
  return new GatewayError(mapped, {
    message: `${url}: ${what}${advice === '' ? '' : `. ${advice}`}`,
    cause: error,
    headers: mapped === 'GW_UPSTREAM_BUSY' ? ['retry-after', '1'] : [],
  })
}

/** What the system was asked for when it failed; of several addresses, for the first. */
function syscallOf(error: unknown): string | undefined {
  const { syscall, errors } = (error ?? {}) as { syscall?: string; errors?: unknown[] }
  return syscall ?? (Array.isArray(errors) ? syscallOf(errors[0]) : undefined)
}

/** The code of an error, or of the first inside an AggregateError (several addresses of one name). */
function codeOf(error: unknown): string {
  const { code, errors, cause } = (error ?? {}) as { code?: unknown; errors?: unknown[]; cause?: unknown }
  if (typeof code === 'string' && code !== '') return code
  if (Array.isArray(errors) && errors.length > 0) return codeOf(errors[0])
  return cause === undefined ? '' : codeOf(cause)
}
