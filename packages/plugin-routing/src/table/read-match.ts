import type { RouteMatch } from '../options/match-options.ts'
import { invalidOption } from '../problems.ts'
import { describeCondition, readHeaderConditions, readQueryConditions } from './conditions.ts'
import type { Match, PathMatch } from './match.ts'
import { type HostPattern, parseHostPattern } from './match-host.ts'
import { describePath, parseExactPath, parsePathPattern, parsePrefix } from './route-path.ts'

/** The kinds of path that options can give, and who reads them. */
const PATHS = { path: parsePrefix, exactPath: parseExactPath, pathPattern: parsePathPattern } as const

const ANY_PATH: PathMatch = { segments: [], whole: false, parameters: [] }

/**
 * Checks and normalises the match of a route.
 * @param at path of the match in the options, for errors.
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID on a host, path, header or query that no request can have, or two
 * kinds of path.
 */
export function readMatch(given: RouteMatch, at: readonly PropertyKey[]): Match {
  return {
    host: given.host === undefined ? undefined : readHost(given.host, [...at, 'host']),
    path: readPath(given, at),
    methods: given.method === undefined ? null : [...new Set([given.method].flat())].sort(),
    headers: readHeaderConditions(given.headers, [...at, 'headers']),
    query: readQueryConditions(given.query, [...at, 'query']),
  }
}

/**
 * A match in words, as a route's default id: `*.shop.internal/orders/* (GET,POST; x-tenant=blue; ?version=2)`. Equal
 * only for matches that tie.
 */
export function describeMatch({ host, path, methods, headers, query }: Match): string {
  const hostText = host ? (host.kind === 'suffix' ? `*.${host.name}` : host.name) : ''
  const others = [
    ...(methods ? [methods.join(',')] : []),
    ...headers.map(describeCondition),
    ...query.map((condition) => `?${describeCondition(condition)}`),
  ]
  return `${hostText}${describePath(path)}${others.length > 0 ? ` (${others.join('; ')})` : ''}`
}

function readHost(given: string, at: readonly PropertyKey[]): HostPattern {
  const pattern = parseHostPattern(given)
  if (pattern) return pattern
  const needed =
    'a host name without scheme or port, such as "orders" or "*.shop.internal", in ASCII (punycode)'
  throw invalidOption(at, JSON.stringify(given), needed)
}

function readPath(given: RouteMatch, at: readonly PropertyKey[]): PathMatch {
  const kinds = (['path', 'exactPath', 'pathPattern'] as const).filter((kind) => given[kind] !== undefined)
  const [kind] = kinds
  if (kind === undefined) return ANY_PATH
  if (kinds.length > 1) {
    throw invalidOption(
      at,
      kinds.join(' and '),
      'one of them: path is a prefix, exactPath the whole path, pathPattern one with parameters',
    )
  }
  const text = given[kind] ?? ''
  const parsed = PATHS[kind](text)
  if ('segments' in parsed) return parsed
  throw invalidOption([...at, kind], JSON.stringify(text), `a path such as "/orders": ${parsed.problem}`)
}
