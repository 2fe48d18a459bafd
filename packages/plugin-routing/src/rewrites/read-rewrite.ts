import type { HostRewrite, PathRewriteOptions } from '../options/rewrite-options.ts'
import type { RouteOptions } from '../options/route-options.ts'
import { invalidOption } from '../problems.ts'
import type { Match, PathMatch } from '../table/match.ts'
import { parseHostPattern } from '../table/match-host.ts'
import { parseExactPath, parsePathPattern, parsePrefix, pathText } from '../table/route-path.ts'
import { readHeaderRewrite, withHyphens } from './header-rewrite.ts'
import { type PathRewrite, PathTemplate, PrefixSwap, SAME_PATH } from './path-rewrite.ts'
import { readQueryRewrite } from './query-rewrite.ts'
import { Rewrite } from './rewrite.ts'
import { parameterNamed } from './value-template.ts'

type Place = readonly PropertyKey[]

/**
 * The rewrite of a route, `stripPrefix` included.
 * @param at path of the route in the options.
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID on a prefix where the match has none, a path that no request can have, a
 * parameter that the match does not have, or a host, header or query that is not a route's to change.
 */
export function readRewrite(options: RouteOptions, match: Match, at: Place): Rewrite {
  const { stripPrefix, rewrite = {} } = options
  const here = [...at, 'rewrite']
  const { parameters } = match.path
  if (stripPrefix && rewrite.path)
    throw invalidOption([...here, 'path'], 'a path beside stripPrefix', 'one of the two')
  return new Rewrite({
    path: stripPrefix
      ? new PrefixSwap({ client: prefixOf(match, true, [...at, 'stripPrefix']), upstream: '' })
      : readPath(rewrite.path, match, [...here, 'path']),
    host: readHost(rewrite.host, [...here, 'host']),
    query: rewrite.query ? readQueryRewrite(rewrite.query, parameters, [...here, 'query']) : null,
    requestHeaders: rewrite.requestHeaders
      ? readHeaderRewrite(rewrite.requestHeaders, 'request', parameters, [...here, 'requestHeaders'])
      : null,
    responseHeaders: rewrite.responseHeaders
      ? readHeaderRewrite(rewrite.responseHeaders, 'response', parameters, [...here, 'responseHeaders'])
      : null,
    mapBack: rewrite.mapBack ?? true,
  })
}

/**
 * Refuses changes of headers that plugins own: a guard's identity headers must be the guard's, whichever plugin runs last.
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID
 */
export function refuseOwned(rewrite: Rewrite, owned: readonly string[], at: Place): void {
  const taken = new Set(owned.map(withHyphens))
  const name = rewrite.changedRequestHeaders.find((one) => taken.has(withHyphens(one)))
  if (name === undefined) return
  throw invalidOption(
    [...at, 'rewrite', 'requestHeaders'],
    `${name}, which another plugin owns on this route`,
    'a header that no plugin owns',
  )
}

function readPath(given: PathRewriteOptions | undefined, match: Match, at: Place): PathRewrite {
  if (given === undefined) return SAME_PATH
  if ('template' in given) return readTemplate(given.template, match.path, [...at, 'template'])
  const here = [...at, 'replacePrefix']
  const client = prefixOf(match, false, here)
  const parsed = parsePrefix(given.replacePrefix)
  if ('problem' in parsed)
    throw invalidOption(here, JSON.stringify(given.replacePrefix), `a path: ${parsed.problem}`)
  return new PrefixSwap({ client, upstream: pathText(parsed.segments) })
}

function readTemplate(given: string, { parameters }: PathMatch, at: Place): PathRewrite {
  const parsed = given.includes('{') ? parsePathPattern(given) : parseExactPath(given)
  if ('problem' in parsed) throw invalidOption(at, JSON.stringify(given), `a path: ${parsed.problem}`)
  for (const { name, rest } of parsed.parameters) {
    if (parameterNamed(name, parameters, at).rest === rest) continue
    const written = rest ? `{${name}*}` : `{${name}}`
    throw invalidOption(at, written, `{${name}} as match.pathPattern has it, one segment or the rest`)
  }
  return new PathTemplate(parsed, parameters)
}

/** The prefix that the match asks for. */
function prefixOf({ path }: Match, needed: boolean, at: Place): string {
  const { segments, whole, parameters } = path
  if (!whole && parameters.length === 0 && (segments.length > 0 || !needed)) return pathText(segments)
  throw needed
    ? invalidOption(
        at,
        'true on a route without a path prefix',
        'match.path, such as "/orders", or no stripPrefix',
      )
    : invalidOption(at, 'a prefix on a route without one', 'match.path, or rewrite.path.template')
}

function readHost(given: HostRewrite = 'upstream', at: Place): HostRewrite {
  if (typeof given === 'string') return given
  const [, name = '', port = ''] = /^(.*?)(:\d{1,5})?$/.exec(given.name) ?? []
  const pattern = parseHostPattern(name)
  if (pattern?.kind === 'exact') return { name: `${pattern.name}${port}` }
  throw invalidOption(
    [...at, 'name'],
    JSON.stringify(given.name),
    'a host, with or without port, in ASCII (punycode)',
  )
}
