/** Heads of requests that never were on a wire: `gateway.fetch` and the caller seat. */
import { GatewayError, isGatewayError } from '../errors.ts'
import type { Seat } from '../exchange.ts'
import { RequestHead } from '../headers/request-head.ts'
import type { ExchangeHead } from '../live-exchange.ts'
import { readTarget, TargetParts } from '../match/path.ts'
import type { ResolvedLimits, ResolvedPathOptions } from '../options.ts'
import type { RequestBody } from '../seams.ts'

/** A request as a caller in this process gives it. */
export interface VirtualRequest {
  readonly seat: Seat
  readonly method: string
  readonly scheme: string
  readonly authority: string
  /** Path and query. */
  readonly target: string
  readonly headers: readonly string[]
  readonly body: RequestBody
}

const head = new RequestHead()
const target = new TargetParts()

/** Reads the head by the same rules as one from the wire, as far as they apply. */
export function virtualHead(
  request: VirtualRequest,
  rules: { readonly limits: ResolvedLimits; readonly paths: ResolvedPathOptions },
): ExchangeHead {
  let refusal: GatewayError | null = null
  target.path = target.query = ''
  head.scan(request.headers)
  try {
    if (request.target.length > rules.limits.requestTargetBytes) throw new GatewayError('GW_REQ_TARGET_TOO_LONG')
    if (head.bytes > rules.limits.requestHeaderBytes || request.headers.length > rules.limits.requestHeaderCount * 2) {
      throw new GatewayError('GW_REQ_HEADERS_TOO_LARGE')
    }
    readTarget(request.target, rules.paths, target)
  } catch (thrown) {
    refusal = isGatewayError(thrown) ? thrown : new GatewayError('GW_GATEWAY_INTERNAL', { cause: thrown })
  }
  return {
    seat: request.seat,
    method: request.method,
    scheme: request.scheme,
    authority: head.host ?? request.authority,
    path: target.path,
    query: target.query,
    requestHeaders: head.headers,
    clientAddress: '',
    peerAddress: '',
    forwarded: false,
    body: refusal ? null : request.body,
    contentLength: bodyLength(request.body, head.contentLength),
    refusal,
  }
}

function bodyLength(body: RequestBody, announced: string | undefined): number {
  if (body === null) return 0
  if (body instanceof Uint8Array) return body.length
  return announced !== undefined && /^\d+$/.test(announced) ? Number(announced) : -1
}
