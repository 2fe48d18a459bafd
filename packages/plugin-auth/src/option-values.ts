/** What several options have in common. */

import * as v from 'valibot'
import { optionsOf } from './option-docs.ts'

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
const OF_CLIENTS = new Set(['authorization', 'cookie'])
const FRAMING = new Set([
  'connection',
  'content-length',
  'content-type',
  'host',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Name of any header, lower case. */
export const anyHeaderName = v.pipe(
  v.string(),
  v.regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'Expected a header name (RFC 9110 section 5.1)'),
  v.toLowerCase(),
)

const NOT_OURS = 'This header belongs to HTTP itself; choose another name'

/** Name of a header that may belong to a plugin, lower case. */
export const headerName = v.pipe(
  anyHeaderName,
  v.check((name) => !FRAMING.has(name) && !OF_CLIENTS.has(name), NOT_OURS),
)

/** Name of a header that may carry credentials to an upstream, lower case. */
export const credentialHeaderName = v.pipe(
  anyHeaderName,
  v.check((name) => !FRAMING.has(name), NOT_OURS),
)

/** Printable ASCII without blanks: it may go into a header. */
export const token = v.pipe(v.string(), v.regex(/^[\x21-\x7e]+$/, 'Expected printable ASCII without blanks'))

/** Schema of `SecretSource`. */
export const secretSource = v.union(
  [text, optionsOf('SecretSource', { env: text }), optionsOf('SecretSource', { watch: text })],
  'Expected a text, { env: NAME } or { watch: path }',
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

/** A scope (RFC 6749 section 3.3): printable ASCII without blank, quote and backslash. */
export const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** What names a caller: it goes into logs and, as an identity header, to the upstream, where a line break would forge a header. */
export const PRINTABLE = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/
