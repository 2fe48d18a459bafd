/** Makes a plugin's own taps fail, to see that its fault class is honoured in every hook that it uses. */
import { definePlugin, type PluginHost, type PluginInstance, type PluginRoute } from '../plugin.ts'

/** What a tap does in place of its work. */
export type Sabotage = 'throw' | 'hang'

/** Hooks that a plugin taps, found by a set-up that only listens. */
export type TappedHooks = Set<string>

/**
 * The same plugin, with the taps of one hook replaced.
 * @param hook name of the hook; `null` replaces none.
 * @param tapped collects the names of all hooks that are tapped.
 */
export function sabotaged(
  plugin: PluginInstance,
  hook: string | null,
  how: Sabotage,
  tapped: TappedHooks,
): PluginInstance {
  const { definition } = plugin
  const factory = definePlugin({
    ...definition,
    setup: (host: PluginHost, options: unknown) =>
      definition.setup(wrapHost(host, hook, how, tapped), options),
  })
  return factory(plugin.options, plugin.settings)
}

function wrapHost(host: PluginHost, hook: string | null, how: Sabotage, tapped: TappedHooks): PluginHost {
  const hooks = wrapPoints(host.hooks, hook, how, tapped)
  const onRoute: PluginHost['hooks']['onRoute'] = {
    tap(fn) {
      host.hooks.onRoute.tap((route: PluginRoute) =>
        fn({ ...route, hooks: wrapPoints(route.hooks, hook, how, tapped) }),
      )
    },
  }
  return { ...host, hooks: { ...hooks, onRoute } }
}

function wrapPoints<TPoints extends object>(
  points: TPoints,
  hook: string | null,
  how: Sabotage,
  tapped: TappedHooks,
): TPoints {
  const wrapped: Record<string, unknown> = {}
  for (const [name, point] of Object.entries(points) as [
    string,
    { tap(fn: unknown, options?: unknown): void },
  ][]) {
    wrapped[name] = {
      tap(fn: unknown, options?: unknown) {
        if (name !== 'onRoute') tapped.add(name)
        point.tap(name === hook ? fault(how) : fn, options)
      },
    }
  }
  return wrapped as TPoints
}

function fault(how: Sabotage): () => unknown {
  if (how === 'hang') return () => new Promise(() => {})
  return () => {
    throw new Error('Sabotaged by the conformance kit')
  }
}
