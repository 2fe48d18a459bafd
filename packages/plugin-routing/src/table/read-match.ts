import type { RouteMatch } from '../options.ts'
import { invalidOption } from '../problems.ts'
import type { Match } from './compile.ts'
import { type HostPattern, parseHostPattern } from './match-host.ts'
import { parseRoutePath, withoutTrailingSlash } from './route-path.ts'

/**
 * Checks and normalises the match of a route.
 * @param at path of the match in the options, for errors.
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID on a host or path that no request can have, or two kinds
 * of path.
 */
export function readMatch(given: RouteMatch, at: readonly PropertyKey[]): Match {
  if (given.path !== undefined && given.exactPath !== undefined) {
    throw invalidOption(
      at,
      'both path and exactPath',
      'one of them: path is a prefix, exactPath the whole path',
    )
  }
  const methods = given.method === undefined ? null : [...new Set([given.method].flat())].sort()
  const host = given.host === undefined ? undefined : readHost(given.host, [...at, 'host'])
  if (given.exactPath !== undefined) {
    return { host, path: readPath(given.exactPath, [...at, 'exactPath']), exact: true, methods }
  }
  const path = given.path === undefined ? '/' : withoutTrailingSlash(readPath(given.path, [...at, 'path']))
  return { host, path, exact: false, methods }
}

/**
 * A match in words, as a route's default id: `*.shop.internal/orders/* (GET,POST)`. Equal only for matches
 * that tie.
 */
export function describeMatch({ host, path, exact, methods }: Match): string {
  const hostText = host ? (host.kind === 'suffix' ? `*.${host.name}` : host.name) : ''
  const pathText = exact ? path : path === '/' ? '/*' : `${path}/*`
  return methods ? `${hostText}${pathText} (${methods.join(',')})` : `${hostText}${pathText}`
}

function readHost(given: string, at: readonly PropertyKey[]): HostPattern {
  const pattern = parseHostPattern(given)
  if (pattern) return pattern
  const needed =
    'a host name without scheme or port, such as "orders" or "*.shop.internal", in ASCII (punycode)'
  throw invalidOption(at, JSON.stringify(given), needed)
}

function readPath(given: string, at: readonly PropertyKey[]): string {
  const parsed = parseRoutePath(given)
  if ('path' in parsed) return parsed.path
  throw invalidOption(at, JSON.stringify(given), `a path such as "/orders": ${parsed.problem}`)
}
