/** Objects and arrays inside one another that are read. Whatever walks through claims later may recurse. */
const MAX_DEPTH = 32

const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * Whether a JSON text, known to be valid, has one meaning: no object in it names a member twice (RFC 7519 section 4: each
 * reader may take another one of them), and it is not nested deeper than 32.
 */
export function isUnambiguous(json: string): boolean {
  /** For each open object the names met so far; `undefined` for an array. */
  const open: (Set<string> | undefined)[] = []
  for (let at = 0; at < json.length; at++) {
    switch (json.charAt(at)) {
      case '{':
        if (open.push(new Set()) > MAX_DEPTH) return false
        break
      case '[':
        if (open.push(undefined) > MAX_DEPTH) return false
        break
      case '}':
      case ']':
        open.pop()
        break
      case '"': {
        const end = endOfString(json, at)
        const names = open.at(-1)
        if (names && isFollowedByColon(json, end)) {
          // Escapes are resolved: "\u0073ub" is "sub".
          const name = JSON.parse(json.slice(at, end)) as string
          if (names.has(name)) return false
          names.add(name)
        }
        at = end - 1
        break
      }
    }
  }
  return true
}

/** The place behind the closing quote. */
function endOfString(json: string, start: number): number {
  let at = start + 1
  while (json.charCodeAt(at) !== QUOTE) at += json.charCodeAt(at) === BACKSLASH ? 2 : 1
  return at + 1
}

function isFollowedByColon(json: string, from: number): boolean {
  let at = from
  while (json[at] === ' ' || json[at] === '\n' || json[at] === '\r' || json[at] === '\t') at++
  return json[at] === ':'
}
