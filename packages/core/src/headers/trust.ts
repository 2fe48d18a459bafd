/** Who is believed when it says whom it speaks for. */
import { BlockList, isIP } from 'node:net'
import type { ConnectionPeer } from '../exchange.ts'

/** A set of addresses and CIDR ranges, and `unix` for whoever reaches a unix socket. */
export class TrustList {
  readonly #list = new BlockList()
  /** Whether whoever reaches a unix socket is trusted: its file's rights say who that can be. */
  readonly #unix: boolean
  /** Whether nobody is trusted: then nothing needs to be looked up. */
  readonly empty: boolean

  /** @throws {RangeError} on an entry that is neither an address, a CIDR range nor `unix`. */
  constructor(entries: readonly string[]) {
    this.empty = entries.length === 0
    this.#unix = entries.includes('unix')
    for (const entry of entries) if (entry !== 'unix') this.#add(entry)
  }

  /** Whether the other end of a connection is trusted. */
  hasPeer({ address, unix }: ConnectionPeer): boolean {
    return unix ? this.#unix : this.has(address)
  }

  /** Whether an address is trusted. */
  has(address: string): boolean {
    if (this.empty) return false
    const family = isIP(address)
    return family !== 0 && this.#list.check(address, family === 6 ? 'ipv6' : 'ipv4')
  }

  #add(entry: string): void {
    const [address = '', prefix, ...rest] = entry.split('/')
    const family = isIP(address)
    const bits = prefix === undefined ? undefined : Number(prefix)
    if (
      family === 0 ||
      rest.length > 0 ||
      (bits !== undefined && !(/^\d{1,3}$/.test(prefix ?? '') && bits <= (family === 6 ? 128 : 32)))
    ) {
      throw new RangeError(
        `"${entry}" is neither an IP address nor a CIDR range such as 10.0.0.0/8, nor unix.`,
      )
    }
    const kind = family === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) this.#list.addAddress(address, kind)
    else this.#list.addSubnet(address, bits, kind)
  }
}
