/** The request that a command line describes. */
import { InvalidArgumentError } from 'commander'
import { UsageError } from '../errors.ts'

/** A request as a client would send it. */
export interface AskedRequest {
  /** Upper case, as clients write it. */
  readonly method: string
  /** Host, with a port where one was given. */
  readonly host: string
  /** Path and query as given: dot segments stay, the gateway says what it does with them. */
  readonly target: string
  /** Flat, names as given, without `Host`. */
  readonly headers: readonly string[]
}

/**
 * Reads it. A target alone (`/orders/7`) goes to the host of a `Host` header, else to `gateway`.
 * @throws {UsageError} when nothing can be made of it.
 */
export function readRequest(method: string, url: string, headers: readonly string[]): AskedRequest {
  if (!/^[A-Za-z][A-Za-z-]*$/.test(method))
    throw new UsageError(`${method} is no method. Write: gw explain GET http://orders.internal/orders/7`)
  const [, host, target] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)([^#]*)/i.exec(url) ?? []
  const given = url.startsWith('/') || url === '*' ? url : undefined
  if (given === undefined && (host === undefined || host === ''))
    throw new UsageError(
      `${url} is no URL. Give one such as http://orders.internal/orders/7, or a path such as /orders/7.`,
    )
  if (/[\s\p{Cc}]/u.test(url)) throw new UsageError('The URL has a blank in it: write %20.')
  const pairs = headers.map(readHeader)
  const ofHeader = pairs.find(([name]) => name.toLowerCase() === 'host')?.[1]
  return {
    method: method.toUpperCase(),
    host: ofHeader ?? withoutUser(host) ?? 'gateway',
    target: given ?? targetOf(target ?? ''),
    headers: pairs.filter(([name]) => name.toLowerCase() !== 'host').flat(),
  }
}

/** For the view `explain`. */
export function explainQuery(request: AskedRequest): URLSearchParams {
  const query = new URLSearchParams({ method: request.method, host: request.host, path: request.target })
  for (let at = 0; at < request.headers.length; at += 2)
    query.append('header', `${request.headers[at]}: ${request.headers[at + 1]}`)
  return query
}

/** Collects the lines of `-H`, which may be given several times. */
export function toHeader(text: string, known: readonly string[] = []): string[] {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:/.test(text))
    throw new InvalidArgumentError('Expected a header such as "Accept: application/json".')
  if (/[\r\n\0]/.test(text)) throw new InvalidArgumentError('A header has no line breaks.')
  return [...known, text]
}

function readHeader(line: string): [name: string, value: string] {
  const at = line.indexOf(':')
  return [line.slice(0, at), line.slice(at + 1).trim()]
}

function withoutUser(authority: string | undefined): string | undefined {
  const host = authority?.slice(authority.lastIndexOf('@') + 1)
  return host === '' ? undefined : host
}

function targetOf(target: string): string {
  if (target === '') return '/'
  return target.startsWith('/') ? target : `/${target}`
}
