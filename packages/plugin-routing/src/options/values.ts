/** Values that several options share. */
import * as v from 'valibot'

/** Text that is not empty. */
export const text = v.pipe(v.string(), v.minLength(1, 'Expected at least one character'))
/** A token, such as the name of a header or cookie. */
export const token = v.pipe(
  v.string(),
  v.regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'Expected a token (RFC 9110 section 5.6.2)'),
)
/** Milliseconds; a timer takes no more. */
export const ms = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2_147_483_647))
