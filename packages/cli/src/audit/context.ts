/** What the rules look at: a configuration that is valid, with its plugins, routes and services. */
import { extname } from 'node:path'
import { type FaultClass, type PluginInstance, type RouteInfo, shortName } from '@postern/core'
import type { OpenedConfig } from '../config/load.ts'
import { isRecord } from '../config/validate.ts'
import { Ages } from './ages.ts'
import { list, objectsIn, record } from './look.ts'
import type { AuditSettings } from './settings.ts'

type Path = readonly PropertyKey[]
type Data = Readonly<Record<string, unknown>>

/** A plugin of the configuration. */
export interface AuditedPlugin {
  /** npm name. */
  readonly name: string
  /** As routes name it. */
  readonly shortName: string
  readonly fault: FaultClass
  /** Where it stands. */
  readonly path: Path
  /** Its options as given, secrets replaced. */
  readonly options: Data
  /** `mode`, `percent`, `except` as given. */
  readonly settings: Data
}

/** A route, as it was compiled. */
export interface AuditedRoute extends RouteInfo {
  /** Where it stands. */
  readonly path: Path
  /** What stands there; empty for the gateway's own route. */
  readonly options: Data
  /** Where its plugins are set. */
  readonly pluginsPath: Path
}

/** A service of the routing plugin. */
export interface AuditedService {
  readonly name: string
  readonly path: Path
  readonly options: Data
}

/** An address that requests go to. */
export interface AuditedEndpoint {
  readonly url: string
  readonly path: Path
  /** Name of its service; empty for the gateway's own upstream. */
  readonly service: string
  /** Whether it is reached through a unix socket. */
  readonly isSocket: boolean
}

/** A configuration under audit. */
export interface AuditContext {
  readonly nowMs: number
  readonly settings: AuditSettings
  /** The whole configuration, secrets replaced by their values: **never to be printed**. */
  readonly data: Data
  /** As written: references in place of secrets. */
  readonly written: Data
  /** Whether it is YAML or JSON, and not a program. */
  readonly isText: boolean
  /** Absolute path of the configuration. */
  readonly file: string
  readonly plugins: readonly AuditedPlugin[]
  /** Routes that can forward. */
  readonly routes: readonly AuditedRoute[]
  readonly services: readonly AuditedService[]
  readonly endpoints: readonly AuditedEndpoint[]
  /** Every object in the configuration, those in options of plugins included, with its path. */
  readonly objects: () => Iterable<readonly [path: Path, object: Data]>
  /** The plugin by npm name. */
  readonly plugin: (name: string) => AuditedPlugin | undefined
  /** How many days a value stands there at the least. */
  readonly ageDays: (path: Path) => number
}

/** Brings together what was read and what core made of it. */
export function auditContext(
  { config, source }: OpenedConfig,
  infos: readonly RouteInfo[],
  settings: AuditSettings,
  nowMs: number,
): AuditContext {
  const written = record(source.data)
  const data: Data = { ...written, ...config.options, listen: config.listen, plugins: config.plugins }
  const plugins = config.plugins.map((instance, index) => toPlugin(instance, index))
  const routing = plugins.find(({ name }) => name === '@postern/plugin-routing')
  const services = Object.entries(record(routing?.options['services'])).map(([name, options]) => ({
    name,
    path: [...(routing?.path ?? []), 'options', 'services', name],
    options: record(options),
  }))
  const ages = new Ages(source, nowMs)
  return {
    nowMs,
    settings,
    data,
    written,
    isText: /^\.(?:ya?ml|json)$/.test(extname(config.file)),
    file: config.file,
    plugins,
    routes: routesOf(data, infos, routing),
    services,
    endpoints: [...ownUpstream(data), ...services.flatMap(endpointsOf)],
    objects: () => [
      // A plugin made in place is code; of it, only the options are configuration.
      ...Object.entries(data).flatMap(([key, value]) =>
        key === 'plugins' ? [] : [...objectsIn(value, [key])],
      ),
      ...plugins.flatMap(({ options, path }) => [...objectsIn(options, [...path, 'options'])]),
    ],
    plugin: (name) => plugins.find((one) => one.name === name),
    ageDays: (path) => ages.daysOf(path),
  }
}

function toPlugin({ definition, options, settings }: PluginInstance, index: number): AuditedPlugin {
  return {
    name: definition.name,
    shortName: shortName(definition.name),
    fault: definition.fault,
    path: ['plugins', index],
    options: record(options),
    settings: record(settings),
  }
}

function routesOf(
  data: Data,
  infos: readonly RouteInfo[],
  routing: AuditedPlugin | undefined,
): AuditedRoute[] {
  const given = list(routing?.options['routes']).map(record)
  const ids = new Set(given.flatMap(({ id }) => (typeof id === 'string' ? [id] : [])))
  // Routes without an id are named by their match, in words that only the plugin knows; their order is the file's.
  const unnamed = infos.filter(({ id }) => id !== 'default' && !ids.has(id))
  const indexes = [...given.keys()].filter((index) => typeof given[index]?.['id'] !== 'string')
  const known = unnamed.length === indexes.length
  return infos.flatMap((info): AuditedRoute[] => {
    if (info.id === 'default' && !ids.has('default')) {
      // Without an upstream it answers 404.
      if (data['upstream'] === undefined) return []
      return [{ ...info, path: ['upstream'], options: {}, pluginsPath: ['route', 'plugins'] }]
    }
    const index = ids.has(info.id)
      ? given.findIndex(({ id }) => id === info.id)
      : known
        ? (indexes[unnamed.indexOf(info)] ?? -1)
        : -1
    // A route that another plugin made stands nowhere in the file.
    if (!routing || index < 0) return [{ ...info, path: [], options: {}, pluginsPath: [] }]
    const path = [...routing.path, 'options', 'routes', index]
    return [{ ...info, path, options: given[index] ?? {}, pluginsPath: [...path, 'plugins'] }]
  })
}

function ownUpstream(data: Data): AuditedEndpoint[] {
  return endpointAt(data['upstream'], ['upstream'], '')
}

function endpointsOf({ name, path, options }: AuditedService): AuditedEndpoint[] {
  return list(options['endpoints']).flatMap((given, index) =>
    endpointAt(given, [...path, 'endpoints', index], name),
  )
}

function endpointAt(given: unknown, path: Path, service: string): AuditedEndpoint[] {
  if (typeof given === 'string') return [{ url: given, path, service, isSocket: false }]
  if (!isRecord(given) || typeof given['url'] !== 'string') return []
  return [{ url: given['url'], path: [...path, 'url'], service, isSocket: given['socketPath'] !== undefined }]
}
