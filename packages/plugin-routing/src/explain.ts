import { normalisePath, type PathOptions, toFlatHeaders } from '@postern/core'
import { namedIn } from './names/named-in.ts'
import { movePath, type OldName, pathMoveOf, readOldNames } from './names/old-name.ts'
import type { RoutingOptions } from './options/routing-options.ts'
import { pathParametersOf } from './path-parameters.ts'
import type { RewriteDescription } from './rewrites/rewrite.ts'
import { type RouteRule, readRoutes } from './routes.ts'
import type { Match } from './table/match.ts'
import { hostName } from './table/match-host.ts'
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
  /** The old place at which it was considered; `undefined` at its own. */
  readonly place: string | undefined
  /** Where it leads: a service, or several in words: `orders (weight 9) or orders-v2 (weight 1)`. */
  readonly to: string
  /**
   * `won`; what the request lacks to fit it; or `less-specific`: it fits, and another route that fits comes before it.
   */
  readonly outcome: 'won' | 'less-specific' | Mismatch['by']
  /** The outcome in words. It repeats the route's own options, and no value of the request's. */
  readonly why: string
}

/** An old name that a request uses. */
export interface UsedOldName {
  /** As the options call it. */
  readonly name: string
  /** The place where the request arrived. */
  readonly place: string
  /** The service that has it. */
  readonly service: string
  /** Unix time of its end in milliseconds; `undefined` for none. */
  readonly untilMs: number | undefined
  /** Whether its end is over. */
  readonly overdue: boolean
}

/** One rewrite of the path. */
export interface PathStep {
  /** `moved` to the new place of an old name; `stripPrefix` of the route. */
  readonly by: 'moved' | 'stripPrefix' | 'rewrite'
  /** The path after it. */
  readonly path: string
}

/** What `explainRoute` gives. */
export interface RouteExplanation {
  /** The path as routes, guards and upstreams see it. */
  readonly path: string
  /** The route that won; `undefined` when none fits. */
  readonly route: ConsideredRoute | undefined
  /** The parameters of its path, decoded; empty without any. */
  readonly pathParameters: Readonly<Record<string, string>>
  /** The services that the route can lead to, by their own names. */
  readonly services: readonly string[]
  /** The old name that the request uses; `undefined` when it uses none. */
  readonly oldName: UsedOldName | undefined
  /** What is done to the path on its way: to the new place, and then without its prefix. */
  readonly pathRewrites: readonly PathStep[]
  /** What the route changes of requests and answers; without values, which may be secrets. */
  readonly rewrite: RewriteDescription | undefined
  /** Every route, in the order of precedence: the most specific first. */
  readonly considered: readonly ConsideredRoute[]
}

/**
 * Says which route a request takes, and why each of the others does not. Pure: nothing is sent, no gateway is needed. For the
 * state of a running one, see `routingView`.
 *
 * @param options those of `routing()`; without `services` no old name is known.
 * @example
 * explainRoute(options, { host: 'gateway', path: '/orders/7' }).route?.id
 * @throws {GatewayError} GW_PLUGIN_OPTIONS_INVALID on routes or old names that `routing()` would refuse.
 * @throws {GatewayError} GW_REQ_TARGET_INVALID on a path that the gateway would refuse.
 */
export function explainRoute(
  { routes, services = {} }: ExplainedOptions,
  request: ExplainedRequest,
): RouteExplanation {
  const oldNames = readOldNames({ services })
  const stands = readRoutes(routes, oldNames)
    .flatMap(standsOf)
    .toSorted((a, b) => rankingOf(a.match, b.match)?.order ?? 0)
  const asked = requestOf(request)
  const judged = stands.map((stand) => ({ stand, mismatch: mismatchOf(stand.match, asked) }))
  const winner = judged.find(({ mismatch }) => mismatch === undefined)?.stand
  const considered = judged.map(({ stand, mismatch }): ConsideredRoute => {
    const { index, rule, oldName } = stand
    const to = describeTo(rule.options.to)
    return { id: rule.id, index, place: oldName?.place, to, ...outcomeOf(stand, mismatch, winner) }
  })
  return {
    path: asked.path,
    route: considered.find(({ outcome }) => outcome === 'won'),
    pathParameters: pathParametersOf(asked.path, winner?.match.path.parameters ?? []).toObject(),
    services: winner ? servicesOf(winner.rule, oldNames) : [],
    oldName: winner && describeOldName(winner.oldName ?? oldHost(asked, oldNames)),
    pathRewrites: winner ? pathStepsOf(winner, asked.path) : [],
    rewrite: winner?.rule.rewrite.describe(),
    considered,
  }
}

/** What `explainRoute` looks at of the options. */
export type ExplainedOptions = Pick<RoutingOptions, 'routes'> & Partial<Pick<RoutingOptions, 'services'>>

/** A route at one place: its own, or an old one. */
interface Stand {
  readonly index: number
  readonly rule: RouteRule
  readonly match: Match
  readonly oldName: OldName | undefined
}

function standsOf(rule: RouteRule, index: number): Stand[] {
  const old = rule.oldMatches.map(({ match, oldName }) => ({ index, rule, match, oldName }))
  return [{ index, rule, match: rule.match, oldName: undefined }, ...old]
}

function servicesOf({ options }: RouteRule, oldNames: readonly OldName[]): string[] {
  const names = namedIn(options.to).map(
    (name) => oldNames.find((one) => one.isRename && one.name === name)?.service ?? name,
  )
  return [...new Set(names)]
}

function oldHost({ authority }: MatchedRequest, oldNames: readonly OldName[]): OldName | undefined {
  const host = hostName(authority)
  return oldNames.find(({ from }) => from.segments.length === 0 && from.host === host)
}

function describeOldName(oldName: OldName | undefined): UsedOldName | undefined {
  if (!oldName) return undefined
  const { name, place, service, untilMs } = oldName
  return { name, place, service, untilMs, overdue: untilMs !== undefined && Date.now() >= untilMs }
}

function pathStepsOf({ rule: { options, rewrite }, oldName }: Stand, path: string): PathStep[] {
  const steps: PathStep[] = []
  const move = oldName && pathMoveOf(oldName)
  if (move) steps.push({ by: 'moved', path: movePath(move, path) })
  if (rewrite.describe().path !== undefined) {
    const by = options.stripPrefix ? 'stripPrefix' : 'rewrite'
    steps.push({ by, path: rewrite.upstreamPath(steps.at(-1)?.path ?? path) })
  }
  return steps
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
  stand: Stand,
  mismatch: Mismatch | undefined,
  winner: Stand | undefined,
): Pick<ConsideredRoute, 'outcome' | 'why'> {
  if (mismatch) return { outcome: mismatch.by, why: mismatch.why }
  if (!winner || stand === winner) return { outcome: 'won', why: 'the most specific route that fits' }
  const by = rankingOf(winner.match, stand.match)?.by ?? 'place'
  return { outcome: 'less-specific', why: `${JSON.stringify(winner.rule.id)} is more specific by its ${by}` }
}
