/**
 * A plugin as it is for looking at: it chooses and changes requests as it always does, and asks nobody, answers nobody and
 * records nothing. Decision 0047 says why.
 */
import { definePlugin, type PluginHandle, type PluginHost, type PluginInstance } from '@postern/core'

/** A hook of a plugin that was not run. */
export interface LeftOut {
  /** npm name of the plugin. */
  readonly plugin: string
  /** The hook. */
  readonly hook: string
}

/** Hooks that check, call out, or come after the request is made. */
const CHECKS: readonly string[] = ['preMatch', 'preForward', 'preSend']
const AFTERWARDS: readonly string[] = ['onAttemptEnd', 'pickRetry', 'pickHedge', 'mapResponse', 'onFinish']

/**
 * Makes it.
 * @param onLeftOut called for each tap that could have changed or refused a request, and is not run.
 */
export function quietPlugin(plugin: PluginInstance, onLeftOut: (what: LeftOut) => void): PluginInstance {
  const { definition } = plugin
  const setup = (host: PluginHost, options: unknown): PluginHandle | undefined | void =>
    definition.setup(quietHost(host, plugin, onLeftOut), options)
  return definePlugin({ ...definition, setup })(plugin.options, plugin.settings)
}

function quietHost(
  host: PluginHost,
  { definition: { name, fault } }: PluginInstance,
  onLeftOut: (what: LeftOut) => void,
): PluginHost {
  const leaveOut = (hook: string): void => onLeftOut({ plugin: name, hook })
  const hooks = quietPoints(host.hooks, leaveOut)
  const { onRoute } = hooks
  return {
    ...host,
    // A health check, or a copy of a request: it never ends, and ends with the process.
    request: () => new Promise(() => {}),
    hooks: {
      ...hooks,
      onRoute: {
        tap: (fn) =>
          onRoute.tap((route) => {
            // A guard that only observes fetches no keys and starts no workers.
            const mode = fault === 'guard' && route.mode !== 'off' ? 'observe' : route.mode
            return fn({ ...route, mode, hooks: quietPoints(route.hooks, leaveOut) })
          }),
      },
    },
  }
}

interface AnyPoint {
  tap(fn: unknown, options?: { readonly serves?: boolean }): void
}

function quietPoints<TPoints extends object>(points: TPoints, leaveOut: (hook: string) => void): TPoints {
  const quiet = Object.entries(points).map(([hook, point]: [string, AnyPoint]): [string, AnyPoint] => {
    if (AFTERWARDS.includes(hook)) return [hook, { tap: () => {} }]
    if (!CHECKS.includes(hook)) return [hook, point]
    return [
      hook,
      {
        tap(fn, options) {
          // A document of the plugin's own, such as a key set: it asks nobody.
          if (options?.serves === true) point.tap(fn, options)
          else leaveOut(hook)
        },
      },
    ]
  })
  return Object.fromEntries(quiet) as TPoints
}
