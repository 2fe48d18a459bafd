/**
 * The PROXY protocol, versions 1 and 2 (haproxy.org, "The PROXY protocol"): a load balancer says whom a connection is for
 * before the connection's own bytes.
 */
import { ipVersion, plainIpv6 } from '../ip-address.ts'

/** A header that was read. */
export interface ProxyHeader {
  /** Bytes that it takes. */
  readonly length: number
  /** Whom the connection is for; `null` when the header says to take the connection's own address. */
  readonly address: string | null
}

const V2_SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
/** A line of version 1 is never longer. */
const V1_BYTES = 107
/** Version 2 may carry fields of its own after the addresses; nobody needs more than this. */
const V2_BYTES = 4_096

/** Reads a header: `undefined` while bytes are missing, `null` when it is none. */
export function readProxyHeader(bytes: Buffer): ProxyHeader | null | undefined {
  const known = Math.min(bytes.length, V2_SIGNATURE.length)
  if (bytes.subarray(0, known).equals(V2_SIGNATURE.subarray(0, known)))
    return known < V2_SIGNATURE.length ? undefined : readV2(bytes)
  return readV1(bytes)
}

function readV1(bytes: Buffer): ProxyHeader | null | undefined {
  const start = bytes.subarray(0, 6).toString('latin1')
  if (!'PROXY '.startsWith(start)) return null
  const end = bytes.subarray(0, V1_BYTES).indexOf('\r\n')
  if (end === -1) return bytes.length < V1_BYTES ? undefined : null
  const [, family, source = '', destination = '', ...ports] = bytes.toString('latin1', 0, end).split(' ')
  // The sender knows no more; whatever follows is to be ignored.
  if (family === 'UNKNOWN') return { length: end + 2, address: null }
  const version = family === 'TCP4' ? 4 : family === 'TCP6' ? 6 : 0
  if (version === 0 || ipVersion(source) !== version || ipVersion(destination) !== version) return null
  if (ports.length !== 2 || !ports.every(isPort)) return null
  return { length: end + 2, address: version === 4 ? source : plainIpv6(source) }
}

function readV2(bytes: Buffer): ProxyHeader | null | undefined {
  if (bytes.length < 16) return undefined
  const command = bytes.readUInt8(12)
  const family = bytes.readUInt8(13) >> 4
  const length = 16 + bytes.readUInt16BE(14)
  // 0x20 is LOCAL: the balancer's own connection, such as a health check.
  if ((command !== 0x20 && command !== 0x21) || length > V2_BYTES) return null
  if (bytes.length < length) return undefined
  if (command === 0x20) return { length, address: null }
  // To be rejected (section 2.2): a family or a transport that is none.
  if (family > 3 || (bytes.readUInt8(13) & 0xf) > 2) return null
  if (family === 1) return length < 28 ? null : { length, address: bytes.subarray(16, 20).join('.') }
  if (family === 2) return length < 52 ? null : { length, address: ipv6(bytes.subarray(16, 32)) }
  return { length, address: null }
}

function ipv6(bytes: Buffer): string {
  const groups: string[] = []
  for (let i = 0; i < 16; i += 2) groups.push(bytes.readUInt16BE(i).toString(16))
  return plainIpv6(groups.join(':'))
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535
}
