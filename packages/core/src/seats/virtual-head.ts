/** Heads of requests that never were on a wire: `gateway.fetch` and the caller seat. */
import { GatewayError } from '../errors.ts'
import type { Seat } from '../exchange.ts'
import { withoutForwarded } from '../headers/forwarded.ts'
import { headFault } from '../headers/head-fault.ts'
import { RequestHead } from '../headers/request-head.ts'
import { passedThrough } from '../headers/via.ts'
import type { ExchangeHead } from '../live-exchange.ts'
import type { HeadLimits } from '../options.ts'
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

/** Reads the head by the same rules as one from the wire, as far as they apply. */
export function virtualHead(
  request: VirtualRequest,
  rules: { readonly limits: HeadLimits; readonly pseudonym: string },
): ExchangeHead {
  head.scan(request.headers)
  // A host that calls `fetch` hands on what its client claims; a caller speaks for itself.
  const handsOn = request.seat === 'fetch'
  const tooLarge = headFault(request.target.length, head.bytes, head.lines, rules.limits)
  const refusal = tooLarge ?? (handsOn ? loopOf(rules.pseudonym) : null)
  return {
    seat: request.seat,
    method: request.method,
    scheme: request.scheme,
    authority: head.host ?? request.authority,
    target: request.target,
    requestHeaders: handsOn && head.forwarded ? withoutForwarded(head.headers) : head.headers,
    clientAddress: '',
    peer: null,
    httpVersion: '',
    upgrade: '',
    id: '',
    headerBytes: head.bytes,
    headerLines: head.lines,
    forwarded: false,
    body: refusal ? null : request.body,
    contentLength: bodyLength(request.body, head.contentLength),
    refusal,
  }
}

function loopOf(pseudonym: string): GatewayError | null {
  return head.via && passedThrough(head.headers, pseudonym) ? new GatewayError('GW_REQ_LOOP') : null
}

function bodyLength(body: RequestBody, announced: string | undefined): number {
  if (body === null) return 0
  if (body instanceof Uint8Array) return body.length
  return announced !== undefined && /^\d+$/.test(announced) ? Number(announced) : -1
}
