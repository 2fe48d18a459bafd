/** What a generation's plugins say of themselves, and what they cost. */
import { GatewayError } from '../errors.ts'
import type { RouteInfo } from '../gateway-types.ts'
import type { PluginView } from '../plugin-view.ts'
import type { PluginStats } from '../stats.ts'
import type { CompiledRoute } from './compiled-route.ts'
import type { Member } from './member.ts'

/** Why the guards are not ready: one sentence each. */
export function guardFaults(members: readonly Member[]): string[] {
  const reasons: string[] = []
  for (const { definition, handle, account } of members) {
    if (definition.fault !== 'guard') continue
    const state = handle.ready?.() ?? true
    if (state !== true) reasons.push(`${definition.name}: ${state}`)
    if (account.shed) reasons.push(`${definition.name} is shed`)
  }
  return reasons
}

/** What each plugin cost so far. */
export function pluginStats(members: readonly Member[]): PluginStats[] {
  return members.map(({ definition, account }) => ({
    name: definition.name,
    version: definition.version,
    shed: account.shed,
    hooks: Object.fromEntries([...account.hooks].map(([hook, counters]) => [hook, counters.read()])),
  }))
}

/**
 * What the plugins show of themselves, by name.
 * @throws {GatewayError} GW_PLUGIN_INVALID when two show the same name, or a name cannot stand in a path.
 */
export function collectViews(members: readonly Member[]): ReadonlyMap<string, PluginView> {
  const views = new Map<string, PluginView>()
  const owners = new Map<string, string>()
  for (const { definition, handle } of members) {
    for (const [name, view] of Object.entries(handle.views ?? {})) {
      const fault = viewFault(name, owners.get(name))
      if (fault !== undefined) {
        throw new GatewayError('GW_PLUGIN_INVALID', {
          message: `Plugin ${definition.name} has a view "${name}", ${fault}. Rename it`,
          plugin: definition.name,
        })
      }
      owners.set(name, definition.name)
      views.set(name, view)
    }
  }
  return views
}

function viewFault(name: string, owner: string | undefined): string | undefined {
  if (!/^[a-z][a-z0-9-]*$/.test(name)) return 'which is not of lower-case letters, digits and "-"'
  return owner === undefined ? undefined : `which ${owner} has, too`
}

/** The routes, with how every plugin runs on them. */
export function routeInfos(routes: Iterable<CompiledRoute>): RouteInfo[] {
  return [...routes].map(({ id, service, timeouts, limits, plugins }) => ({
    id,
    service,
    timeouts,
    limits,
    plugins,
  }))
}
