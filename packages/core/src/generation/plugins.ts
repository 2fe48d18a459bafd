/** What is checked of every plugin before any of them runs: the whole set is refused before a half of it starts. */
import { GatewayError } from '../errors.ts'
import { modeSettingsSchema } from '../options-schema.ts'
import { HOOK_API, isPluginInstance, type PluginInstance, runsHookApi, shortName } from '../plugin.ts'
import { validate } from './validate.ts'

const FAULTS: readonly string[] = ['guard', 'observer', 'transform']

/** @throws {GatewayError} GW_PLUGIN_INVALID, GW_PLUGIN_API_MISMATCH, GW_PLUGIN_DUPLICATE, GW_PLUGIN_OPTIONS_INVALID. */
export function checkPlugins(plugins: readonly PluginInstance[]): void {
  const given: unknown = plugins
  if (!Array.isArray(given)) {
    throw new GatewayError('GW_PLUGIN_INVALID', {
      message: 'createGateway needs an array of plugins as its first argument',
    })
  }
  const byShortName = new Map<string, string>()
  for (const [index, plugin] of plugins.entries()) {
    checkDefinition(plugin, index)
    const { name } = plugin.definition
    checkApi(plugin)
    const other = byShortName.get(shortName(name))
    if (other !== undefined) {
      const why =
        other === name
          ? `${name} is there twice`
          : `${other} and ${name} are both called "${shortName(name)}"`
      throw new GatewayError('GW_PLUGIN_DUPLICATE', { message: `${why}. Remove one`, plugin: name })
    }
    byShortName.set(shortName(name), name)
    validate(modeSettingsSchema, plugin.settings, {
      code: 'GW_PLUGIN_OPTIONS_INVALID',
      what: `mode settings of ${name}`,
      plugin: name,
    })
  }
}

function checkDefinition(plugin: PluginInstance, index: number): void {
  if (!isPluginInstance(plugin)) {
    const hint =
      typeof plugin === 'function'
        ? ': call it first, as in createGateway([plugin()])'
        : ': make it with definePlugin'
    throw invalid(`at index ${index}`, `is not a plugin instance${hint}`)
  }
  const { name, version, api, fault } = plugin.definition
  const wrong = (field: string, found: unknown, needed: string): GatewayError =>
    invalid(`"${name}"`, `has the ${field} ${JSON.stringify(found)}. It must be ${needed}`, name)
  if (typeof name !== 'string' || !/^(@[a-z0-9-~][a-z0-9-._~]*\/)?[a-z0-9-~][a-z0-9-._~]*$/.test(name)) {
    throw invalid(`at index ${index}`, `has the name ${JSON.stringify(name)}. It must be an npm package name`)
  }
  if (typeof version !== 'string' || !/^\d+\.\d+\.\d+/.test(version)) {
    throw wrong('version', version, 'of the form 1.2.3')
  }
  if (typeof api !== 'string' || !/^\d+\.\d+$/.test(api)) throw wrong('api', api, `of the form "${HOOK_API}"`)
  if (!FAULTS.includes(fault)) throw wrong('fault class', fault, 'guard, observer or transform')
  if (typeof plugin.definition.setup !== 'function') throw invalid(`"${name}"`, 'has no setup function', name)
}

function checkApi(plugin: PluginInstance): void {
  const { name, version, api } = plugin.definition
  if (runsHookApi(api)) return
  const fix = isNewer(api) ? 'Update @postern/core' : `Update ${name}`
  throw new GatewayError('GW_PLUGIN_API_MISMATCH', {
    message: `${name} ${version} was built for hook API ${api}; this core offers ${HOOK_API}. ${fix}`,
    plugin: name,
  })
}

function isNewer(api: string): boolean {
  const [major, minor] = api.split('.').map(Number) as [number, number]
  const [ownMajor, ownMinor] = HOOK_API.split('.').map(Number) as [number, number]
  return major > ownMajor || (major === ownMajor && minor > ownMinor)
}

function invalid(which: string, why: string, plugin?: string): GatewayError {
  const message = `Plugin ${which} ${why}`
  return new GatewayError('GW_PLUGIN_INVALID', plugin === undefined ? { message } : { message, plugin })
}
