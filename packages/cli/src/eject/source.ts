/** A configuration as its author wrote it: references to secrets stay references, and nothing is filled in. */

import { isPluginInstance, type ModeSettings, shortName } from '@postern/core'
import { asText } from '../as-text.ts'
import { openConfig } from '../config/load.ts'
import { modeSettingsOf } from '../config/schema.ts'
import { isRecord } from '../config/validate.ts'
import { UsageError } from '../errors.ts'

/** Keys and values of a part of the configuration. */
export type Data = Readonly<Record<string, unknown>>

/** A plugin of the configuration. */
export interface SourcePlugin {
  /** The package's name. */
  readonly name: string
  /** As routes call it: `auth`. */
  readonly short: string
  /** What `use` says; `undefined` for one that was made in place, in TypeScript. */
  readonly use: string | undefined
  readonly options: unknown
  readonly settings: ModeSettings
}

/** What of the configuration concerns services. */
export interface Source {
  /** Absolute path. */
  readonly file: string
  readonly data: Data
  readonly plugins: readonly SourcePlugin[]
  readonly services: Readonly<Record<string, Data>>
  readonly routes: readonly Data[]
  /** Options of the routing plugin beside services and routes. */
  readonly routing: Data
}

/** @throws {UsageError} when there is nothing to eject. @throws {ConfigError} when the configuration is not valid. */
export async function readEjectable(file: string): Promise<Source> {
  // What gw check would refuse is no ground to build on. Secrets that are not set here are no fault: they are named, not read.
  const { config, source } = await openConfig(file, { withoutSecrets: true })
  const data = isRecord(source.data) ? source.data : {}
  const entries = Array.isArray(data['plugins']) ? (data['plugins'] as unknown[]) : []
  const plugins = entries.map((entry, index) => pluginOf(entry, config.plugins[index]?.definition.name))
  const options = plugins.find(({ name }) => name === '@postern/plugin-routing')?.options
  const { services, routes, ...routing } = isRecord(options) ? options : upstreamAsService(data)
  if (!isRecord(services) || !Array.isArray(routes))
    throw new UsageError('The configuration has no services and no upstream: there is nothing to eject.')
  return {
    file,
    data,
    plugins,
    services: services as Record<string, Data>,
    routes: routes as Data[],
    routing,
  }
}

function pluginOf(entry: unknown, loadedName: string | undefined): SourcePlugin {
  if (isPluginInstance(entry)) {
    const { definition, options, settings } = entry
    return { name: definition.name, short: shortName(definition.name), use: undefined, options, settings }
  }
  const { use, options } = entry as { use: string; options?: unknown }
  const name = loadedName ?? use
  return { name, short: shortName(name), use, options, settings: modeSettingsOf(entry as Data) }
}

/** One upstream is one service, for all paths. */
function upstreamAsService(data: Data): Data {
  const { upstream } = data
  if (upstream === undefined) return {}
  const plugins = (data['route'] as Data | undefined)?.['plugins']
  const route = { match: {}, to: 'upstream', ...(plugins === undefined ? {} : { plugins }) }
  return { services: { upstream: { endpoints: [upstream] } }, routes: [route] }
}

/** Names of all services that a route's target leads to. */
export function servicesIn(to: unknown): string[] {
  if (typeof to === 'string') return [to]
  if (!isRecord(to)) return []
  const split = Array.isArray(to['split']) ? (to['split'] as unknown[]) : []
  const rules = Array.isArray(to['rules']) ? (to['rules'] as unknown[]) : []
  return [
    ...new Set(
      [...split, ...rules]
        .flatMap((part) => servicesIn((part as Data)['to']))
        .concat(servicesIn(to['otherwise'])),
    ),
  ]
}

/** Service behind a name: an alias may stand in `to` as well. */
export function serviceOf({ services }: Source, name: string): string {
  if (Object.hasOwn(services, name)) return name
  const owner = Object.entries(services).find(([, service]) => aliasNames(service).includes(name))
  return owner?.[0] ?? name
}

function aliasNames(service: Data): string[] {
  return aliasesOf(service['aliases']).map(({ name }) => asText(name))
}

/** Old names of a service; a plain text is one with a name alone. */
export function aliasesOf(aliases: unknown): Data[] {
  return [aliases ?? []].flat().map((alias): Data => (isRecord(alias) ? alias : { name: alias }))
}
