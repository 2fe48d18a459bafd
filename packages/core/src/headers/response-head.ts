/** The response direction of hop-by-hop removal (RFC 9110 section 7.6.1). */
import { GatewayError } from '../errors.ts'
import { sameName } from './list.ts'
import { withoutNominated } from './request-head.ts'

/**
 * Makes flat strings of the raw header buffers of an upstream, without what concerned that hop only.
 * @param raw flat `[name, value, …]` as buffers, wire case.
 * @throws {GatewayError} GW_UPSTREAM_BAD_RESPONSE on a transfer coding other than chunked: the parser leaves it on the body,
 *   and without its name nobody could take it off again.
 */
export function fromRawResponse(raw: readonly Uint8Array[]): string[] {
  const headers: string[] = []
  let connection: string | undefined
  for (let i = 0; i < raw.length; i += 2) {
    const name = latin1(raw[i] as Uint8Array)
    const value = latin1(raw[i + 1] as Uint8Array)
    switch (name.length) {
      case 2:
        if (sameName(name, 'te')) continue
        break
      case 7:
        if (sameName(name, 'upgrade')) continue
        break
      case 10:
        if (sameName(name, 'keep-alive')) continue
        if (!sameName(name, 'connection')) break
        connection = connection === undefined ? value : `${connection},${value}`
        continue
      case 16:
        if (sameName(name, 'proxy-connection')) continue
        break
      case 17:
        if (!sameName(name, 'transfer-encoding')) break
        if (KNOWN_CODING.test(value)) continue
        throw new GatewayError('GW_UPSTREAM_BAD_RESPONSE', {
          message: 'The transfer coding of the response is not known',
        })
      case 18:
        if (sameName(name, 'proxy-authenticate')) continue
        break
    }
    headers.push(name, value)
  }
  return connection === undefined ? headers : withoutNominated(headers, connection)
}

/**
 * Makes flat strings of raw trailer buffers, without fields that a trailer must not be (RFC 9110 section 6.5.1): what is
 * said there about framing, connection, content or who calls was decided long before.
 */
export function fromRawTrailers(raw: readonly Uint8Array[]): string[] {
  return toTrailers(raw.map(latin1))
}

/** Takes away what a trailer must not be. */
export function toTrailers(flat: readonly string[]): string[] {
  const trailers: string[] = []
  for (let i = 0; i < flat.length; i += 2) {
    const lower = (flat[i] as string).toLowerCase()
    if (HOP_BY_HOP.has(lower) || NO_TRAILERS.has(lower) || lower.startsWith(':')) continue
    trailers.push(flat[i] as string, flat[i + 1] as string)
  }
  return trailers
}

/** The headers of an HTTP/2 response head: pseudo-headers and what must not be there (RFC 9113 section 8.2.2) are left out. */
export function fromHttp2Response(flat: readonly string[]): string[] {
  const headers: string[] = []
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string
    if (name.charCodeAt(0) === 0x3a || name === 'connection' || HOP_BY_HOP.has(name)) continue
    headers.push(name, flat[i + 1] as string)
  }
  return headers
}

/** Whether a response is complete with its head, whatever its headers say (RFC 9110 section 6.4.1, RFC 9112 section 6.3). */
export function hasNoContent(method: string | undefined, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 304
}

/** Whether a reason phrase can be written (RFC 9112 section 4). */
export function isPhrase(reason: string): boolean {
  return !NO_PHRASE.test(reason)
}

const NO_PHRASE = /[^\t\x20-\x7e\x80-\xff]/

/**
 * Refuses a status that no version of HTTP gives a meaning (RFC 9110 section 15), for whoever writes heads and cannot pass
 * it on.
 * @throws {GatewayError} GW_UPSTREAM_BAD_RESPONSE.
 */
export function checkStatus(status: number): void {
  if (status > 599)
    throw new GatewayError('GW_UPSTREAM_BAD_RESPONSE', { message: `Status ${status} is none of HTTP` })
}

/** `identity` was a coding until RFC 7230 and means none. */
const KNOWN_CODING = /^(?:chunked|identity)$/i

const NO_TRAILERS = new Set([
  'connection',
  'trailer',
  'content-length',
  'content-encoding',
  'content-type',
  'content-range',
  'host',
  'authorization',
  'proxy-authorization',
  'cookie',
  'client-cert',
  'client-cert-chain',
  'set-cookie',
  'www-authenticate',
])

const HOP_BY_HOP = new Set([
  'te',
  'upgrade',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'proxy-authenticate',
])

/** Header bytes as text (RFC 9110 section 5.5). The slice method of Buffer skips the checks of `toString`. */
function latin1(bytes: Uint8Array): string {
  return (bytes as unknown as Latin1Sliceable).latin1Slice(0, bytes.length)
}

interface Latin1Sliceable {
  latin1Slice(start: number, end: number): string
}
