/** Writes what plugins made of a request back to it, in every form in which a host may read it. */
import type { IncomingMessage } from 'node:http'
import type { EgressRequest } from '../seams.ts'

/** Lines of the connection itself: no plugin sees them, the host does. */
const OF_CONNECTION = /^(?:host|connection|keep-alive|transfer-encoding|expect|upgrade|te|trailer)$/i

/** Headers of which node:http keeps the first line only. */
const FIRST_LINE_WINS = new Set([
  'age',
  'authorization',
  'content-length',
  'content-type',
  'etag',
  'expires',
  'from',
  'host',
  'if-modified-since',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'referer',
  'retry-after',
  'server',
  'user-agent',
])

/** What stands before the path of a target in absolute form. */
const ORIGIN = /^https?:\/\/[^/?#]*/i

/** What plugins made of target and headers becomes what the host reads. */
export function writeBack(request: IncomingMessage, { target, headers }: EgressRequest): void {
  // One path for guards and host: what was normalised for one must not reach the other as it came. The form stays: Express
  // cuts off what it saw of the host before, and would route the rest of a path that has none.
  const url = `${ORIGIN.exec(request.url ?? '')?.[0] ?? ''}${target}`
  if (request.url !== url) request.url = url
  const before = request.rawHeaders
  if (isUnchanged(before, headers)) return
  const raw: string[] = []
  for (let i = 0; i < before.length; i += 2) {
    if (OF_CONNECTION.test(before[i] as string)) raw.push(before[i] as string, before[i + 1] as string)
  }
  raw.push(...headers)
  request.rawHeaders = raw
  request.headers = joined(raw)
  // node:http would make these of as many raw lines as it once received.
  request.headersDistinct = distinct(raw)
}

function isUnchanged(before: readonly string[], after: readonly string[]): boolean {
  let at = 0
  for (let i = 0; i < before.length; i += 2) {
    if (before[i] === after[at] && before[i + 1] === after[at + 1]) at += 2
    else if (!OF_CONNECTION.test(before[i] as string)) return false
  }
  return at === after.length
}

/** By the rules of node:http: lists are joined, cookies by `; `, and what can stand only once is kept once. */
function joined(raw: readonly string[]): IncomingMessage['headers'] {
  const headers: IncomingMessage['headers'] = {}
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase()
    const value = raw[i + 1] as string
    const known = Object.hasOwn(headers, name) ? headers[name] : undefined
    if (name === 'set-cookie') headers[name] = Array.isArray(known) ? [...known, value] : [value]
    else if (typeof known !== 'string') headers[name] = value
    else if (!FIRST_LINE_WINS.has(name)) headers[name] = `${known}${name === 'cookie' ? '; ' : ', '}${value}`
  }
  return headers
}

function distinct(raw: readonly string[]): IncomingMessage['headersDistinct'] {
  const headers = Object.create(null) as IncomingMessage['headersDistinct']
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase()
    const known = headers[name]
    if (known) known.push(raw[i + 1] as string)
    else headers[name] = [raw[i + 1] as string]
  }
  return headers
}
