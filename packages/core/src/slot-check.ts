/** The compile-time half of the slot check: what `createGateway` refuses at start, TypeScript refuses while you type. */
import type { PluginInstance } from './plugin.ts'
import type { AnySlot, Slot } from './slots.ts'

/** Slots that a list of plugins provides. */
type Provided<TPlugins extends readonly PluginInstance[]> = TPlugins[number] extends infer TPlugin
  ? TPlugin extends PluginInstance<infer TProvides, readonly AnySlot[]>
    ? TProvides[number]
    : never
  : never

/** Names of the required slots that none of the provided serves. */
type Missing<TRequires, TProvided> =
  TRequires extends Slot<unknown, infer TName> ? (TRequires extends TProvided ? never : TName) : never

/** What a plugin whose slot nobody provides becomes: a type that no plugin has, and that says why. */
export interface MissingProvider<TName extends string> {
  /** Why the plugin does not fit, shown by the compiler. */
  readonly error: `No plugin in this list provides the slot "${TName}". Add one that does.`
}

/** Leaves a list of plugins as it is, except for those whose required slots nobody in the list provides. */
export type CheckPlugins<TPlugins extends readonly PluginInstance[]> = number extends TPlugins['length']
  ? TPlugins
  : {
      readonly [TIndex in keyof TPlugins]: TPlugins[TIndex] extends PluginInstance<
        readonly AnySlot[],
        infer TRequires
      >
        ? [Missing<TRequires[number], Provided<TPlugins>>] extends [never]
          ? TPlugins[TIndex]
          : MissingProvider<Missing<TRequires[number], Provided<TPlugins>>>
        : TPlugins[TIndex]
    }
