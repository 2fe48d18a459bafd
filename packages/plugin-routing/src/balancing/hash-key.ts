import { type Exchange, getHeader } from '@postern/core'
import type { HashKey } from '../options/balance-options.ts'
import { hashText } from './hash.ts'

/** What a reader gives for an exchange that has no key. Every hash is 0 or above. */
export const NO_KEY = -1

/** Reads what is hashed of an exchange: the hash of its key, or `NO_KEY`. */
export type HashKeyReader = (exchange: Exchange) => number

/** The reader for the kind of key that the options name. */
export function hashKeyReader(key: HashKey): HashKeyReader {
  if (key === 'caller') return ({ caller }) => hashOrNone(caller)
  if (key === 'client-address') return ({ clientAddress }) => hashOrNone(clientAddress)
  if ('cookie' in key) {
    const { cookie } = key
    return ({ requestHeaders }) => hashCookie(getHeader(requestHeaders, 'cookie') ?? '', cookie)
  }
  const name = key.header.toLowerCase()
  return ({ requestHeaders }) => hashOrNone(getHeader(requestHeaders, name) ?? '')
}

function hashOrNone(text: string): number {
  return text === '' ? NO_KEY : hashText(text)
}

/** Hashes the value of a cookie where it stands (RFC 6265 section 4.2.1): no list of all cookies is made. */
function hashCookie(line: string, name: string): number {
  for (let at = 0; at < line.length; ) {
    while (line.charCodeAt(at) === SPACE) at++
    const semicolon = line.indexOf(';', at)
    const end = semicolon === -1 ? line.length : semicolon
    const from = at + name.length + 1
    if (from < end && line.startsWith(name, at) && line.charCodeAt(from - 1) === EQUALS)
      return hashText(line, from, end)
    at = end + 1
  }
  return NO_KEY
}

const SPACE = 0x20
const EQUALS = 0x3d
