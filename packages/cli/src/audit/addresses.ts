/** Which hosts are inside of a private network, as far as their names tell. */
import { BlockList, isIP } from 'node:net'

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/** RFC 1918, RFC 3927, RFC 6598, RFC 4193, RFC 4291 section 2.5.6. */
const PRIVATE = new BlockList()
for (const [network, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['100.64.0.0', 10],
] as const)
  PRIVATE.addSubnet(network, bits, 'ipv4')
PRIVATE.addSubnet('fc00::', 7, 'ipv6')
PRIVATE.addSubnet('fe80::', 10, 'ipv6')

/** Names that no public resolver answers for: RFC 6761, RFC 6762, RFC 8375, ICANN's `.internal`, and those of Kubernetes. */
const PRIVATE_NAME = /(?:^|\.)(?:localhost|local|internal|home\.arpa|test|svc|svc\.cluster\.local)$/i

/** Whether only this machine reaches the address. */
export function isLoopback(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '')
  const family = isIP(address)
  if (family === 0) return /^localhost\.?$/i.test(address)
  return LOOPBACK.check(address, family === 6 ? 'ipv6' : 'ipv4')
}

/** Whether the host is of this machine or a private network. A name without a dot is one of those. */
export function isPrivateHost(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '')
  const family = isIP(address)
  if (family === 0) return !address.includes('.') || PRIVATE_NAME.test(address)
  return isLoopback(address) || PRIVATE.check(address, family === 6 ? 'ipv6' : 'ipv4')
}
