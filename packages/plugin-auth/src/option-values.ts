/** What several options have in common. */

import * as v from 'valibot'

const LONGEST_TIMER_MS = 2_147_483_647
/** A text that is not empty. */
export const text = v.pipe(v.string(), v.nonEmpty('Expected a text that is not empty'))
/** A whole number within bounds. */
export const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most))
/** Milliseconds with a default. */
export const ms = (least: number, fallback: number) => v.optional(whole(least, LONGEST_TIMER_MS), fallback)

/** Address of a server, without anything secret in it. */
export const httpUrl = v.pipe(
  v.string(),
  v.check(isHttpUrl, 'Expected an http:// or https:// address without user, password and fragment'),
)

// A plugin owns its identity headers: core removes the client's copies. Owning these would break requests.
const RESERVED = new Set([
  'authorization',
  'connection',
  'content-length',
  'content-type',
  'cookie',
  'host',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Name of a header that may belong to a plugin, lower case. */
export const headerName = v.pipe(
  v.string(),
  v.regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'Expected a header name (RFC 9110 section 5.1)'),
  v.check(
    (name) => !RESERVED.has(name.toLowerCase()),
    'This header belongs to HTTP itself; choose another name',
  ),
  v.toLowerCase(),
)

/** Whether it is an `http://` or `https://` address without user, password and fragment. */
export function isHttpUrl(value: string): boolean {
  if (!URL.canParse(value)) return false
  const url = new URL(value)
  return (
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.username === '' &&
    url.password === '' &&
    url.hash === ''
  )
}

/** What names a caller: it goes into logs and, as an identity header, to the upstream, where a line break would forge a header. */
export const PRINTABLE = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/
