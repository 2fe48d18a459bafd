/** What a configuration means, taken from the gateway that is made of it. */
import type { RouteInfo } from '@postern/core'
import type { RoutePolicyDescription } from '@postern/plugin-auth'
import type { RouteState, ServiceState } from '@postern/plugin-routing'
import type { LoadedConfig } from '../config/load.ts'
import { isRecord } from '../config/validate.ts'
import { quietGateway } from '../explain/quiet-gateway.ts'
import { targetLines } from '../explain/text.ts'
import { type Leaves, leavesOf } from './leaves.ts'

/** A route. */
export interface RouteMeaning {
  readonly id: string
  /** What it matches, in words; empty for a route of the gateway or another plugin. */
  readonly match: string
  /** Where it leads, in words. */
  readonly target: readonly string[]
  readonly services: readonly string[]
  readonly info: RouteInfo
  /** What plugin-auth asks there; `undefined` where it is off or not in use. */
  readonly policy: RoutePolicyDescription | undefined
  /** What else its options say of the request that is sent: rewrites, mirrors. */
  readonly changes: Leaves
  /** What its options say of attempts: retries, hedges, breakers. */
  readonly attempts: Leaves
}

/** A plugin. */
export interface PluginMeaning {
  readonly name: string
  readonly version: string
  readonly mode: string
  /** Its options but for what routes and services say better. */
  readonly options: Leaves
}

/** A whole configuration. */
export interface Meaning {
  readonly routes: ReadonlyMap<string, RouteMeaning>
  /** Endpoints of each service in words, and what else its options say. */
  readonly services: ReadonlyMap<string, { readonly endpoints: readonly string[]; readonly options: Leaves }>
  readonly plugins: ReadonlyMap<string, PluginMeaning>
  /** Core's options but for times and limits, which routes have. */
  readonly gateway: Leaves
  readonly listen: Leaves
  /** Where operators ask, and how it ends. */
  readonly host: Leaves
}

const AUTH = '@postern/plugin-auth'
const ROUTING = '@postern/plugin-routing'
/** Options of a route that say something of the request. */
const CHANGES = ['stripPrefix', 'rewrite', 'mirror'] as const
const ATTEMPTS = ['retry', 'hedge', 'breaker'] as const

/** @throws {ConfigError} where `createGateway` refuses the configuration. */
export async function meaningOf(config: LoadedConfig): Promise<Meaning> {
  await using quiet = quietGateway(config)
  const resolved = new Map(config.plugins.map((plugin) => [plugin.definition.name, resolvedOptions(plugin)]))
  const routing = resolved.get(ROUTING)
  const states = (quiet.view('targets') ?? []) as readonly RouteState[]
  const serviceStates = (quiet.view('services') ?? []) as readonly ServiceState[]
  const policies = (quiet.view('policy') ?? []) as readonly RoutePolicyDescription[]
  const { timeouts: _times, limits: _limits, route: _route, logger: _logger, ...gateway } = config.options
  return {
    routes: new Map(quiet.routes.map((info) => [info.id, routeMeaning(info, states, policies, routing)])),
    services: new Map(serviceStates.map((state) => [state.name, serviceMeaning(state, routing)])),
    plugins: new Map(
      quiet.gateway
        .plugins()
        .map(({ name, version, mode }) => [
          name,
          { name, version, mode, options: leavesOf(withoutRouting(name, resolved.get(name))) },
        ]),
    ),
    gateway: leavesOf(gateway),
    listen: leavesOf(config.listen),
    host: leavesOf({ admin: config.admin, drain: config.drain }),
  }
}

/** With every default filled in, so that a default which is written out is no difference. */
function resolvedOptions({ definition, options }: LoadedConfig['plugins'][number]): unknown {
  const result: unknown = definition.options?.['~standard'].validate(options)
  return isRecord(result) && 'value' in result ? result['value'] : options
}

function withoutRouting(name: string, options: unknown): unknown {
  if (name !== ROUTING || !isRecord(options)) return options
  const { routes: _routes, services: _services, ...others } = options
  return others
}

function routeMeaning(
  info: RouteInfo,
  states: readonly RouteState[],
  policies: readonly RoutePolicyDescription[],
  routing: unknown,
): RouteMeaning {
  const index = states.findIndex(({ id }) => id === info.id)
  const state = states[index]
  const routes = isRecord(routing) && Array.isArray(routing['routes']) ? routing['routes'] : []
  const given: unknown = routes[index]
  const auth = info.plugins.find(({ name }) => name === AUTH)
  const policy = policies.find(({ route }) => route === info.id)
  const target = state ? targetLines(state.target).toSorted() : []
  return {
    id: info.id,
    match: state?.match ?? '',
    target,
    services: [...new Set(target.map((line) => line.split('  ', 1)[0] ?? ''))],
    info,
    policy: policy && auth && auth.mode !== 'off' ? { ...policy, mode: auth.mode } : undefined,
    changes: leavesOf(pick(given, CHANGES)),
    attempts: leavesOf(pick(given, ATTEMPTS)),
  }
}

function serviceMeaning({ name, endpoints }: ServiceState, routing: unknown) {
  const services = isRecord(routing) ? routing['services'] : undefined
  const given: unknown = isRecord(services) ? services[name] : undefined
  const options = isRecord(given) ? given : {}
  const { endpoints: _endpoints, ...others } = options
  const isEven = endpoints.every(({ weight }) => weight === endpoints[0]?.weight)
  return {
    endpoints: endpoints.map(({ url, weight }) => (isEven ? url : `${url} (weight ${weight})`)).toSorted(),
    options: leavesOf(others),
  }
}

function pick(value: unknown, keys: readonly string[]): Record<string, unknown> {
  if (!isRecord(value)) return {}
  // `stripPrefix: false` is what holds without it.
  const said = keys.filter((key) => value[key] !== undefined && value[key] !== false)
  return Object.fromEntries(said.map((key) => [key, value[key]]))
}
