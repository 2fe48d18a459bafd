/** The order of plugins follows from the slots that they provide and require, never from numbers chosen by authors. */
import { GatewayError } from '../errors.ts'
import type { PluginInstance } from '../plugin.ts'
import { type AnySlot, slotServes } from '../slots.ts'

/**
 * Sorts plugins so that every provider comes before its requirers; otherwise as given.
 * @throws {GatewayError} GW_SLOT_CONFLICT, GW_SLOT_UNPROVIDED, GW_SLOT_CYCLE.
 */
export function orderBySlots(plugins: readonly PluginInstance[]): PluginInstance[] {
  const providers = findProviders(plugins)
  const ordered: PluginInstance[] = []
  const visiting: PluginInstance[] = []

  const visit = (plugin: PluginInstance): void => {
    if (ordered.includes(plugin)) return
    if (visiting.includes(plugin)) throw cycle([...visiting.slice(visiting.indexOf(plugin)), plugin])
    visiting.push(plugin)
    for (const slot of plugin.definition.requires ?? []) visit(providerOf(slot, plugin, providers))
    visiting.pop()
    ordered.push(plugin)
  }
  for (const plugin of plugins) visit(plugin)
  return ordered
}

function findProviders(
  plugins: readonly PluginInstance[],
): Map<string, { slot: AnySlot; plugin: PluginInstance }> {
  const providers = new Map<string, { slot: AnySlot; plugin: PluginInstance }>()
  for (const plugin of plugins) {
    for (const slot of plugin.definition.provides ?? []) {
      const other = providers.get(slot.name)
      if (other) {
        throw new GatewayError('GW_SLOT_CONFLICT', {
          message: `${other.plugin.definition.name} and ${plugin.definition.name} both provide the slot "${slot.name}". Keep one of them`,
          plugin: plugin.definition.name,
        })
      }
      providers.set(slot.name, { slot, plugin })
    }
  }
  return providers
}

function providerOf(
  slot: AnySlot,
  plugin: PluginInstance,
  providers: Map<string, { slot: AnySlot; plugin: PluginInstance }>,
): PluginInstance {
  const { name } = plugin.definition
  const provider = providers.get(slot.name)
  if (!provider) {
    const offered = [...providers.keys()]
    throw new GatewayError('GW_SLOT_UNPROVIDED', {
      message: `${name} requires the slot "${slot.name}" ${slot.version}, which no plugin provides (provided: ${offered.join(', ') || 'none'}). Add a plugin that provides it`,
      plugin: name,
    })
  }
  if (!slotServes(provider.slot, slot)) {
    throw new GatewayError('GW_SLOT_CONFLICT', {
      message: `${name} requires the slot "${slot.name}" ${slot.version}, but ${provider.plugin.definition.name} provides ${provider.slot.version}. Update one of them`,
      plugin: name,
    })
  }
  return provider.plugin
}

function cycle(plugins: readonly PluginInstance[]): GatewayError {
  const names = plugins.map((plugin) => plugin.definition.name)
  return new GatewayError('GW_SLOT_CYCLE', {
    message: `Plugins require each other in a circle: ${names.join(' → ')}`,
  })
}
