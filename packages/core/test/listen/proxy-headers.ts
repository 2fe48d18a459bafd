/** PROXY headers as load balancers write them. */

/** Version 1. */
export function version1(rest: string): Buffer {
  return Buffer.from(`PROXY ${rest}\r\n`, 'latin1')
}

/** What a header of version 2 says. */
export interface Version2 {
  /** Version and command. Default: 0x21, PROXY. */
  readonly command?: number
  /** Family and transport. Default: 0x11, TCP over IPv4. */
  readonly family?: number
  /** Addresses and fields. */
  readonly payload?: Buffer
  /** What it says of the payload's length. Default: the truth. */
  readonly length?: number
}

/** Version 2. */
export function version2({ command = 0x21, family = 0x11, payload = IPV4, length }: Version2 = {}): Buffer {
  const size = Buffer.alloc(2)
  size.writeUInt16BE(length ?? payload.length)
  const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
  return Buffer.concat([signature, Buffer.from([command, family]), size, payload])
}

/** 203.0.113.9:1234 to 192.0.2.1:443. */
const IPV4 = Buffer.from('cb007109c000020104d201bb', 'hex')
/** [2001:db8::9]:1234 to [2001:db8::1]:443. */
const IPV6 = Buffer.from('20010db800000000000000000000000920010db800000000000000000000000104d201bb', 'hex')
/** [::ffff:203.0.113.9]:1234 to [::ffff:192.0.2.1]:443. */
const IPV4_IN_IPV6 = Buffer.from(
  '00000000000000000000ffffcb00710900000000000000000000ffffc000020104d201bb',
  'hex',
)
/** Two fields, ALPN and a unique id, as AWS and haproxy add them. */
const FIELDS = Buffer.from(`01000268320500086162636465666768`, 'hex')

/** Every form that is believed, and whom it names; `null` for the connection's own address. */
export const GOOD: readonly [string, Buffer, string | null][] = [
  ['v1 TCP4', version1('TCP4 203.0.113.9 192.0.2.1 1234 443'), '203.0.113.9'],
  ['v1 TCP6', version1('TCP6 2001:db8::9 2001:db8::1 1234 443'), '2001:db8::9'],
  ['v1 TCP6, long and upper case', version1('TCP6 2001:0DB8:0:0::0009 ::1 1234 443'), '2001:db8::9'],
  ['v1 TCP6 with IPv4 inside', version1('TCP6 ::ffff:203.0.113.9 ::1 1234 443'), '203.0.113.9'],
  ['v1 UNKNOWN', version1('UNKNOWN'), null],
  ['v1 UNKNOWN, and more', version1(`UNKNOWN ${'f'.repeat(85)}`), null],
  ['v2 TCP4', version2(), '203.0.113.9'],
  ['v2 TCP6', version2({ family: 0x21, payload: IPV6 }), '2001:db8::9'],
  ['v2 TCP6 with IPv4 inside', version2({ family: 0x21, payload: IPV4_IN_IPV6 }), '203.0.113.9'],
  ['v2 with fields', version2({ payload: Buffer.concat([IPV4, FIELDS]) }), '203.0.113.9'],
  ['v2 LOCAL', version2({ command: 0x20, family: 0, payload: Buffer.alloc(0) }), null],
  ['v2 LOCAL with an address', version2({ command: 0x20 }), null],
  ['v2 without a family', version2({ family: 0, payload: Buffer.alloc(0) }), null],
  ['v2 of a unix socket', version2({ family: 0x31, payload: Buffer.alloc(216) }), null],
]

/** What is no header, whoever sends it. */
export const BAD: readonly [string, Buffer][] = [
  ['a request', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')],
  ['the preface of HTTP/2', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')],
  ['a ClientHello', Buffer.from('160301020001', 'hex')],
  ['v1 of a family that there is not', version1('TCP5 203.0.113.9 192.0.2.1 1234 443')],
  ['v1 in lower case', Buffer.from('proxy TCP4 203.0.113.9 192.0.2.1 1234 443\r\n')],
  ['v1 without a family', Buffer.from('PROXY \r\n')],
  ['v1 with an address of the other family', version1('TCP4 2001:db8::9 192.0.2.1 1234 443')],
  ['v1 with a destination of the other family', version1('TCP4 203.0.113.9 ::1 1234 443')],
  ['v1 with a name', version1('TCP4 localhost 192.0.2.1 1234 443')],
  ['v1 with half an address', version1('TCP4 203.0.113 192.0.2.1 1234 443')],
  ['v1 with octal numbers', version1('TCP4 0203.000.0113.011 192.0.2.1 1234 443')],
  ['v1 with a zone', version1('TCP6 fe80::1%eth0 ::1 1234 443')],
  ['v1 without ports', version1('TCP4 203.0.113.9 192.0.2.1')],
  ['v1 with a port too few', version1('TCP4 203.0.113.9 192.0.2.1 1234')],
  ['v1 with a port too large', version1('TCP4 203.0.113.9 192.0.2.1 65536 443')],
  ['v1 with a port that is none', version1('TCP4 203.0.113.9 192.0.2.1 -1 443')],
  ['v1 with more than it has', version1('TCP4 203.0.113.9 192.0.2.1 1234 443 10.0.0.1')],
  ['v1 with two spaces', version1('TCP4  203.0.113.9 192.0.2.1 1234 443')],
  ['v1 with a line break inside', version1('TCP4 203.0.113.9\n192.0.2.1 1234 443')],
  ['v1 that does not end', Buffer.from(`PROXY UNKNOWN ${'f'.repeat(200)}`)],
  ['v1 that ends too late', version1(`UNKNOWN ${'f'.repeat(94)}`)],
  ['v2 of another version', version2({ command: 0x11 })],
  ['v2 of another command', version2({ command: 0x22 })],
  ['v2 of a family that there is not', version2({ family: 0x41 })],
  ['v2 of a transport that there is not', version2({ family: 0x13 })],
  ['v2 with too short an IPv4 address', version2({ payload: IPV4.subarray(0, 11) })],
  ['v2 with too short an IPv6 address', version2({ family: 0x21, payload: IPV4 })],
  ['v2 that says it is huge', version2({ length: 65_535 })],
  ['v2 with a broken signature', Buffer.from('\r\n\r\n\0\r\nQUIZ\n', 'latin1')],
]
