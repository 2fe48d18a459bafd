/** What is known of a request, as one piece of data, from a configuration or from a running gateway. */
import type { Mode, ResolvedLimits, ResolvedTimeouts, RouteInfo, RoutePluginInfo } from '@postern/core'
import { getHeader } from '@postern/core'
import type { RoutePolicyDescription } from '@postern/plugin-auth'
import type { ConsideredRoute, LiveExplanation } from '@postern/plugin-routing'
import type { LeftOut } from './quiet-plugin.ts'
import type { Rehearsal } from './recorder.ts'
import { headerShower, shownQuery } from './redact.ts'
import type { AskedRequest } from './request.ts'

/** How one plugin runs on the route that was taken. */
export type ExplainedPlugin = RoutePluginInfo & { readonly version: string }

/** An endpoint of a service that the route can lead to. */
export interface ExplainedEndpoint {
  readonly url: string
  readonly weight: number
  /** Its health, from a running gateway; `undefined` from a file. */
  readonly state: string | undefined
}

/** The request that the upstream would get, without secrets. */
export interface ExplainedUpstream {
  /** `GET /7 HTTP/1.1` */
  readonly line: string
  /** URL of the endpoint. */
  readonly endpoint: string
  readonly service: string
  /** Flat; what is or may be secret is `‹…›`. */
  readonly headers: readonly string[]
}

/** Everything that can be said of a request. */
export interface Explanation {
  readonly request: { readonly method: string; readonly host: string; readonly target: string }
  /** `file`, or the place of the admin listener. */
  readonly from: string
  /** Number of the worker that was asked, where there are several. */
  readonly worker?: number | undefined
  /** Id of the route; `undefined` when it takes none. */
  readonly route: string | undefined
  /** Why this route. */
  readonly why: string
  /** The path as routes and guards see it. */
  readonly path: string | undefined
  readonly pathParameters: Readonly<Record<string, string>>
  readonly pathRewrites: LiveExplanation['pathRewrites']
  readonly oldName: LiveExplanation['oldName']
  readonly target: LiveExplanation['target']
  readonly services: readonly { readonly name: string; readonly endpoints: readonly ExplainedEndpoint[] }[]
  /** The plugins in the order in which they run. */
  readonly plugins: readonly ExplainedPlugin[]
  /** What plugin-auth asks there; `undefined` where it is off or not in use. */
  readonly auth: RoutePolicyDescription | undefined
  readonly timeouts: ResolvedTimeouts | undefined
  readonly limits: ResolvedLimits | undefined
  /** What would be sent; `undefined` where nothing would be, or from a running gateway. */
  readonly upstream: ExplainedUpstream | undefined
  /** What the client would get without any upstream. */
  readonly answer: Rehearsal['answer']
  /** The other routes, the most specific first. */
  readonly others: readonly ConsideredRoute[]
  /** Hooks of plugins that were not run. */
  readonly notRun: readonly LeftOut[]
}

/** What an explanation is put together from. */
export interface ExplanationParts {
  readonly request: AskedRequest
  readonly from: string
  readonly worker?: number | undefined
  readonly routes: readonly RouteInfo[]
  readonly plugins: readonly { readonly name: string; readonly version: string }[]
  /** The view `explain` of plugin-routing; `undefined` where it is not in use. */
  readonly routing: LiveExplanation | undefined
  readonly policy: (route: string) => RoutePolicyDescription | undefined
  /** `undefined` from a running gateway. */
  readonly rehearsal: Rehearsal | undefined
  readonly notRun: readonly LeftOut[]
}

/** Id of the route that is met when no plugin's own is. */
const DEFAULT_ROUTE = 'default'

