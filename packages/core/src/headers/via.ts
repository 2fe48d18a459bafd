/** `Via` (RFC 9110 section 7.6.3) and the loops that it reveals. */
import { sameName } from './list.ts'

/** Whether a gateway of this name is among those that the request passed already. */
export function passedThrough(headers: readonly string[], pseudonym: string): boolean {
  for (let i = 0; i < headers.length; i += 2) {
    if (!sameName(headers[i] as string, 'via')) continue
    for (const hop of withoutComments(headers[i + 1] as string).split(',')) {
      // `[protocol "/"] version SP received-by [ SP comment ]`
      if (hop.trim().split(/\s+/)[1]?.toLowerCase() === pseudonym.toLowerCase()) return true
    }
  }
  return false
}

/**
 * Leaves out comments (RFC 9110 section 5.6.5): a comma in one begins no hop. What follows a parenthesis that is never
 * closed stays, or it would hide a loop.
 */
function withoutComments(value: string): string {
  if (!value.includes('(')) return value
  let kept = ''
  let depth = 0
  let from = 0
  for (let at = 0; at < value.length; at++) {
    const char = value[at]
    if (char === '\\' && depth > 0) at++
    else if (char === '(' && depth++ === 0) {
      kept += value.slice(from, at)
      from = at
    } else if (char === ')' && depth > 0 && --depth === 0) from = at + 1
  }
  return kept + value.slice(from)
}
