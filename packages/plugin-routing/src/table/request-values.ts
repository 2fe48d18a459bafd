import { unescape as decodePercent } from 'node:querystring'
import { type Exchange, getHeaderList } from '@postern/core'

/** What the table reads of a request. An exchange is one. */
export type MatchedRequest = Pick<Exchange, 'authority' | 'path' | 'method' | 'query' | 'requestHeaders'>

/** The headers and query of one request, read when a route that fits otherwise asks for them. */
export class RequestValues {
  readonly #headers: readonly string[]
  readonly #text: string
  #query: ReadonlyMap<string, string> | null = null

  /** Reads nothing yet. */
  constructor({ requestHeaders, query }: Pick<MatchedRequest, 'requestHeaders' | 'query'>) {
    this.#headers = requestHeaders
    this.#text = query
  }

  /** A header's lines joined as one list, or `undefined`. */
  header(lowerName: string): string | undefined {
    return getHeaderList(this.#headers, lowerName)
  }

  /** The first value of a query parameter, or `undefined`. */
  query(name: string): string | undefined {
    this.#query ??= readQuery(this.#text)
    return this.#query.get(name)
  }
}

/**
 * The parameters of a query, each with its first value, as the Gateway API has it (HTTPQueryParamMatch). A map, so that
 * no name is special; decoded as in forms (URL standard, `application/x-www-form-urlencoded`): bytes that are not UTF-8
 * become U+FFFD, a percent sign that encodes nothing stays.
 */
function readQuery(query: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const pair of query.slice(1).split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decode(equals === -1 ? pair : pair.slice(0, equals))
    if (!values.has(name)) values.set(name, equals === -1 ? '' : decode(pair.slice(equals + 1)))
  }
  return values
}

function decode(text: string): string {
  return decodePercent(text.replaceAll('+', ' '))
}
