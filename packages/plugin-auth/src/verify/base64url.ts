const ALPHABET = /^[A-Za-z0-9_-]*$/

/**
 * Last characters whose unused low bits are zero, by what is left over of a length divided by four. RFC 4648 section 3.5:
 * with other bits there, several texts stand for the same bytes, and a changed signature would still be the same one.
 */
const CANONICAL_END: readonly (string | undefined)[] = [undefined, '', 'AQgw', 'AEIMQUYcgkosw048']

/** Whether a text is base64url, and the only one that stands for its bytes (RFC 7515 section 2: no padding). */
export function isCanonical(text: string): boolean {
  if (!ALPHABET.test(text)) return false
  const ends = CANONICAL_END[text.length % 4]
  return ends === undefined || ends.includes(text.at(-1) as string)
}
