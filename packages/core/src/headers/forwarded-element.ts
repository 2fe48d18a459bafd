/** Elements of `Forwarded` (RFC 7239 section 4), and the nodes in them. */
import { ipVersion, plainIpv6 } from '../ip-address.ts'

/** One hop. Empty where it says nothing. */
export interface ForwardedElement {
  /** As it stands, without quotes: `192.0.2.1`, `[2001:db8::1]:4711`, `_hidden`, `unknown`. */
  readonly node: string
  readonly host: string
  readonly proto: string
}

/**
 * Whether every quoted string of a list is a whole value. A client that leaves one open swallows the element that its proxy
 * writes behind it, and what the client said of itself is the last that is read.
 */
export function isWellQuoted(list: string): boolean {
  let quoted = false
  for (let i = 0; i < list.length; i++) {
    const character = list[i]
    if (character === '\\' && quoted) i++
    else if (character !== '"') continue
    else if (quoted ? /[^\t ,;]/.test(list[i + 1] ?? ',') : list[i - 1] !== '=') return false
    else quoted = !quoted
  }
  return !quoted
}

/** The elements of a list, leftmost first; none of one that is not well quoted. Quoted strings may hold commas and semicolons. */
export function readForwarded(list: string): ForwardedElement[] {
  if (list === '' || !isWellQuoted(list)) return []
  const elements: ForwardedElement[] = []
  for (const element of splitQuoted(list, ',')) {
    const pairs = new Map(splitQuoted(element, ';').map(readPair))
    elements.push({
      node: pairs.get('for') ?? '',
      host: pairs.get('host') ?? '',
      proto: pairs.get('proto') ?? '',
    })
  }
  return elements
}

/** The address in a node, without port and brackets, in its one spelling; empty when it holds none. */
export function addressOf(node: string): string {
  const address = node.replace(/^\[(.*)\](:\d+)?$/, '$1')
  const version = ipVersion(address)
  if (version !== 0) return version === 6 ? plainIpv6(address) : address
  const withoutPort = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(node)?.[1] ?? ''
  return ipVersion(withoutPort) === 0 ? '' : withoutPort
}

/** What stands in an element without quotes (RFC 9110 section 5.6.2). */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/

/** Writes an element. An address that is not known is `unknown`; an empty host or scheme is left out. */
export function elementOf(address: string, host: string, proto: string): string {
  let element = `for=${address === '' ? 'unknown' : address.includes(':') ? `"[${address}]"` : address}`
  if (host !== '') element += `;host=${hostValue(host)}`
  if (proto !== '') element += `;proto=${proto}`
  return element
}

/** The last host and how it was written: most requests of a gateway are for few. */
let lastHost = ''
let lastValue = ''

/** A port makes a host more than a token. So do `,` and `;`, which would begin a hop or parameter of a client's own. */
function hostValue(host: string): string {
  if (host === lastHost) return lastValue
  lastHost = host
  lastValue = TOKEN.test(host) ? host : `"${host.replaceAll(/["\\]/g, '\\$&')}"`
  return lastValue
}

function readPair(pair: string): [string, string] {
  const [name = '', value = ''] = splitQuoted(pair, '=')
  const text = value.trim()
  const unquoted = text.startsWith('"') ? text.slice(1, -1).replaceAll(/\\(.)/g, '$1') : text
  return [name.trim().toLowerCase(), unquoted]
}

function splitQuoted(text: string, separator: string): string[] {
  const parts: string[] = []
  let quoted = false
  let start = 0
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (character === '\\' && quoted) i++
    else if (character === '"') quoted = !quoted
    else if (character === separator && !quoted) {
      parts.push(text.slice(start, i))
      start = i + 1
    }
  }
  parts.push(text.slice(start))
  return parts
}
