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

/** Beside a schema of what only code can give: JSON Schema for "nothing fits". */
export const NOT_IN_JSON: { readonly not: object } = { not: {} }

/** Names that a record of valibot leaves out without a word: a condition that is left out would match everything. */
const DROPPED = ['__proto__', 'prototype', 'constructor']

/** An object of values by name, of which none is left out. */
export function byName<TValue>(
  name: v.GenericSchema<string>,
  value: v.GenericSchema<TValue>,
): v.GenericSchema<Readonly<Record<string, TValue>>> {
  return v.pipe(
    v.custom<Readonly<Record<string, TValue>>>(
      (given) =>
        typeof given !== 'object' || given === null || !DROPPED.some((one) => Object.hasOwn(given, one)),
      `Expected no name that JavaScript keeps for itself (${DROPPED.join(', ')})`,
    ),
    v.record(name, value),
  )
}
