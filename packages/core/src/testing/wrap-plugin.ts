/** Stands between core and a plugin: sees, and may replace, every call that core makes into it. */
import { definePlugin, type PluginInstance } from '../plugin.ts'
import type { PluginHandle, PluginHost } from '../plugin-host.ts'

/** What surrounds a plugin. */
export interface PluginWrapping {
  /**
   * In place of each call into the plugin.
   * @param where `setup`, `close`, or the name of a hook.
   * @param call does what the plugin would have done.
   * @param subject what the plugin gets: an exchange, a route, the host.
   */
  readonly around?: (where: string, call: (subject: unknown) => unknown, subject: unknown) => unknown
  /** Called for each tap that the plugin adds, before it is added. */
  readonly onTap?: (hook: string) => void
}

/** The same plugin, wrapped. */
export function wrapPlugin(plugin: PluginInstance, wrapping: PluginWrapping): PluginInstance {
  const { definition } = plugin
  const { around = (_where, call, subject) => call(subject) } = wrapping
  const setup = (host: PluginHost, options: unknown): PluginHandle | undefined | void => {
    const call = (subject: unknown): unknown =>
      definition.setup(wrapHost(subject as PluginHost, wrapping), options)
    return wrapHandle(around('setup', call, host) as PluginHandle | undefined, around)
  }
  return definePlugin({ ...definition, setup })(plugin.options, plugin.settings)
}

function wrapHandle(
  handle: PluginHandle | undefined,
  around: NonNullable<PluginWrapping['around']>,
): PluginHandle | undefined {
  if (!handle?.close) return handle
  return {
    close: () => around('close', () => handle.close?.(), undefined) as void | Promise<void>,
    ready: () => handle.ready?.() ?? true,
  }
}

function wrapHost(host: PluginHost, wrapping: PluginWrapping): PluginHost {
  const hooks = wrapPoints(host.hooks, wrapping)
  const { onRoute } = hooks
  return {
    ...host,
    hooks: {
      ...hooks,
      onRoute: {
        tap: (fn) => onRoute.tap((route) => fn({ ...route, hooks: wrapPoints(route.hooks, wrapping) })),
      },
    },
  }
}

type AnyTap = (subject: unknown) => unknown
interface AnyPoint {
  tap(fn: AnyTap, options?: { readonly observe?: AnyTap; readonly serves?: boolean }): void
}

function wrapPoints<TPoints extends object>(points: TPoints, { around, onTap }: PluginWrapping): TPoints {
  const wrapped: Record<string, AnyPoint> = {}
  for (const [hook, point] of Object.entries(points) as [string, AnyPoint][]) {
    const wrap = (fn: AnyTap): AnyTap => (around ? (subject) => around(hook, fn, subject) : fn)
    wrapped[hook] = {
      tap(fn, options) {
        onTap?.(hook)
        const observe = options?.observe
        point.tap(wrap(fn), observe ? { ...options, observe: wrap(observe) } : options)
      },
    }
  }
  return wrapped as TPoints
}
