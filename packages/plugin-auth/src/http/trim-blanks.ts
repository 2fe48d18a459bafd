/**
 * Without the blanks around it: HTTP knows two (RFC 9110 section 5.6.3). What else `trim` takes for one is part of the value.
 * By hand: a regular expression would try the end of the value again at each blank in the midst of it.
 */
export function trimBlanks(value: string): string {
  let from = 0
  let to = value.length
  while (from < to && isBlank(value.charCodeAt(from))) from++
  while (to > from && isBlank(value.charCodeAt(to - 1))) to--
  return value.slice(from, to)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}
