/**
 * The `tracestate` header: W3C Trace Context, section 3.3. It passes as it is; only what breaks the rules is
 * dropped.
 */

/** Most list members (section 3.3.1.1). */
const MAX_MEMBERS = 32
/** How much must be passed on at least (section 3.3.1.5); what is longer is cut down to it. */
const MAX_LENGTH = 512
/** Members longer than this go first when the list is too long. */
const LONG_MEMBER = 128

/** Key and value of a member (sections 3.3.1.3.1 and 3.3.1.3.2); spaces around a member were removed. */
const MEMBER =
  /^[a-z0-9][a-z0-9_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/

/**
 * Checks a `tracestate`, of one line or of several joined by commas.
 * @returns the value to pass on: the same text where nothing is wrong, a shorter one where it is above the
 * limit, and `undefined` where it is empty, has more members than allowed, or one that cannot be read. A list
 * that cannot be read is dropped whole, and the trace goes on without it.
 */
export function checkTracestate(value: string): string | undefined {
  let members = 0
  let start = 0
  while (start <= value.length) {
    const comma = value.indexOf(',', start)
    const end = comma === -1 ? value.length : comma
    const member = value.slice(start, end).trim()
    // Empty members are allowed and count for nothing.
    if (member !== '' && (++members > MAX_MEMBERS || !MEMBER.test(member))) return undefined
    start = end + 1
  }
  if (members === 0) return undefined
  return value.length <= MAX_LENGTH ? value : shorten(value)
}

/** Removes whole members, long ones first, then from the end, where the oldest stand (section 3.3.1.5). */
function shorten(value: string): string | undefined {
  const members = value.split(',').flatMap((member) => member.trim() || [])
  let length = members.reduce((sum, member) => sum + member.length + 1, -1)
  for (let i = members.length - 1; i >= 0 && length > MAX_LENGTH; i--) {
    const size = (members[i] as string).length
    if (size <= LONG_MEMBER) continue
    members.splice(i, 1)
    length -= size + 1
  }
  while (length > MAX_LENGTH) length -= (members.pop() as string).length + 1
  return members.length === 0 ? undefined : members.join(',')
}
