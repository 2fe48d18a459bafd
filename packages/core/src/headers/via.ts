/** `Via` (RFC 9110 section 7.6.3) and the loops that it reveals. */
import { sameName } from './list.ts'

/** Whether a gateway of this name is among those that the request passed already. */
export function passedThrough(headers: readonly string[], pseudonym: string): boolean {
  for (let i = 0; i < headers.length; i += 2) {
    if (!sameName(headers[i] as string, 'via')) continue
    for (const hop of (headers[i + 1] as string).split(',')) {
      // `[protocol "/"] version SP received-by [ SP comment ]`
      if (hop.trim().split(/\s+/)[1]?.toLowerCase() === pseudonym.toLowerCase()) return true
    }
  }
  return false
}
