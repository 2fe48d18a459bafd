import { trimBlanks } from '../http/trim-blanks.ts'
import type { Rejection } from '../rejection.ts'
import { MALFORMED_HEADER, SEVERAL_HEADERS } from '../verify/outcome.ts'
import { readSingle } from './single-header.ts'

/** The value of `Authorization`: `undefined` without it, `null` for more than one. */
export function readAuthorization(headers: readonly string[]): string | undefined | null {
  return readSingle(headers, 'authorization')
}

/**
 * The bearer token of a request: the token, `undefined` when there are no bearer credentials, or why the header is
 * refused. Whether its characters are allowed is checked where a token is met for the first time.
 */
export function readBearer(headers: readonly string[]): string | undefined | Rejection {
  const value = readAuthorization(headers)
  if (value === null) return SEVERAL_HEADERS
  if (value === undefined) return undefined
  const token = bearerToken(value)
  return token === '' ? MALFORMED_HEADER : token
}

/** What follows `Bearer` in a header value; empty when nothing does, `undefined` when it is another scheme. */
export function bearerToken(value: string): string | undefined {
  if (value.length < 6) return undefined
  // Nearly every client writes it this way; the comparison without case is for the others.
  if (!value.startsWith('Bearer') && value.slice(0, 6).toLowerCase() !== 'bearer') return undefined
  if (value.length === 6) return ''
  if (value.charCodeAt(6) !== 32) return undefined
  return value.charCodeAt(7) === 32 ? trimBlanks(value.slice(7)) : value.slice(7)
}
