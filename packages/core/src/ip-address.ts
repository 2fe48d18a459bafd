/** IP addresses as text, each in one spelling: whoever compares them as text compares rightly. */
import { isIP } from 'node:net'

/** 0 for what is no address, and for one with a zone, which means something on its sender only (RFC 4007 section 6). */
export function ipVersion(text: string): number {
  return text.includes('%') ? 0 : isIP(text)
}

/** The spelling that sockets have (RFC 5952): short, lower case, IPv4 where an address is one mapped into IPv6. */
export function plainIpv6(address: string): string {
  const short = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const mapped = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(short)
  if (!mapped) return short
  const [high = 0, low = 0] = mapped.slice(1).map((group) => Number.parseInt(group, 16))
  return `${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`
}
