import { normalisePath, type PathOptions, toFlatHeaders } from '@postern/core'
import type { RoutingOptions } from './options/routing-options.ts'
import { pathParametersOf } from './path-parameters.ts'
import { type RouteRule, readRoutes } from './routes.ts'
import { type Mismatch, mismatchOf } from './table/mismatch.ts'
import { rankingOf } from './table/precedence.ts'
import type { MatchedRequest } from './table/request-values.ts'
import { describeTo } from './targets/describe-to.ts'

/** A request to explain, as it would arrive. */
export interface ExplainedRequest {
  /** Default: `GET`. */
  readonly method?: string | undefined
  /** Host, with or without port. */
  readonly host: string
  /** Path without query, as a client would send it. */
  readonly path: string
  /** Headers by name, or flat `[name, value, …]` where a name comes in several lines. Default: none. */
  readonly headers?: Readonly<Record<string, string>> | readonly string[] | undefined
  /** Query, with or without `?`, as a client would send it. Default: none. */
  readonly query?: string | undefined
  /** The gateway's option of that name: what it does with ambiguous paths. Default: the gateway's default. */
  readonly paths?: PathOptions | undefined
}

/** A route that was considered, and what became of it. */
export interface ConsideredRoute {
  /** Id of the route. */
  readonly id: string
  /** Its place in the list of options, from 0. */
  readonly index: number
  /** Where it leads: a service, or several in words: `orders (weight 9) or orders-v2 (weight 1)`. */
  readonly to: string
  /**
   * `won`; what the request lacks to fit it; or `less-specific`: it fits, and another route that fits comes before it.
   */
  readonly outcome: 'won' | 'less-specific' | Mismatch['by']
  /** The outcome in words. It repeats the route's own options, and no value of the request's. */
  readonly why: string
}

/** What `explainRoute` gives. */
export interface RouteExplanation {
  /** The path as routes, guards and upstreams see it. */
  readonly path: string
  /** The route that won; `undefined` when none fits. */
  readonly route: ConsideredRoute | undefined
  /** The parameters of its path, decoded; empty without any. */
  readonly pathParameters: Readonly<Record<string, string>>
  /** Every route, in the order of precedence: the most specific first. */
  readonly considered: readonly ConsideredRoute[]
}

/**
 * Says which route a request takes, and why each of the others does not. Pure: nothing is sent, no gateway is needed.
 *
 * @param options those of `routing()`; only the routes are looked at.
 * @example
 * explainRoute(options, { host: 'gateway', path: '/orders/7' }).route?.id
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID on routes that `routing()` would refuse.
 * @throws {GatewayError} GW_REQ_TARGET_INVALID on a path that the gateway would refuse.
 */
export function explainRoute(
  options: Pick<RoutingOptions, 'routes'>,
  request: ExplainedRequest,
): RouteExplanation {
  const rules = [...readRoutes(options.routes).entries()].toSorted(
    ([, a], [, b]) => rankingOf(a.match, b.match)?.order ?? 0,
  )
  const asked = requestOf(request)
  const judged = rules.map(([index, rule]) => ({ index, rule, mismatch: mismatchOf(rule.match, asked) }))
  const winner = judged.find(({ mismatch }) => mismatch === undefined)
  const considered = judged.map(({ index, rule, mismatch }): ConsideredRoute => {
    const { id, options: route } = rule
    return { id, index, to: describeTo(route.to), ...outcomeOf(rule, mismatch, winner?.rule) }
  })
  return {
    path: asked.path,
    route: considered.find(({ outcome }) => outcome === 'won'),
    pathParameters: pathParametersOf(asked.path, winner?.rule.match.path.parameters ?? []).toObject(),
    considered,
  }
}

function requestOf({
  method = 'GET',
  host,
  path,
  headers,
  query = '',
  paths,
}: ExplainedRequest): MatchedRequest {
  return {
    method,
    authority: host,
    path: normalisePath(path, paths),
    query: query === '' || query.startsWith('?') ? query : `?${query}`,
    requestHeaders: toFlatHeaders(headers),
  }
}

function outcomeOf(
  rule: RouteRule,
  mismatch: Mismatch | undefined,
  winner: RouteRule | undefined,
): Pick<ConsideredRoute, 'outcome' | 'why'> {
  if (mismatch) return { outcome: mismatch.by, why: mismatch.why }
  if (!winner || rule === winner) return { outcome: 'won', why: 'the most specific route that fits' }
  const by = rankingOf(winner.match, rule.match)?.by ?? 'place'
  return { outcome: 'less-specific', why: `${JSON.stringify(winner.id)} is more specific by its ${by}` }
}
