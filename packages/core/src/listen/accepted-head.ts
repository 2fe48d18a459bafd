/** What the heads of both wires have in common once each was read by its own rules. */
import { GatewayError } from '../errors.ts'
import type { HttpVersion, Seat } from '../exchange.ts'
import { clientBehind, withoutForwarded } from '../headers/forwarded.ts'
import { headFault } from '../headers/head-fault.ts'
import { getHeader } from '../headers/list.ts'
import type { RequestHead } from '../headers/request-head.ts'
import type { TrustList } from '../headers/trust.ts'
import { passedThrough } from '../headers/via.ts'
import type { HopRules } from '../hop-rules.ts'
import type { ExchangeHead } from '../live-exchange.ts'
import { ALLOWED_METHODS } from '../methods.ts'
import type { HeadLimits, HostBody } from '../options.ts'
import type { Peer } from '../peer.ts'
import type { RequestBody } from '../seams.ts'

/** What the reading of a head depends on. */
export interface HeadRules {
  /** Those of the most generous route: which route is meant is not known yet. */
  readonly limits: HeadLimits
  readonly trust: TrustList
  readonly pseudonym: string
  readonly hop: HopRules
  /** How to get at a body that the host read first; `null` when nobody can. */
  readonly hostBody: HostBody | null
}

/** A head that follows the rules of its wire. */
export interface ReadHead {
  readonly seat: Seat
  readonly httpVersion: HttpVersion
  readonly peer: Peer
  readonly method: string
  readonly authority: string
  readonly target: string
  readonly upgrade: string
  readonly body: RequestBody
  readonly contentLength: number
}

/** `Expect` without what nobody here meets; a list (RFC 9110 section 10.1.1). */
const CONTINUE_ONLY = /^\s*100-continue(?:\s*,\s*100-continue)*\s*$/i

/** What a request id of a trusted caller may look like: it is written to logs and headers. */
const REQUEST_ID = /^[\w.:=+/@-]{1,128}$/

/**
 * Holds a head to its limits.
 * @throws {GatewayError} GW_REQ_TARGET_TOO_LONG, GW_REQ_HEADERS_TOO_LARGE.
 */
export function checkSize(target: string, head: RequestHead, { limits }: HeadRules): void {
  const fault = headFault(target.length, head.bytes, head.lines, limits)
  if (fault) throw fault
}

/**
 * Refuses methods that are not forwarded. TRACE answers with what it received: identity headers that a plugin set would
 * come back to the client.
 * @throws {GatewayError} GW_REQ_METHOD_REFUSED.
 */
export function checkMethod(method: string): void {
  if (method === 'CONNECT' || method === 'TRACE')
    throw new GatewayError('GW_REQ_METHOD_REFUSED', { headers: ['allow', ALLOWED_METHODS] })
}

/**
 * Refuses expectations that nobody meets, and requests that were here before.
 * @throws {GatewayError} GW_REQ_EXPECT_UNKNOWN, GW_REQ_LOOP.
 */
export function checkHop(head: RequestHead, seat: Seat, rules: HeadRules): void {
  if (head.expect !== undefined && !CONTINUE_ONLY.test(head.expect))
    throw new GatewayError('GW_REQ_EXPECT_UNKNOWN')
  if (head.via && seat === 'hop' && passedThrough(head.headers, rules.pseudonym))
    throw new GatewayError('GW_REQ_LOOP')
}

/** Completes a head: who is believed, and so who the client is. */
export function acceptedHead(read: ReadHead, head: RequestHead, rules: HeadRules): ExchangeHead {
  const { trust } = rules
  const { requestIdHeader } = rules.hop
  const { peer, seat } = read
  const trusted = (head.forwarded || requestIdHeader !== '') && trust.hasPeer(peer)
  const forwarded = trusted && head.forwarded
  const behind = forwarded ? clientBehind(head.headers, peer.address, trust) : null
  return {
    seat,
    httpVersion: read.httpVersion,
    peer,
    method: read.method,
    authority: read.authority,
    target: read.target,
    upgrade: read.upgrade,
    body: read.body,
    contentLength: read.contentLength,
    headerBytes: head.bytes,
    headerLines: head.lines,
    id: trusted && requestIdHeader !== '' ? givenId(head.headers, requestIdHeader) : '',
    scheme: behind?.scheme ?? (peer.encrypted ? 'https' : 'http'),
    // In the callee seat the request has arrived: its own service may trust what core cannot judge.
    requestHeaders:
      head.forwarded && !trusted && seat === 'hop' ? withoutForwarded(head.headers) : head.headers,
    clientAddress: behind?.client ?? peer.address,
    forwarded,
    refusal: null,
  }
}

/**
 * A head that is refused: nothing of the request that could mislead.
 * @param requestHeaders those that say how the client reads its answer. Default: none.
 */
export function refusedHead(
  seat: Seat,
  httpVersion: HttpVersion,
  peer: Peer,
  method: string,
  refusal: GatewayError,
  requestHeaders: readonly string[] = [],
): ExchangeHead {
  return {
    seat,
    httpVersion,
    peer,
    method,
    authority: '',
    target: '',
    upgrade: '',
    body: null,
    contentLength: 0,
    headerBytes: 0,
    headerLines: 0,
    id: '',
    scheme: peer.encrypted ? 'https' : 'http',
    requestHeaders,
    clientAddress: peer.address,
    forwarded: false,
    refusal,
  }
}

function givenId(headers: readonly string[], name: string): string {
  const given = getHeader(headers, name)
  return given !== undefined && REQUEST_ID.test(given) ? given : ''
}
