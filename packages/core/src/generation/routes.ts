import { GatewayError } from '../errors.ts'
import { type GatewayHookSet, routeHooksFor } from '../hooks/points.ts'
import { type ModeSettings, type ResolvedModeSettings, resolveModeSettings } from '../modes.ts'
import { type ResolvedLimits, type RoutePluginSettings, type RoutePlugins, withDefaults } from '../options.ts'
import type { PluginRoute } from '../plugin-hooks.ts'
import type { RouteDefinition } from '../plugin-host.ts'
import { suggestKey } from '../schema.ts'
import { CompiledRoute } from './compiled-route.ts'
import type { Member } from './member.ts'
import type { GatewaySettings } from './settings.ts'
import { validate } from './validate.ts'

/** A timer takes no more. */
const MAX_TIMER_MS = 2_147_483_647

/** Defines and compiles the routes of one generation. */
export class RouteCompiler {
  readonly routes = new Map<string, CompiledRoute>()
  readonly #settings: GatewaySettings
  readonly #plugins = new Map<CompiledRoute, RoutePlugins>()

  constructor(settings: GatewaySettings) {
    this.#settings = settings
  }

  /**
   * Defines a route; its hooks are compiled later, when every plugin is set up.
   * @throws {GatewayError} GW_OPTIONS_INVALID on a repeated id, or bytes to retain that are no number.
   */
  define(definition: RouteDefinition): CompiledRoute {
    if (this.routes.has(definition.id)) {
      throw new GatewayError('GW_OPTIONS_INVALID', {
        message: `Two routes have the id "${definition.id}". Rename one`,
      })
    }
    const { hedgeAfterMs = 0, retainBodyBytes = 0 } = definition
    if (!Number.isSafeInteger(hedgeAfterMs) || hedgeAfterMs < 0 || hedgeAfterMs > MAX_TIMER_MS) {
      throw new GatewayError('GW_OPTIONS_INVALID', {
        message: `Route "${definition.id}": hedgeAfterMs is ${hedgeAfterMs}. Give milliseconds, 0 or more`,
      })
    }
    if (!Number.isSafeInteger(retainBodyBytes) || retainBodyBytes < 0) {
      throw new GatewayError('GW_OPTIONS_INVALID', {
        message: `Route "${definition.id}": retainBodyBytes is ${retainBodyBytes}. Give a whole number of bytes, 0 or more`,
      })
    }
    const route = new CompiledRoute(
      definition,
      withDefaults(definition.timeouts, this.#settings.timeouts),
      withDefaults(definition.limits, this.#settings.limits),
    )
    this.routes.set(route.id, route)
    this.#plugins.set(route, definition.plugins ?? {})
    return route
  }

  /** The limits that a head is held to before its route is known: those of the most generous route. */
  headLimits(): ResolvedLimits {
    const { limits } = this.#settings
    const all = [limits, ...[...this.routes.values()].map((route) => route.limits)]
    return {
      ...limits,
      requestHeaderBytes: Math.max(...all.map((one) => one.requestHeaderBytes)),
      requestHeaderCount: Math.max(...all.map((one) => one.requestHeaderCount)),
      requestTargetBytes: Math.max(...all.map((one) => one.requestTargetBytes)),
    }
  }

  /**
   * Lets every plugin that is not off on a route tap its hooks, then freezes them.
   * @throws {GatewayError} GW_PLUGIN_UNKNOWN, GW_PLUGIN_OPTIONS_INVALID, GW_PLUGIN_SETUP_FAILED.
   */
  compile(members: readonly Member[], hooks: GatewayHookSet): void {
    for (const route of this.routes.values()) {
      const given: Readonly<Record<string, RoutePluginSettings | undefined>> = this.#plugins.get(route) ?? {}
      checkNames(route, given, members)
      route.plugins = members.map((member) => {
        const { mode, percent, except } = splitSettings(member, given[member.shortName]).settings
        return { name: member.definition.name, mode, percent, except: Object.fromEntries(except) }
      })
      const views = new Map(members.flatMap((member) => viewOf(member, route, given[member.shortName])))
      if (hooks.onRoute.used) hooks.onRoute.call({ viewFor: (owner) => views.get(owner.name) })
      route.hooks.frozen = true
    }
  }
}

/** A plugin's view of a route; none when it is off there. */
function viewOf(
  member: Member,
  route: CompiledRoute,
  given: RoutePluginSettings | undefined,
): [string, PluginRoute][] {
  const { settings, options } = splitSettings(member, given)
  if (settings.mode === 'off' && settings.except.size === 0) return []
  for (const header of member.ownedHeaders)
    if (!route.ownedHeaders.includes(header)) route.ownedHeaders.push(header)
  const { name, routeOptions } = member.definition
  const subject = {
    code: 'GW_PLUGIN_OPTIONS_INVALID',
    what: `options of ${name} on route "${route.id}"`,
    plugin: name,
  } as const
  if (!routeOptions && Object.keys(options).length > 0) {
    throw new GatewayError('GW_PLUGIN_OPTIONS_INVALID', {
      message: `${name} takes no options on a route, but route "${route.id}" gives it ${Object.keys(options).join(', ')}. Remove them`,
      plugin: name,
    })
  }
  const view: PluginRoute = {
    route,
    mode: settings.mode,
    // Filled for all plugins before any of them sees its view.
    ownedRequestHeaders: route.ownedHeaders,
    options: routeOptions ? validate(routeOptions, options, subject) : undefined,
    hooks: routeHooksFor(route.hooks, member.owner, settings, route.timeouts.pluginMs),
  }
  return [[name, view]]
}

/** Mode settings and the plugin's own options stand in one object; here they part. */
function splitSettings(
  member: Member,
  given: RoutePluginSettings | undefined,
): { settings: ResolvedModeSettings; options: Record<string, unknown> } {
  const object: ModeSettings & Record<string, unknown> =
    typeof given === 'string' ? { mode: given } : (given ?? {})
  const { mode, percent, except, ...options } = object
  return { settings: resolveModeSettings(member.instance.settings, { mode, percent, except }), options }
}

function checkNames(route: CompiledRoute, given: RoutePlugins, members: readonly Member[]): void {
  const known = members.map((member) => member.shortName)
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue
    // A guard that a route asks for and nobody loaded must stop the start: the route would stand open.
    const meant = suggestKey(name, known)
    const fix = meant
      ? `Did you mean "${meant}"?`
      : `Add the plugin, or remove it from the route (plugins here: ${known.join(', ') || 'none'})`
    throw new GatewayError('GW_PLUGIN_UNKNOWN', {
      message: `Route "${route.id}" names the plugin "${name}", which is not part of the gateway. ${fix}`,
    })
  }
}
