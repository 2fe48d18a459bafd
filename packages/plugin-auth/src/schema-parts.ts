import * as v from 'valibot'

const LONGEST_TIMER_MS = 2_147_483_647

/** A text that is not empty. */
export const text = v.pipe(v.string(), v.nonEmpty('Expected a text that is not empty'))

/** Printable ASCII without blanks: it may go into a header. */
export const token = v.pipe(v.string(), v.regex(/^[\x21-\x7e]+$/, 'Expected printable ASCII without blanks'))

/** A whole number within bounds. */
export const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most))

/** Milliseconds that a timer can wait, with a default. */
export const ms = (least: number, fallback: number) => v.optional(whole(least, LONGEST_TIMER_MS), fallback)

/** A header name, in lower case from here on. */
export const anyHeaderName = v.pipe(
  v.string(),
  v.regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'Expected a header name (RFC 9110 section 5.1)'),
  v.toLowerCase(),
)

// What a plugin that wrote these would break: the connection, the framing of the body, or who is asked.
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

/** A header that may carry credentials to an upstream. */
export const credentialHeaderName = v.pipe(
  anyHeaderName,
  v.check((name) => !FRAMING.has(name), 'This header belongs to HTTP itself; choose another name'),
)

/** An address of a service. */
export const httpUrl = v.pipe(
  v.string(),
  v.check((value) => {
    if (!URL.canParse(value)) return false
    const { protocol, username, password, hash } = new URL(value)
    return /^https?:$/.test(protocol) && username === '' && password === '' && hash === ''
  }, 'Expected an http:// or https:// address without user, password and fragment'),
)

/** Schema of `SecretSource`. */
export const secretSource = v.union(
  [text, v.strictObject({ env: text }), v.strictObject({ watch: text })],
  'Expected a text, { env: NAME } or { watch: path }',
)