/** Puts it together. The rehearsal has the last word about the route: it was really taken. */
export function explanationOf(parts: ExplanationParts): Explanation {
  const { request, routing, rehearsal, routes } = parts
  const id = rehearsal ? rehearsal.route : (routing?.route?.id ?? fallback(routes))
  const info = routes.find((route) => route.id === id)
  return {
    request: {
      method: request.method,
      host: request.host,
      target: shownTarget(request.target),
    },
    from: parts.from,
    ...(parts.worker === undefined ? {} : { worker: parts.worker }),
    route: id,
    why: whyOf(id, parts),
    path: routing?.path,
    pathParameters: routing?.pathParameters ?? {},
    pathRewrites: routing?.pathRewrites ?? [],
    oldName: routing?.oldName,
    target: routing?.target,
    services: servicesOf(parts),
    plugins: (info?.plugins ?? []).map((plugin) => ({
      ...plugin,
      version: parts.plugins.find(({ name }) => name === plugin.name)?.version ?? '',
    })),
    auth: id === undefined ? undefined : policyWithMode(parts.policy(id), info),
    timeouts: info?.timeouts,
    limits: info?.limits,
    upstream: rehearsal?.upstream && upstreamOf(rehearsal.upstream, request),
    answer: rehearsal?.answer,
    others: (routing?.considered ?? []).filter(({ outcome }) => outcome !== 'won'),
    notRun: parts.notRun,
  }
}

function fallback(routes: readonly RouteInfo[]): string | undefined {
  return routes.length === 1 ? DEFAULT_ROUTE : undefined
}

function whyOf(id: string | undefined, { routing, routes, rehearsal }: ExplanationParts): string {
  if (id === undefined) {
    if (rehearsal?.answer?.code === 'GW_ROUTE_NOT_FOUND' || !rehearsal?.answer) return 'no route fits'
    return 'it is refused before any route is looked for'
  }
  if (routing?.route?.id === id) return routing.route.why
  if (id === DEFAULT_ROUTE)
    return routes.length === 1 ? 'there is no other' : 'no other route fits, and the gateway has an upstream'
  return 'a plugin picked it'
}

/** The mode of the routes counts: a gateway that is only looked at runs its guards in none. */
function policyWithMode(
  policy: RoutePolicyDescription | undefined,
  info: RouteInfo | undefined,
): RoutePolicyDescription | undefined {
  if (!policy) return undefined
  const mode: Mode = info?.plugins.find(({ name }) => name === '@postern/plugin-auth')?.mode ?? policy.mode
  return mode === 'off' ? undefined : { ...policy, mode }
}

function servicesOf({ routing, from }: ExplanationParts): Explanation['services'] {
  return (routing?.serviceStates ?? []).map(({ name, endpoints }) => ({
    name,
    endpoints: endpoints.map(({ url, weight, state }) => ({
      url,
      weight,
      state: from === 'file' ? undefined : state,
    })),
  }))
}

function upstreamOf(
  { method, endpoint, service, httpVersion, path, query, headers }: NonNullable<Rehearsal['upstream']>,
  request: AskedRequest,
): ExplainedUpstream {
  const show = headerShower(request.headers)
  const shown = headers.map((text, at) => (at % 2 === 0 ? text : show(String(headers[at - 1]), text)))
  const [, given = ''] = /\?(.*)$/.exec(request.target) ?? []
  return {
    line: `${method} ${path}${shownQuery(query, given)} HTTP/${httpVersion}`,
    endpoint,
    service,
    headers: getHeader(headers, 'host') === undefined ? shown : hostFirst(shown),
  }
}

/** As people are used to read a request. */
function hostFirst(headers: readonly string[]): string[] {
  const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'host')
  return [...headers.slice(at, at + 2), ...headers.slice(0, at), ...headers.slice(at + 2)]
}

/** The command line's own URL may have a token in its query, and output is pasted into tickets. */
function shownTarget(target: string): string {
  const at = target.indexOf('?')
  if (at === -1) return target
  const query = target.slice(at + 1)
  return `${target.slice(0, at)}${shownQuery(query, query)}`
}
