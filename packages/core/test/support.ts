/** Shorthand for test plugins. */
import {
  type AnySlot,
  definePlugin,
  type FaultClass,
  type ModeSettings,
  type PluginHandle,
  type PluginHost,
  type PluginInstance,
} from '../src/index.ts'

/** What a test plugin may set. */
export interface TestPluginParts {
  readonly api?: string
  readonly fault?: FaultClass
  readonly provides?: readonly AnySlot[]
  readonly requires?: readonly AnySlot[]
  readonly settings?: ModeSettings
  readonly owns?: readonly string[]
}

/** A plugin whose only content is its set-up. */
export function plugin(
  name: string,
  setup: (host: PluginHost) => PluginHandle | undefined | void,
  parts: TestPluginParts = {},
): PluginInstance {
  const factory = definePlugin({
    name,
    version: '1.0.0',
    api: parts.api ?? '1.0',
    fault: parts.fault ?? 'transform',
    provides: parts.provides ?? [],
    requires: parts.requires ?? [],
    ownsRequestHeaders: () => parts.owns ?? [],
    setup,
  })
  return factory({}, parts.settings)
}

/** What a promise rejects with, or a function throws. */
export function thrownBy(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  return undefined
}
