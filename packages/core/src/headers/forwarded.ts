/**
 * Who the client is, behind proxies that are believed, and what the upstream is told of it: `X-Forwarded-*` and
 * `Forwarded` (RFC 7239). Claims of all others are removed, so that an upstream never reads a client's own.
 */
import type { ForwardedForm } from '../options.ts'
import {
  addressOf,
  elementOf,
  type ForwardedElement,
  isWellQuoted,
  readForwarded,
} from './forwarded-element.ts'
import { getHeader, getHeaderList, removeHeader, sameName, setHeader } from './list.ts'
import { isForwarded } from './request-head.ts'
import type { TrustList } from './trust.ts'

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

/** What trusted proxies say of the client. */
export interface Behind {
  readonly client: string
  /** `undefined` when they say nothing that can be used. */
  readonly scheme: 'http' | 'https' | undefined
}

/** The client behind trusted proxies: the nearest hop, read from the right, that is not one of them. */
export function clientBehind(headers: readonly string[], peer: string, trust: TrustList): Behind {
  const hops = hopsOf(headers)
  let client = peer
  let proto = ''
  for (const hop of hops.reverse()) {
    const address = addressOf(hop.node)
    // A hop that is no address cannot be judged: whatever stands left of it is not believed.
    if (address === '') break
    client = address
    proto = hop.proto
    if (!trust.has(address)) break
  }
  return { client, scheme: schemeOf(getHeader(headers, 'x-forwarded-proto') ?? proto) }
}

function schemeOf(given: string): 'http' | 'https' | undefined {
  const scheme = given.toLowerCase()
  return scheme === 'http' || scheme === 'https' ? scheme : undefined
}

/** The hops that a trusted proxy names, whichever way it does: `x-forwarded-for` where both are there. */
function hopsOf(headers: readonly string[]): ForwardedElement[] {
  const list = getHeaderList(headers, 'x-forwarded-for')
  if (list !== undefined) return list.split(',').map((node) => ({ node: node.trim(), host: '', proto: '' }))
  return readForwarded(getHeaderList(headers, 'forwarded') ?? '')
}

/** What this hop knows of the client's leg. */
export interface ClientLeg {
  readonly peer: { readonly address: string } | null
  readonly scheme: string
  readonly authority: string
  /** Whether a trusted proxy's claims stand among the headers. */
  readonly forwarded: boolean
}

/** Adds this hop to the upstream's headers: extends what a trusted proxy said, states the rest. */
export function addForwarded(headers: string[], leg: ClientLeg, form: ForwardedForm): void {
  if (form === 'none') return
  const peer = leg.peer?.address ?? ''
  if (leg.forwarded) {
    extend(headers, leg, peer, form)
    return
  }
  if (form !== 'forwarded') {
    if (peer !== '') headers.push('x-forwarded-for', peer)
    headers.push('x-forwarded-proto', leg.scheme)
    if (leg.authority !== '') headers.push('x-forwarded-host', leg.authority)
  }
  if (form !== 'x-forwarded') headers.push('forwarded', elementOf(peer, leg.authority, leg.scheme))
}

/** The list that this hop may extend. One with an open quote is taken out: it would swallow what is written behind it. */
function forwardedList(headers: string[]): string | undefined {
  const list = getHeaderList(headers, 'forwarded')
  if (list === undefined || isWellQuoted(list)) return list
  removeHeader(headers, 'forwarded')
  return undefined
}

/** Both ways tell the same story: a proxy that used one has its hops translated for the other. */
function extend(
  headers: string[],
  { scheme, authority }: ClientLeg,
  peer: string,
  form: ForwardedForm,
): void {
  const hops = hopsOf(headers)
  const host = getHeader(headers, 'x-forwarded-host') ?? (hops[0]?.host || authority)
  const before = forwardedList(headers)
  if (before !== undefined) setHeader(headers, 'forwarded', `${before}, ${elementOf(peer, '', '')}`)
  else if (form !== 'x-forwarded') {
    // Host and scheme are those that the client used: they belong to the first hop.
    const elements = [...hops.map((hop) => addressOf(hop.node)), peer].map((address, i) =>
      i === 0 ? elementOf(address, host, scheme) : elementOf(address, '', ''),
    )
    headers.push('forwarded', elements.join(', '))
  }
  const list = getHeaderList(headers, 'x-forwarded-for')
  if (form === 'forwarded' && list === undefined) return
  const nodes = list === undefined ? hops.map((hop) => addressOf(hop.node) || 'unknown') : [list]
  if (peer !== '') nodes.push(peer)
  if (nodes.length > 0) setHeader(headers, 'x-forwarded-for', nodes.join(', '))
  setHeader(headers, 'x-forwarded-proto', scheme)
  if (host !== '') setHeader(headers, 'x-forwarded-host', host)
}
