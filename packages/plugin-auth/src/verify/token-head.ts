import type { Rejection } from '../rejection.ts'
import { isCanonical } from './base64url.ts'
import {
  BAD_HEADER,
  CRITICAL,
  MALFORMED_HEADER,
  NOT_A_JWT,
  NOT_CANONICAL,
  NOT_JSON,
  TOO_LARGE,
} from './outcome.ts'

/** Tokens above this are refused unread: decoding them would let any client spend the gateway's time. */
const MAX_TOKEN_BYTES = 16_384

/** What a token says about itself. **Nothing in it is proven** until its signature was checked. */
export interface TokenHead {
  /** `alg` of the header. */
  readonly alg: string
  /** `kid` of the header. */
  readonly kid: string | undefined
  /** `iss` of the payload. */
  readonly issuer: string | undefined
  /** The payload. */
  readonly claims: Readonly<Record<string, unknown>>
}

// Base64 of the other alphabet, or padded, is no base64url. But lenient readers take it for the same token, so it is read as one.
const THREE_PARTS = /^([A-Za-z0-9_+/-]+)\.([A-Za-z0-9_+/-]+)\.([A-Za-z0-9_+/-]*=*)$/
// RFC 6750 section 2.1, b64token: what may follow "Bearer " at all.
const B64_TOKEN = /^[A-Za-z0-9._~+/-]+=*$/

/** Reads a token without checking it, to learn which issuer, key and algorithm it claims. */
export function readToken(token: string): TokenHead | Rejection {
  if (token.length > MAX_TOKEN_BYTES) return TOO_LARGE
  const parts = THREE_PARTS.exec(token)
  if (!parts) return B64_TOKEN.test(token) ? NOT_A_JWT : MALFORMED_HEADER
  const [, first, second, third] = parts as unknown as readonly [string, string, string, string]
  const header = decode(first)
  const claims = decode(second)
  // First of all: an opaque token may well look like this, and means nothing by how its parts are written.
  if (!header || !claims) return NOT_JSON
  if (!isCanonical(first) || !isCanonical(second) || !isCanonical(third)) return NOT_CANONICAL
  // RFC 7515 section 4.1.11: who does not understand an extension in crit must refuse; this gateway knows none.
  // b64 changes what was signed (RFC 7797) and belongs into crit; without it a reader that knows b64 sees another payload.
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) return CRITICAL
  const { alg, kid } = header
  if (typeof alg !== 'string' || (kid !== undefined && typeof kid !== 'string')) return BAD_HEADER
  const { iss } = claims
  return { alg, kid, issuer: typeof iss === 'string' ? iss : undefined, claims }
}

function decode(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
