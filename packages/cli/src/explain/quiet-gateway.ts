/** A gateway that is made from a configuration to be looked at. Nothing is sent, listened on or logged. */
import {
  createGateway,
  type Gateway,
  type PluginInstance,
  type RouteInfo,
  type RoutePluginInfo,
} from '@postern/core'
import type { LoadedConfig } from '../config/load.ts'
import { type LeftOut, quietPlugin } from './quiet-plugin.ts'

/** A gateway to look at. */
export interface QuietGateway extends AsyncDisposable {
  readonly gateway: Gateway
  /** Its routes, with how the configuration's plugins run there. */
  readonly routes: readonly RouteInfo[]
  /** What a plugin shows, by the name of its view; `undefined` without such a view, or where it has nothing. */
  readonly view: (name: string, query?: URLSearchParams) => unknown
  /** Hooks that were not run, each once. */
  readonly leftOut: readonly LeftOut[]
}

/**
 * Makes it.
 * @param own plugins of the command's own, which are shown nowhere.
 * @throws {ConfigError} where `createGateway` refuses the configuration.
 */
export function quietGateway(config: LoadedConfig, own: readonly PluginInstance[] = []): QuietGateway {
  const leftOut = new Map<string, LeftOut>()
  const quiet = config.plugins.map((plugin) =>
    quietPlugin(plugin, (what) => leftOut.set(`${what.plugin} ${what.hook}`, what)),
  )
  const gateway = build(config, [...quiet, ...own])
  const ownNames = new Set(own.map(({ definition }) => definition.name))
  const shown = ({ name }: RoutePluginInfo): boolean => !ownNames.has(name)
  return {
    gateway,
    routes: gateway.routes().map((route) => ({ ...route, plugins: route.plugins.filter(shown) })),
    leftOut: [...leftOut.values()],
    view: (name, query = new URLSearchParams()) => gateway.views().get(name)?.read(query),
    [Symbol.asyncDispose]: () => gateway.close({ graceMs: 0 }),
  }
}

function build(config: LoadedConfig, plugins: readonly PluginInstance[]): Gateway {
  try {
    return createGateway(plugins, { ...config.options, logger: false })
  } catch (error) {
    throw config.explain(error)
  }
}
