/**
 * Who the client is, behind proxies that are believed. `X-Forwarded-*` of all others is removed, so that an upstream
 * never reads a client's own claim (design section 8).
 */
import { BlockList, isIP } from 'node:net'
import { getHeader, getHeaderList, sameName, setHeader } from './list.ts'
import { isForwarded } from './request-head.ts'

/** A set of addresses and CIDR ranges. */
export class TrustList {
  readonly #list = new BlockList()
  /** Whether nobody is trusted: then nothing needs to be looked up. */
  readonly empty: boolean

  /** @throws {RangeError} on an entry that is neither an address nor a CIDR range. */
  constructor(entries: readonly string[]) {
    this.empty = entries.length === 0
    for (const entry of entries) this.#add(entry)
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
      throw new RangeError(`"${entry}" is neither an IP address nor a CIDR range such as 10.0.0.0/8.`)
    }
    const kind = family === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) this.#list.addAddress(address, kind)
    else this.#list.addSubnet(address, bits, kind)
  }
}

/** The peer's address as people write it: IPv4 on a dual-stack socket without its `::ffff:`. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return ''
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

/** Removes every `x-forwarded-*` and `forwarded` line. */
export function withoutForwarded(headers: readonly string[]): string[] {
  const kept: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string
    if (sameName(name, 'forwarded') || isForwarded(name)) continue
    kept.push(name, headers[i + 1] as string)
  }
  return kept
}

/** The nearest address in `x-forwarded-for` that is not itself a trusted proxy, read from the right. */
export function clientBehind(headers: readonly string[], peer: string, trust: TrustList): string {
  const list = getHeaderList(headers, 'x-forwarded-for')
  if (list === undefined) return peer
  let client = peer
  for (const hop of list.split(',').reverse()) {
    const address = plainAddress(hop.trim().replace(/^\[(.*)\](:\d+)?$/, '$1'))
    // A hop that is no address cannot be judged: whatever stands left of it is not believed.
    if (isIP(address) === 0) return client
    client = address
    if (!trust.has(address)) return client
  }
  return client
}

/** The scheme that a trusted proxy says the client used; `undefined` when it says nothing that can be used. */
export function schemeBehind(headers: readonly string[]): 'http' | 'https' | undefined {
  const given = getHeader(headers, 'x-forwarded-proto')?.toLowerCase()
  return given === 'http' || given === 'https' ? given : undefined
}

/** Adds this hop to the upstream's headers: extends what a trusted proxy said, states the rest. */
export function addForwarded(
  headers: string[],
  peer: string,
  scheme: string,
  authority: string,
  hasForwarded: boolean,
): void {
  if (!hasForwarded) {
    if (peer !== '') headers.push('x-forwarded-for', peer)
    headers.push('x-forwarded-proto', scheme)
    if (authority !== '') headers.push('x-forwarded-host', authority)
    return
  }
  const before = getHeaderList(headers, 'x-forwarded-for')
  if (peer !== '') setHeader(headers, 'x-forwarded-for', before === undefined ? peer : `${before}, ${peer}`)
  const elements = getHeaderList(headers, 'forwarded')
  if (elements !== undefined) setHeader(headers, 'forwarded', `${elements}, for=${node(peer)}`)
  if (schemeBehind(headers) === undefined) setHeader(headers, 'x-forwarded-proto', scheme)
  if (authority !== '' && getHeader(headers, 'x-forwarded-host') === undefined)
    headers.push('x-forwarded-host', authority)
}

/** An address as an element of `Forwarded` names it (RFC 7239 section 6). */
function node(address: string): string {
  if (address === '') return 'unknown'
  return address.includes(':') ? `"[${address}]"` : address
}
