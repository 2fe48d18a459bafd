/** The `baggage` header: it passes as it is; only what breaks the rules or the limits is dropped (W3C Baggage, section 3.3). */

/** Most members that go on. */
const MAX_MEMBERS = 180
/** Most bytes that go on. */
const MAX_BYTES = 8_192

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const VALUE = '[\\x21\\x23-\\x2b\\x2d-\\x3a\\x3c-\\x5b\\x5d-\\x7e]*'
/** `key = value` and properties, `;key` or `;key = value`; spaces around a member were removed. */
const MEMBER = new RegExp(
  `^${TOKEN}[ \\t]*=[ \\t]*${VALUE}(?:[ \\t]*;[ \\t]*${TOKEN}(?:[ \\t]*=[ \\t]*${VALUE})?)*$`,
)

/**
 * Checks a `baggage`, of one line or of several joined by commas.
 * @returns the value to pass on: the same text where nothing is wrong, without members that cannot be read and without those
 * that are above the limits, which are dropped whole, from the end; `undefined` where nothing is left.
 */
export function checkBaggage(value: string): string | undefined {
  let members = 0
  let isChanged = false
  let kept = ''
  for (const part of value.split(',')) {
    const member = part.trim()
    const joined = members === 0 ? member : `${kept},${member}`
    if (members === MAX_MEMBERS || joined.length > MAX_BYTES || !MEMBER.test(member)) {
      isChanged = true
      continue
    }
    kept = joined
    members++
  }
  if (members === 0) return undefined
  return isChanged || value.length > MAX_BYTES ? kept : value
}
