/**
 * The path is normalised here, once; routes, guards and the upstream all use the result. What two parsers could read
 * differently is refused, since a guard that reads another path than the upstream guards nothing.
 */
import { GatewayError } from '../errors.ts'
import { DEFAULT_PATHS, type PathOptions, type ResolvedPathOptions, withDefaults } from '../options.ts'

/** Anything outside this needs a second look. The common path is one test and no new string. */
const PLAIN = /^(?:\/(?!\.{0,2}(?:\/|$))[!$&'()*+,\-.0-9:=@A-Z_a-z~]*)*\/?$/

/** Printable ASCII but `#` (RFC 3986 section 3.4, and what clients send unencoded all the same). */
const QUERY = /^[\x21\x22\x24-\x7e]*$/

/** Longer than the shortest form of UTF-8 (RFC 3629 section 3): careless readers find dots and slashes in it. */
const OVERLONG = /%(?:C[01]|E0%[89]|F0%8)/

/** What the match stage reads and writes. */
export interface Targeted {
  /** Path and query as received, or `*`. */
  readonly target: string
  path: string
  query: string
  upstreamPath: string
  upstreamQuery: string
}

/**
 * Splits and normalises the target of an exchange (RFC 9112 section 3.2.1).
 * @throws {GatewayError} GW_REQ_TARGET_INVALID, naming the rule and the option that would allow it.
 */
export function readTarget(exchange: Targeted, options: ResolvedPathOptions): void {
  const { target } = exchange
  const mark = target.indexOf('?')
  const path = mark === -1 ? target : target.slice(0, mark)
  const query = mark === -1 ? '' : target.slice(mark)
  // Bytes that no URI has (RFC 3986 section 2): parsers cut, replace or keep them, each its own way.
  if (query !== '' && !QUERY.test(query)) refuse('the query has a byte that no URI may have, or a fragment')
  exchange.path = exchange.upstreamPath = target === '*' ? target : normalise(path, options)
  exchange.query = exchange.upstreamQuery = query
}

/**
 * The normal form of a path, which routes, guards and upstreams all see. For plugins whose options hold paths: only one
 * in this form can be equal to an exchange's.
 * @param options what to do with ambiguous paths. Default: the gateway's defaults.
 * @throws {GatewayError} GW_REQ_TARGET_INVALID, saying why no request has this path.
 */
export function normalisePath(path: string, options: PathOptions = DEFAULT_PATHS): string {
  return normalise(path, withDefaults(options, DEFAULT_PATHS))
}

function normalise(path: string, options: ResolvedPathOptions): string {
  if (path !== '' && PLAIN.test(path)) return path
  if (path[0] !== '/') refuse('it does not start with a slash')
  if (!/^[\x21-\x7e]*$/.test(path)) refuse('it has a byte that must be percent-encoded')
  if (/[#"<>^`{|}]/.test(path)) refuse('it has a character that must be percent-encoded')
  if (/%(?![0-9A-Fa-f]{2})/.test(path)) refuse('it has a percent sign that encodes nothing')
  // Once only: a second round would decode what the client encoded twice on purpose.
  const decoded = path.replace(/%[0-9A-Fa-f]{2}/g, decodeUnreserved)
  if (/%(?:00|0[1-9A-F]|1[0-9A-F]|7F)/.test(decoded)) refuse('it has an encoded control character')
  if (OVERLONG.test(decoded)) refuse('it has bytes that are no UTF-8, but are read as a shorter character')
  if (options.encodedSlash === 'refuse' && decoded.includes('%2F'))
    refuse('it has an encoded slash', 'encodedSlash: keep')
  if (options.backslash === 'refuse' && /\\|%5C/.test(decoded))
    refuse('it has a backslash', 'backslash: keep')
  if (options.pathParameters === 'refuse' && /;|%3B/.test(decoded))
    refuse('it has path parameters', 'pathParameters: keep')
  let result = decoded
  if (result.includes('//')) {
    if (options.doubleSlash === 'refuse') refuse('it has an empty segment', 'doubleSlash: merge')
    if (options.doubleSlash === 'merge') result = result.replace(/\/{2,}/g, '/')
  }
  if (!hasDotSegment(result)) return result
  if (options.dotSegments === 'refuse') refuse('it has a dot segment', 'dotSegments: resolve')
  return resolveDots(result)
}

/** Decodes `%XX` of unreserved characters (RFC 3986 section 6.2.2.2) and writes the others in upper case. */
function decodeUnreserved(encoded: string): string {
  const char = String.fromCharCode(Number.parseInt(encoded.slice(1), 16))
  return /[0-9A-Za-z\-._~]/.test(char) ? char : encoded.toUpperCase()
}

/** `;` counts: some servers drop parameters before they resolve dots, so `..;x` climbs there. */
function hasDotSegment(path: string): boolean {
  return /(?:^|\/|\\|%2F|%5C)\.{1,2}(?:\/|\\|%2F|%5C|;|%3B|$)/.test(path)
}

/** RFC 3986 section 5.2.4. A climb above the root is refused: nobody means it. */
function resolveDots(path: string): string {
  const out: string[] = []
  const segments = path.split('/').slice(1)
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1
    if (segment === '.') {
      if (last) out.push('')
    } else if (segment === '..') {
      if (out.length === 0) refuse('it climbs above the root')
      out.pop()
      if (last) out.push('')
    } else {
      if (hasDotSegment(`/${segment}`)) refuse('it has a dot segment that cannot be resolved safely')
      out.push(segment)
    }
  }
  return `/${out.join('/')}`
}

function refuse(why: string, option?: string): never {
  const hint = option ? ` (the gateway's option paths.${option} would allow it)` : ''
  const message = `The path is refused: ${why}${hint}`
  throw new GatewayError('GW_REQ_TARGET_INVALID', { message })
}
