/** What the heads of both wires have in common once each was read by its own rules. */
import type { GatewayError } from '../errors.ts'
import type { HttpVersion, Seat } from '../exchange.ts'
import { clientBehind, withoutForwarded } from '../headers/forwarded.ts'
import { getHeader } from '../headers/list.ts'
import type { RequestHead } from '../headers/request-head.ts'
import type { TrustList } from '../headers/trust.ts'
import type { ExchangeHead } from '../live-exchange.ts'
import type { HeadLimits, HostBody } from '../options.ts'
import type { Peer } from '../peer.ts'
import type { RequestBody } from '../seams.ts'

/** What the reading of a head depends on. */
export interface HeadRules {
  /** Those of the most generous route: which route is meant is not known yet. */
  readonly limits: HeadLimits
  readonly trust: TrustList
  readonly pseudonym: string
  /** Header by which a trusted caller names the exchange, lower case; empty for none. */
  readonly requestIdHeader: string
  /** Protocols that a client may switch to, lower case. */
  readonly upgrades: readonly string[]
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

/** What a request id of a trusted caller may look like: it is written to logs and headers. */
const REQUEST_ID = /^[\w.:=+/@-]{1,128}$/

/** Completes a head: who is believed, and so who the client is. */
export function acceptedHead(read: ReadHead, head: RequestHead, rules: HeadRules): ExchangeHead {
  const { trust, requestIdHeader } = rules
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
