/** Reads and validates the head of a node:http request (RFC 9112). Whatever could be read in two ways is refused here. */
import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { CoreErrorCode } from '../error-table.ts'
import { GatewayError, isGatewayError } from '../errors.ts'
import type { Seat } from '../exchange.ts'
import { clientBehind, plainAddress, type TrustList, withoutForwarded } from '../headers/forwarded.ts'
import { getHeader } from '../headers/list.ts'
import { RequestHead } from '../headers/request-head.ts'
import { passedThrough } from '../headers/via.ts'
import type { ExchangeHead } from '../live-exchange.ts'
import { isAuthority, readAbsoluteForm } from '../match/authority.ts'
import { readTarget, TargetParts } from '../match/path.ts'
import type { ResolvedLimits, ResolvedPathOptions } from '../options.ts'

/** What the reading of a head depends on. */
export interface HeadRules {
  readonly limits: ResolvedLimits
  readonly paths: ResolvedPathOptions
  readonly trust: TrustList
  readonly pseudonym: string
}

const head = new RequestHead()
const target = new TargetParts()

/** Reads a head. One that is refused comes back with `refusal` set and nothing of the request that could mislead. */
export function readNodeHead(request: IncomingMessage, rules: HeadRules, seat: Seat): ExchangeHead {
  const peerAddress = plainAddress(request.socket.remoteAddress)
  try {
    return read(request, rules, seat, peerAddress)
  } catch (thrown) {
    const refusal = isGatewayError(thrown) ? thrown : new GatewayError('GW_GATEWAY_INTERNAL', { cause: thrown })
    return {
      seat,
      method: request.method ?? '',
      scheme: 'http',
      authority: '',
      path: '',
      query: '',
      requestHeaders: [],
      clientAddress: peerAddress,
      peerAddress,
      forwarded: false,
      body: null,
      contentLength: 0,
      refusal,
    }
  }
}

function read(request: IncomingMessage, rules: HeadRules, seat: Seat, peerAddress: string): ExchangeHead {
  const { limits, trust } = rules
  const raw = request.rawHeaders
  const url = request.url ?? ''
  const method = request.method ?? ''
  if (url.length > limits.requestTargetBytes) refuse('GW_REQ_TARGET_TOO_LONG')
  if (raw.length > limits.requestHeaderCount * 2) refuse('GW_REQ_HEADERS_TOO_LARGE', 'Too many header lines')
  head.scan(raw)
  if (head.bytes > limits.requestHeaderBytes) refuse('GW_REQ_HEADERS_TOO_LARGE')
  // TRACE answers with what it received: identity headers that a plugin set would come back to the client.
  if (method === 'CONNECT' || method === 'TRACE') {
    throw new GatewayError('GW_REQ_METHOD_REFUSED', { headers: ['allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'] })
  }
  const contentLength = readFraming(request)
  const authority = readTargetForm(request, url, method, rules)
  if (head.expect !== undefined && head.expect.toLowerCase() !== '100-continue') refuse('GW_REQ_EXPECT_UNKNOWN')
  if (head.via && seat === 'hop' && passedThrough(head.headers, rules.pseudonym)) refuse('GW_REQ_LOOP')
  const hasBody = contentLength !== 0
  if (hasBody && seat === 'hop' && (request.readableDidRead || request.readableEnded)) {
    refuse('GW_HOST_BODY_READ', 'A body parser ran before the gateway. Mount gateway.handler before it')
  }

  const trusted = head.forwarded && trust.has(peerAddress)
  const encrypted = (request.socket as TLSSocket).encrypted === true
  const scheme = (trusted ? getHeader(head.headers, 'x-forwarded-proto') : undefined) ?? (encrypted ? 'https' : 'http')
  return {
    seat,
    method,
    scheme,
    authority,
    path: target.path,
    query: target.query,
    // In the callee seat the request has arrived: its own service may trust what core cannot judge.
    requestHeaders: head.forwarded && !trusted && seat === 'hop' ? withoutForwarded(head.headers) : head.headers,
    clientAddress: trusted ? clientBehind(head.headers, peerAddress, trust) : peerAddress,
    peerAddress,
    forwarded: trusted,
    body: hasBody ? request : null,
    contentLength,
    refusal: null,
  }
}

/** Body framing (RFC 9112 section 6.3): -1 for chunked, else the length. Anything ambiguous is how smuggling begins. */
function readFraming(request: IncomingMessage): number {
  const { contentLength, contentLengthLines, transferEncoding, transferEncodingLines } = head
  if (transferEncodingLines > 0) {
    if (contentLengthLines > 0) refuse('GW_REQ_MALFORMED', 'Both Transfer-Encoding and Content-Length')
    if (request.httpVersionMinor === 0) refuse('GW_REQ_MALFORMED', 'Transfer-Encoding in HTTP/1.0')
    if (transferEncodingLines > 1 || transferEncoding?.toLowerCase() !== 'chunked') refuse('GW_REQ_MALFORMED', 'Transfer-Encoding is not chunked')
    return -1
  }
  if (contentLength === undefined) return 0
  if (contentLengthLines > 1 || !/^\d{1,16}$/.test(contentLength)) refuse('GW_REQ_MALFORMED', 'Content-Length is not one number')
  return Number(contentLength)
}

/** The form of the target (RFC 9112 section 3.2) and the authority that it is for. */
function readTargetForm(request: IncomingMessage, url: string, method: string, rules: HeadRules): string {
  const { host, hostLines } = head
  if (hostLines > 1) refuse('GW_REQ_HOST_INVALID', 'More than one Host line')
  if (host === undefined && request.httpVersionMinor > 0) refuse('GW_REQ_HOST_INVALID', 'No Host line')
  if (host !== undefined && !isAuthority(host)) refuse('GW_REQ_HOST_INVALID', 'Host is not a valid authority')
  if (url.charCodeAt(0) === 0x2f) {
    readTarget(url, rules.paths, target)
    return host ?? ''
  }
  if (url === '*' && method === 'OPTIONS') {
    target.path = '*'
    target.query = ''
    return host ?? ''
  }
  const absolute = readAbsoluteForm(url)
  if (!absolute || !isAuthority(absolute.authority)) return refuse('GW_REQ_TARGET_INVALID', 'The target is neither a path nor an absolute URI')
  if (host !== undefined && host.toLowerCase() !== absolute.authority.toLowerCase()) refuse('GW_REQ_HOST_INVALID', 'The target names another host than Host')
  readTarget(absolute.path, rules.paths, target)
  return absolute.authority
}

function refuse(code: CoreErrorCode, message?: string): never {
  throw new GatewayError(code, message === undefined ? {} : { message })
}
