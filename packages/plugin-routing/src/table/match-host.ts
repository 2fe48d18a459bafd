/** Host names: as patterns in options, and as requests carry them. */

/** Longest name in DNS (RFC 1035 section 2.3.4). */
export const MAX_NAME_LENGTH: number = 253

/** What a host pattern means. */
export interface HostPattern {
  /** `exact` is one name; `suffix` is every name below one. */
  readonly kind: 'exact' | 'suffix'
  /** The name, or what stands after `*.`, in lower case. */
  readonly name: string
}

const LABELS = /^(?!-)[a-z0-9_-]+(\.[a-z0-9_-]+)*$/
const IPV6 = /^\[[0-9a-f:.]+\]$/

/**
 * Reads a host pattern: a name, an address, or `*.suffix`.
 * @returns `undefined` when it is none of them: it has a port, a scheme, a `*` elsewhere, or characters
 * outside ASCII.
 */
export function parseHostPattern(pattern: string): HostPattern | undefined {
  const lower = pattern.toLowerCase()
  const kind = lower.startsWith('*.') ? 'suffix' : 'exact'
  const name = kind === 'suffix' ? lower.slice(2) : lower
  // Below a suffix that is as long as a name can be, there are no names.
  const longest = kind === 'suffix' ? MAX_NAME_LENGTH - 2 : MAX_NAME_LENGTH
  const valid = name.length <= longest && (LABELS.test(name) || (kind === 'exact' && IPV6.test(name)))
  return valid ? { kind, name } : undefined
}

/**
 * The name in an authority: lower case, without port, and without the dot at the end that makes a DNS name
 * absolute. Two spellings of one name must not reach different routes, or guards on one of them could be
 * walked around.
 */
export function hostName(authority: string): string {
  let end = authority.length
  const colon = authority.lastIndexOf(':')
  // In `[::1]` the last colon belongs to the address; a port can only follow the bracket.
  if (colon !== -1 && colon > authority.lastIndexOf(']')) end = colon
  if (end > 1 && authority.charCodeAt(end - 1) === 0x2e) end -= 1
  const name = end === authority.length ? authority : authority.slice(0, end)
  return name.toLowerCase()
}
