/** Reads and validates the head of a node:http request (RFC 9112). Whatever could be read in two ways is refused here. */
import type { IncomingMessage } from 'node:http'
import { type CoreErrorCode, ERRORS } from '../error-table.ts'
import { asGatewayError, GatewayError } from '../errors.ts'
import type { HttpVersion, Seat } from '../exchange.ts'
import { isAuthority, readAbsoluteForm } from '../headers/authority.ts'
import { removeHeader, setHeader } from '../headers/list.ts'
import { RequestHead } from '../headers/request-head.ts'
import type { ExchangeHead } from '../live-exchange.ts'
import { type Peer, peerOf } from '../peer.ts'
import type { RequestBody } from '../seams.ts'
import {
  acceptedHead,
  checkHop,
  checkMethod,
  checkSize,
  type HeadRules,
  refusedHead,
} from './accepted-head.ts'

const head = new RequestHead()
/** Connections that sent something malformed: whatever follows there may be its leftover (RFC 9112 section 9.6). */
const spoiled = new WeakSet<object>()

/**
 * Reads a head. One that is refused comes back with `refusal` set.
 * @param upgrade the protocol that the connection is about to switch to; empty for none.
 */
export function readNodeHead(
  request: IncomingMessage,
  rules: HeadRules,
  seat: Seat,
  upgrade = '',
): ExchangeHead {
  const peer = peerOf(request.socket)
  try {
    return read(request, rules, seat, peer, upgrade)
  } catch (thrown) {
    const refusal = asGatewayError(thrown)
    if (refusal.headers === CLOSE) spoiled.add(request.socket)
    return refusedHead(seat, versionOf(request), peer, request.method ?? '', refusal)
  }
}

function versionOf(request: IncomingMessage): HttpVersion {
  return request.httpVersionMinor === 0 ? '1.0' : '1.1'
}

function read(
  request: IncomingMessage,
  rules: HeadRules,
  seat: Seat,
  peer: Peer,
  upgrade: string,
): ExchangeHead {
  const url = request.url ?? ''
  const method = request.method ?? ''
  if (spoiled.has(request.socket))
    refuse('GW_REQ_MALFORMED', 'It follows a malformed request on its connection')
  head.scan(request.rawHeaders)
  // First of all: no other refusal ends the connection, and behind an unclear end something may wait to be read as the
  // next request.
  const contentLength = readFraming(request)
  checkSize(url, head, rules)
  // The parser also takes 0.9, which has no headers, and 2.0, which is another wire.
  if (request.httpVersionMajor !== 1)
    refuse('GW_REQ_MALFORMED', 'The version is neither HTTP/1.0 nor HTTP/1.1')
  checkMethod(method)
  const absolute =
    url.charCodeAt(0) === 0x2f || (url === '*' && method === 'OPTIONS')
      ? undefined
      : absoluteForm(url, method)
  const authority = readHost(request, absolute?.authority)
  checkHop(head, seat, rules)
  const body = contentLength === 0 ? null : bodyOf(request, rules, seat)
  return acceptedHead(
    {
      seat,
      httpVersion: versionOf(request),
      peer,
      method,
      authority,
      target: absolute?.path ?? url,
      upgrade,
      body,
      contentLength: body instanceof Uint8Array ? body.length : contentLength,
    },
    head,
    rules,
  )
}

/** The body that is still to come, or what the host hands over of one that it read already. */
function bodyOf(request: IncomingMessage, { hostBody }: HeadRules, seat: Seat): RequestBody {
  if (seat !== 'hop' || !(request.readableDidRead || request.readableEnded)) return request
  const given = hostBody?.(request)
  if (given === undefined || given === null) {
    return refuse(
      'GW_HOST_BODY_READ',
      'A body parser ran before the gateway. Mount gateway.handler before it, or give the option hostBody',
    )
  }
  const bytes = typeof given === 'string' ? Buffer.from(given) : given
  // What the client announced was the length of other bytes, perhaps compressed.
  setHeader(head.headers, 'content-length', String(bytes.length))
  removeHeader(head.headers, 'content-encoding')
  return bytes
}

/** Body framing (RFC 9112 section 6.3): -1 for chunked, else the length. Anything ambiguous is how smuggling begins. */
function readFraming(request: IncomingMessage): number {
  const { contentLengthLines, transferEncoding, transferEncodingLines } = head
  if (transferEncodingLines > 0) {
    if (contentLengthLines > 0) refuse('GW_REQ_MALFORMED', 'Both Transfer-Encoding and Content-Length')
    if (request.httpVersionMinor === 0) refuse('GW_REQ_MALFORMED', 'Transfer-Encoding in HTTP/1.0')
    if (transferEncodingLines > 1 || transferEncoding?.toLowerCase() !== 'chunked')
      refuse('GW_REQ_MALFORMED', 'Transfer-Encoding is not chunked')
    return -1
  }
  const length = head.announcedLength()
  if (Number.isNaN(length)) refuse('GW_REQ_MALFORMED', 'Content-Length is not one number')
  return length === -1 ? 0 : length
}

/** The authority that a request is for (RFC 9112 section 3.2). A target that names another host than `Host` is refused. */
function readHost(request: IncomingMessage, inTarget: string | undefined): string {
  const { host, hostLines } = head
  if (hostLines > 1) refuse('GW_REQ_HOST_INVALID', 'More than one Host line')
  if (host === undefined && request.httpVersionMinor > 0) refuse('GW_REQ_HOST_INVALID', 'No Host line')
  if (host !== undefined && !isAuthority(host)) refuse('GW_REQ_HOST_INVALID', 'Host is not a valid authority')
  if (inTarget === undefined) return host ?? ''
  if (host !== undefined && host.toLowerCase() !== inTarget.toLowerCase()) {
    refuse('GW_REQ_HOST_INVALID', 'The target names another host than Host')
  }
  return inTarget
}

/** An absolute-form target (RFC 9112 section 3.2.2), taken apart. */
function absoluteForm(url: string, method: string): { authority: string; path: string } {
  const absolute = readAbsoluteForm(url, method)
  if (!absolute || !isAuthority(absolute.authority)) {
    return refuse('GW_REQ_TARGET_INVALID', 'The target is neither a path nor an absolute URI')
  }
  return absolute
}

/** The answer to a malformed request ends its connection. */
const CLOSE: readonly string[] = ['connection', 'close']

function refuse(code: CoreErrorCode, message?: string): never {
  const headers = ERRORS[code].status === 400 ? CLOSE : []
  throw new GatewayError(code, message === undefined ? { headers } : { message, headers })
}
