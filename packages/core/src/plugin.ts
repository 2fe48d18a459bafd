import type { ModeSettings } from './modes.ts'
import type { PluginHandle, PluginHost } from './plugin-host.ts'
import type { OptionsSchema } from './schema.ts'
import type { AnySlot } from './slots.ts'

/** The hook API that this core offers. Plugins built for this major, or the one before, run. */
export const HOOK_API = '1.0'

/**
 * The hook APIs that were published and that this core runs, newest first: its own, then those before it. Authors check a plugin
 * against each of them (`gw plugin check`).
 */
export const HOOK_APIS: readonly string[] = Object.freeze([HOOK_API])

/** Whether this core runs a plugin that was built for a hook API: its own major up to its minor, and the major before. */
export function runsHookApi(api: string): boolean {
  const [major, minor] = api.split('.').map(Number) as [number, number]
  const [ownMajor, ownMinor] = HOOK_API.split('.').map(Number) as [number, number]
  return (major === ownMajor && minor <= ownMinor) || major === ownMajor - 1
}

/**
 * What a fault of the plugin means. `guard`: the routes that need it answer 503, never open. `observer`: logged and
 * counted, the exchange goes on; after repeated faults the plugin is shed. `transform`: the exchange fails.
 */
export type FaultClass = 'guard' | 'observer' | 'transform'

/** What a plugin is made of. */
export interface PluginDefinition<
  TInput,
  TOptions,
  TRouteOptions,
  TProvides extends readonly AnySlot[],
  TRequires extends readonly AnySlot[],
> {
  /** npm name of the package. Its last part without `plugin-` is the short name in configuration: `auth`. */
  readonly name: string
  /** The package's own version. */
  readonly version: string
  /** `major.minor` of the hook API that it was built for. */
  readonly api: string
  /** What its faults mean. */
  readonly fault: FaultClass
  /** Slots that it fills. Default: none. */
  readonly provides?: TProvides
  /** Slots that it reads; their providers run before it. Default: none. */
  readonly requires?: TRequires
  /**
   * Slots that it reads in `onFinish` alone, should anybody fill them: every provider has run by then, so no order follows, and
   * none need be there. For logs and the like. Default: none.
   */
  readonly reads?: readonly AnySlot[]
  /** Schema of its options. Default: options are passed on unchecked. */
  readonly options?: OptionsSchema<TInput, TOptions>
  /** Schema of its options on a route. Default: it takes none there. */
  readonly routeOptions?: OptionsSchema<unknown, TRouteOptions>
  /**
   * Request headers, lower case, that only this plugin may set towards an upstream: copies from clients are removed on
   * every route that it is not `off` on. Default: none.
   */
  ownsRequestHeaders?(options: TOptions): readonly string[]
  /** Taps hooks. Runs once per generation, in the order of slots, before any exchange. Must not wait. */
  setup(gateway: PluginHost<TRouteOptions>, options: TOptions): PluginHandle | undefined | void
}

/** A plugin definition of which only core needs to know the types. */
export type AnyPluginDefinition = PluginDefinition<
  unknown,
  unknown,
  unknown,
  readonly AnySlot[],
  readonly AnySlot[]
>

const PLUGIN = Symbol.for('@postern/core/plugin')
const INSTANCE = Symbol.for('@postern/core/plugin-instance')

/** A plugin with its options, ready for `createGateway`. Made by calling what `definePlugin` returned. */
export interface PluginInstance<
  TProvides extends readonly AnySlot[] = readonly AnySlot[],
  TRequires extends readonly AnySlot[] = readonly AnySlot[],
> {
  /** What it is made of. */
  readonly definition: AnyPluginDefinition
  /** Its options as given, not yet checked. */
  readonly options: unknown
  /** Its mode for the whole gateway. */
  readonly settings: ModeSettings
  /** Carries types only. */
  readonly slots?: readonly [TProvides, TRequires]
}

/** Makes instances of a plugin; carries its definition, so that a configuration can find schemas. */
export interface PluginFactory<
  TInput,
  TProvides extends readonly AnySlot[],
  TRequires extends readonly AnySlot[],
> {
  /** Options may be left out where all of them have defaults. */
  (
    ...args: object extends TInput
      ? [options?: TInput, settings?: ModeSettings]
      : [options: TInput, settings?: ModeSettings]
  ): PluginInstance<TProvides, TRequires>
  /** What the plugin is made of. */
  readonly definition: AnyPluginDefinition
}

/**
 * Makes a plugin. Only types and packaging happen here; everything is checked by `createGateway`, which can name the
 * whole set.
 */
export function definePlugin<
  TInput = unknown,
  TOptions = TInput,
  TRouteOptions = undefined,
  const TProvides extends readonly AnySlot[] = readonly [],
  const TRequires extends readonly AnySlot[] = readonly [],
>(
  definition: PluginDefinition<TInput, TOptions, TRouteOptions, TProvides, TRequires>,
): PluginFactory<TInput, TProvides, TRequires> {
  const factory = (options?: unknown, settings: ModeSettings = {}): PluginInstance<TProvides, TRequires> => {
    return Object.freeze({ [INSTANCE]: true as const, definition, options: options ?? {}, settings })
  }
  return Object.assign(factory, { [PLUGIN]: true as const, definition })
}

/** Whether a value is what `definePlugin` returns, also from another installed copy of core. */
export function isPluginFactory(
  value: unknown,
): value is PluginFactory<unknown, readonly AnySlot[], readonly AnySlot[]> {
  return typeof value === 'function' && (value as { [PLUGIN]?: unknown })[PLUGIN] === true
}

/** Whether a value is a plugin instance, also from another installed copy of core. */
export function isPluginInstance(value: unknown): value is PluginInstance {
  return typeof value === 'object' && value !== null && (value as { [INSTANCE]?: unknown })[INSTANCE] === true
}

/** A plugin's name in configuration: the last part of its npm name, without `plugin-`. */
export function shortName(name: string): string {
  return name.replace(/^.*\//, '').replace(/^(postern-)?plugin-/, '')
}
