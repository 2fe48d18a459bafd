/** Elements of `Forwarded` (RFC 7239 section 4), and the nodes in them. */
import { isIP } from 'node:net'
import { plainAddress } from '../peer.ts'

/** One hop. Empty where it says nothing. */
export interface ForwardedElement {
  /** As it stands, without quotes: `192.0.2.1`, `[2001:db8::1]:4711`, `_hidden`, `unknown`. */
  readonly node: string
  readonly host: string
  readonly proto: string
}

/** The elements of a list, leftmost first. Quoted strings may hold commas and semicolons. */
export function readForwarded(list: string): ForwardedElement[] {
  if (list === '') return []
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

/** The address in a node, without port and brackets; empty when it holds none. */
export function addressOf(node: string): string {
  const address = plainAddress(node.replace(/^\[(.*)\](:\d+)?$/, '$1'))
  if (isIP(address) !== 0) return address
  const withoutPort = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(node)?.[1] ?? ''
  return isIP(withoutPort) === 0 ? '' : withoutPort
}

/** Writes an element. An address that is not known is `unknown`; an empty host or scheme is left out. */
export function elementOf(address: string, host: string, proto: string): string {
  let element = `for=${address === '' ? 'unknown' : address.includes(':') ? `"[${address}]"` : address}`
  // A port makes the host more than a token, and quotes are needed (RFC 9110 section 5.6.2).
  if (host !== '') element += host.includes(':') ? `;host="${host}"` : `;host=${host}`
  if (proto !== '') element += `;proto=${proto}`
  return element
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
