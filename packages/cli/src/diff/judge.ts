/** What would become of kinds of requests with a configuration. No connection is opened. */
import type { RoutePolicyDescription } from '@postern/plugin-auth'
import type { LoadedConfig } from '../config/load.ts'
import { isRecord } from '../config/validate.ts'
import { quietGateway } from '../explain/quiet-gateway.ts'
import { recording } from '../explain/recorder.ts'
import type { Meaning } from './meaning.ts'
import type { Shape } from './shapes.ts'

/** What would become of a request. */
export interface Outcome {
  /** Id of the route; empty for none. */
  readonly route: string
  /** Status of the gateway's own answer; `undefined` where it is forwarded. */
  readonly status: number | undefined
  /** Services and their endpoints, in words, and the path that they get; empty where it is not forwarded. */
  readonly upstream: string
}

/** Judges one kind of requests. */
export type Judge = (shape: Shape) => Promise<Outcome>

/** A gateway that finds endpoints by name would be waited for with each request. */
const PICK_MS = 250

/** Makes a judge, and ends it when the work is done. */
export async function judging<T>(
  config: LoadedConfig,
  meaning: Meaning,
  work: (judge: Judge) => Promise<T>,
): Promise<T> {
  const recorder = recording()
  const { options } = config
  const quick = { ...config, options: { ...options, timeouts: { ...options.timeouts, pluginMs: PICK_MS } } }
  await using quiet = quietGateway(quick, [recorder.plugin])
  const hosts = hostsOf(config)
  // Waited for here: without that the gateway would be closed under it.
  return await work(async (shape) => {
    const request = requestOf(shape, hosts.get(shape.route) ?? 'gateway')
    // Of such a method (TRACE) there is no such object; it is the same for both sides.
    if (!request) return { route: shape.route, status: undefined, upstream: '' }
    const finished = recorder.next()
    const response = await quiet.gateway.fetch(request).catch(() => undefined)
    await response?.body?.cancel()
    const { route = '', upstream, answer } = await finished
    const status =
      refusalOf(meaning, route, shape) ?? (answer?.code === 'GW_ROUTE_NOT_FOUND' ? 404 : undefined)
    if (status !== undefined) return { route, status, upstream: '' }
    // What could not be picked without asking (a name that is looked up) is known by its service all the same.
    const target = meaning.routes.get(route)?.target ?? []
    const endpoints = (meaning.routes.get(route)?.services ?? []).flatMap(
      (name) => meaning.services.get(name)?.endpoints ?? [],
    )
    const to = target.length > 0 ? [...target, ...endpoints] : [upstream?.endpoint ?? '']
    const path = upstream ? `${upstream.path}${upstream.query}` : ''
    return { route, status: undefined, upstream: [...to, path].join('\n') }
  })
}

function requestOf({ method, path }: Shape, host: string): Request | undefined {
  try {
    return new Request(`http://${host}${path}`, { method })
  } catch {
    return undefined
  }
}

/** Lines do not tell hosts: a route that wants one is asked for by it. */
function hostsOf({ plugins }: LoadedConfig): ReadonlyMap<string, string> {
  const options = plugins.find(({ definition }) => definition.name === '@postern/plugin-routing')?.options
  const routes = isRecord(options) && Array.isArray(options['routes']) ? options['routes'] : []
  return new Map(
    routes.filter(isRecord).flatMap(({ id, match }): [string, string][] => {
      const host = isRecord(match) ? match['host'] : undefined
      return typeof id === 'string' && typeof host === 'string' ? [[id, host.replaceAll('*', 'any')]] : []
    }),
  )
}

function refusalOf(meaning: Meaning, route: string, shape: Shape): 401 | 403 | undefined {
  const found = meaning.routes.get(route)
  const { policy } = found ?? {}
  const plugin = found?.info.plugins.find(({ name }) => name === '@postern/plugin-auth')
  const mode = plugin?.except[shape.caller] ?? policy?.mode
  if (!policy || mode !== 'enforce' || policy.access === 'public') return undefined
  if (shape.auth === '') return policy.access === 'anonymous' ? undefined : 401
  if (!policy.schemes.some(({ name }) => name === shape.auth)) return 401
  return isForbidden(policy, shape) ? 403 : undefined
}

/** As far as a log line tells: it knows the caller and what it is, and neither scopes nor claims. */
function isForbidden(
  { requires: { callers = [], kinds = [] } }: RoutePolicyDescription,
  shape: Shape,
): boolean {
  const { caller, callerKind, auth } = shape
  if (kinds.length > 0 && callerKind !== '' && !kinds.some((kind) => kind === callerKind)) return true
  return (
    callers.length > 0 &&
    !callers.some((rule) => {
      const { id, scheme } = typeof rule === 'string' ? { id: rule, scheme: undefined } : rule
      return (id === undefined || fits(id, caller)) && (scheme === undefined || scheme === auth)
    })
  )
}

/** `*` stands for any characters. */
function fits(pattern: string, text: string): boolean {
  const form = pattern.split('*').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
  return new RegExp(`^${form.join('.*')}$`, 's').test(text)
}
