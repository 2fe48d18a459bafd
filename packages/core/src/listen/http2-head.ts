/** Reads and validates the head of an HTTP/2 request (RFC 9113 section 8.3). nghttp2 has checked its form already. */
import type { ServerHttp2Stream } from 'node:http2'
import type { CoreErrorCode } from '../error-table.ts'
import { asGatewayError, GatewayError } from '../errors.ts'
import { isAuthority } from '../headers/authority.ts'
import { getHeader } from '../headers/list.ts'
import { RequestHead } from '../headers/request-head.ts'
import type { ExchangeHead } from '../live-exchange.ts'
import { type Peer, peerOf } from '../peer.ts'
import type { BodyStream } from '../seams.ts'
import {
  acceptedHead,
  checkHop,
  checkMethod,
  checkSize,
  type HeadRules,
  refusedHead,
} from './accepted-head.ts'

const head = new RequestHead()

/**
 * Reads a head. One that is refused comes back with `refusal` set.
 * @param raw flat, pseudo-headers among them.
 * @param ended whether the head was the whole request.
 */
export function readHttp2Head(
  stream: ServerHttp2Stream,
  raw: readonly string[],
  ended: boolean,
  rules: HeadRules,
): ExchangeHead {
  const peer = peerOf(stream.session?.socket ?? ({} as never))
  const pseudo = readPseudo(raw)
  try {
    return read(stream, pseudo, ended, rules, peer)
  } catch (thrown) {
    const refusal = asGatewayError(thrown)
    const contentType = getHeader(pseudo.headers, 'content-type')
    const kept = contentType === undefined ? [] : ['content-type', contentType]
    return refusedHead('hop', '2.0', peer, pseudo.method, refusal, kept)
  }
}

interface Pseudo {
  method: string
  authority: string | undefined
  path: string
  /** The other headers. */
  headers: string[]
}

function readPseudo(raw: readonly string[]): Pseudo {
  const found: Pseudo = { method: '', authority: undefined, path: '', headers: [] }
  let cookie = -1
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string
    const value = raw[i + 1] as string
    switch (name) {
      case ':method':
        found.method = value
        break
      case ':scheme':
        // What the client's leg is, the connection says.
        break
      case ':authority':
        found.authority = value
        break
      case ':path':
        found.path = value
        break
      case 'cookie':
        // Crumbs of one header, split for compression (RFC 9113 section 8.2.3): outside of HTTP/2 it is one line.
        if (cookie === -1) cookie = found.headers.push(name, value) - 1
        else found.headers[cookie] += `; ${value}`
        break
      default:
        found.headers.push(name, value)
    }
  }
  return found
}

function read(
  stream: ServerHttp2Stream,
  pseudo: Pseudo,
  ended: boolean,
  rules: HeadRules,
  peer: Peer,
): ExchangeHead {
  const { method, path, headers } = pseudo
  head.scan(headers)
  checkSize(path, head, rules)
  checkMethod(method)
  if (path.charCodeAt(0) !== 0x2f && !(path === '*' && method === 'OPTIONS'))
    refuse('GW_REQ_TARGET_INVALID', 'The path does not start with a slash')
  const authority = readAuthority(pseudo.authority)
  if (head.transferEncodingLines > 0) refuse('GW_REQ_MALFORMED', 'Transfer-Encoding in HTTP/2')
  checkHop(head, 'hop', rules)
  return acceptedHead(
    {
      seat: 'hop',
      httpVersion: '2.0',
      peer,
      method,
      authority,
      target: path,
      upgrade: '',
      body: ended ? null : bodyOf(stream),
      contentLength: ended ? 0 : announcedLength(),
    },
    head,
    rules,
  )
}

/** nghttp2 holds a body to the length that was announced; one that was not announced is of unknown length. */
function announcedLength(): number {
  const length = head.announcedLength()
  if (Number.isNaN(length)) refuse('GW_REQ_MALFORMED', 'Content-Length is not one number')
  return length
}

/** `host` may stand beside `:authority` and must then say the same (RFC 9113 section 8.3.1). */
function readAuthority(given: string | undefined): string {
  const { host, hostLines } = head
  if (hostLines > 1) refuse('GW_REQ_HOST_INVALID', 'More than one Host line')
  const authority = given ?? host
  if (authority === undefined) return refuse('GW_REQ_HOST_INVALID', 'Neither :authority nor Host')
  if (!isAuthority(authority)) refuse('GW_REQ_HOST_INVALID', 'The authority is not valid')
  if (host !== undefined && host.toLowerCase() !== authority.toLowerCase())
    refuse('GW_REQ_HOST_INVALID', 'Host names another host than :authority')
  return authority
}

/** The stream as a body; its trailers are kept where whoever reads it looks for them. */
function bodyOf(stream: ServerHttp2Stream): BodyStream {
  const body: BodyStream = stream
  stream.once('trailers', (_trailers, _flags, raw?: string[]) => {
    body.rawTrailers = raw ?? []
  })
  // The client waits for a 100 before it sends its body (RFC 9110 section 10.1.1): it gets one when somebody reads.
  if (head.expect !== undefined) stream.once('resume', sendContinue)
  return body
}

function sendContinue(this: ServerHttp2Stream): void {
  if (!this.headersSent && !this.closed && !this.destroyed) this.additionalHeaders({ ':status': 100 })
}

function refuse(code: CoreErrorCode, message?: string): never {
  throw new GatewayError(code, message === undefined ? {} : { message })
}
