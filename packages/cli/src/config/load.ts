import { readFile } from 'node:fs/promises'
import { dirname, extname, resolve } from 'node:path'
import type { GatewayOptions, ListenOptions, PluginInstance } from '@postern/core'
import { isPluginInstance, knownKeys, shortName } from '@postern/core'
import { bundledConfig } from '../bundled.ts'
import { displayPath, messageOf, UsageError } from '../errors.ts'
import { type AdminOptions, readAdmin } from './admin.ts'
import { blame } from './blame.ts'
import { type ConfigSource, readDocument } from './document.ts'
import { ConfigError, type ConfigIssue } from './issues.ts'
import { readListen } from './listen.ts'
import { readMaterial } from './material.ts'
import { readModule } from './module.ts'
import { findPlugin } from './plugins.ts'
import { checkEntry, type DrainConfig, modeSettingsOf, routeOptionsOf, takeApart } from './schema.ts'
import { Secrets } from './secrets.ts'
import { checkWith, isRecord, unknownKey } from './validate.ts'

/** A configuration that was read and checked, ready for `createGateway(plugins, options)`. */
export interface LoadedConfig {
  /** Absolute path of the file. */
  readonly file: string
  /**
   * The file, unless it is built into a bundle, and the files that it names for secrets and certificates: a change of one is a
   * change of the whole.
   */
  readonly files: readonly string[]
  /** What the file said, so that another process can have just the same; `undefined` of a module. */
  readonly text: string | undefined
  /** The plugins, in the order of the file. */
  readonly plugins: readonly PluginInstance[]
  /** Core's options. */
  readonly options: GatewayOptions
  /** Where the file says to listen, certificates read. */
  readonly listen: ListenOptions
  /** Where operators ask; `undefined` for nowhere. */
  readonly admin: AdminOptions | undefined
  /** How the file says to end. */
  readonly drain: DrainConfig
  /** Turns what `createGateway` or `reload` threw into an error with the place in the file. */
  explain(error: unknown): ConfigError
}

/** A configuration with the text that it was read from. */
export interface OpenedConfig {
  /** What was read. */
  readonly config: LoadedConfig
  /** The file, with the places of its values. */
  readonly source: ConfigSource
  /** The text with every secret in it replaced by where it came from. */
  readonly redact: (text: string) => string
}

/** How a configuration is opened. */
interface OpenOptions {
  /** What the file said at another time, in place of what it says now. */
  readonly text?: string | undefined
  /**
   * Secrets and certificates that are not on this machine are no fault; their places stay empty, so that no gateway can be made
   * of it. Default: false.
   */
  readonly withoutSecrets?: boolean
}

/**
 * Reads a configuration file (.yaml, .yml, .json, or a TypeScript or JavaScript module), loads its plugins
 * and checks everything that can be checked before a gateway exists.
 *
 * @param text what the file said at another time, in place of what it says now. A module is run in any case.
 * @throws {ConfigError} with all issues at once.
 * @throws {UsageError} when the file cannot be read.
 */
export async function loadConfig(file: string, text?: string): Promise<LoadedConfig> {
  return (await openConfig(file, { text })).config
}

/**
 * Does what `loadConfig` does, and gives the places of values as well.
 * @throws {ConfigError} @throws {UsageError} as `loadConfig`.
 */
export async function openConfig(
  file: string,
  { text, withoutSecrets = false }: OpenOptions = {},
): Promise<OpenedConfig> {
  const absolute = resolve(file)
  const source = await readSource(absolute, text)
  if (source.problems.length > 0) throw new ConfigError(source, source.problems)

  const folder = dirname(absolute)
  const secrets = new Secrets(folder)
  const material = readMaterial(source.data, absolute, secrets)
  const parts = takeApart(material.data)
  const { listen, issues: listenIssues } = readListen(parts.listen, folder)
  const { admin, issues: adminIssues } = readAdmin(parts.admin, folder, listen)
  const found = [...parts.issues, ...listenIssues, ...adminIssues]
  const issues = [...material.issues, ...withoutCovered(found, material.issues)]
  const plugins: PluginInstance[] = []
  for (const [index, entry] of parts.plugins.entries()) {
    const instance = await loadEntry(entry, ['plugins', index], absolute, secrets, issues)
    if (instance) plugins.push(instance)
  }
  // With a plugin missing, its name on a route would be called unknown: a second complaint about one mistake.
  if (plugins.length === parts.plugins.length) issues.push(...checkRoute(parts.options, plugins))
  const faults = withoutSecrets ? issues.filter((issue) => !isOfMissing(issue, secrets.issues)) : issues
  if (faults.length > 0) throw new ConfigError(source, faults, secrets.redact, secrets.files)

  const { options, drain } = parts
  const explain = (error: unknown): ConfigError =>
    new ConfigError(source, blame(error, source, plugins), secrets.redact, secrets.files)
  const files = [...(bundledConfig(absolute) ? [] : [absolute]), ...secrets.files]
  return {
    config: { file: absolute, files, text: source.text, plugins, options, listen, admin, drain, explain },
    source,
    redact: secrets.redact,
  }
}

/**
 * Reads a configuration file, whatever its form. What is wrong with its text is in its `problems`.
 * @throws {UsageError} when the file cannot be read.
 */
export async function readSource(file: string, text?: string): Promise<ConfigSource> {
  const extension = extname(file)
  if (['.ts', '.mts', '.js', '.mjs'].includes(extension)) return readModule(file)
  if (!['.yaml', '.yml', '.json'].includes(extension)) {
    throw new UsageError(
      `${displayPath(file)} is not a configuration: expected .yaml, .yml, .json, .ts, .mts, .js or .mjs.`,
    )
  }
  try {
    return readDocument(file, text ?? bundledConfig(file)?.text ?? (await readFile(file, 'utf8')))
  } catch (error) {
    throw new UsageError(`${displayPath(file)} cannot be read: ${messageOf(error)}`)
  }
}

async function loadEntry(
  entry: unknown,
  path: readonly PropertyKey[],
  file: string,
  secrets: Secrets,
  issues: ConfigIssue[],
): Promise<PluginInstance | undefined> {
  issues.push(...checkEntry(entry, path))
  if (isPluginInstance(entry)) {
    issues.push(...checkPluginOptions(entry, path))
    return entry
  }
  if (!isRecord(entry) || typeof entry['use'] !== 'string' || entry['use'] === '') return undefined
  const found = await findPlugin(entry['use'], file)
  const schema = found.problem === undefined ? found.factory.definition.options : undefined
  const at = [...path, 'options']
  const missing = secrets.issues.length
  const options = secrets.replace(
    entry['options'],
    at,
    (place, key) => knownKeys(schema, place.slice(at.length))?.includes(key) ?? false,
  )
  const unresolved = secrets.issues.slice(missing)
  issues.push(...unresolved)
  if (found.problem !== undefined) {
    issues.push({ path: [...path, 'use'], message: found.problem })
    return undefined
  }
  const instance = found.factory(options, modeSettingsOf(entry))
  issues.push(...withoutCovered(checkPluginOptions(instance, path), unresolved))
  return instance
}

/** A secret that is not there was reported; that its place is empty for the schema is the same fault again. */
function withoutCovered(issues: readonly ConfigIssue[], unresolved: readonly ConfigIssue[]): ConfigIssue[] {
  const covered = new Set(unresolved.map((issue) => issue.path.join('\0')))
  return issues.filter((issue) => !covered.has(issue.path.join('\0')))
}

/** That a secret is not there, or what its empty place makes of the value that holds it. */
function isOfMissing({ path }: ConfigIssue, missing: readonly ConfigIssue[]): boolean {
  return missing.some((one) => path.every((key, index) => key === one.path[index]))
}

function checkPluginOptions(
  { definition, options }: PluginInstance,
  path: readonly PropertyKey[],
): ConfigIssue[] {
  return definition.options ? checkWith(definition.options, options, { path: [...path, 'options'] }) : []
}

function checkRoute(options: GatewayOptions, plugins: readonly PluginInstance[]): ConfigIssue[] {
  const route: unknown = options.route
  const named = isRecord(route) ? route['plugins'] : undefined
  if (!isRecord(named)) return []
  const byName = new Map(plugins.map((instance) => [shortName(instance.definition.name), instance]))
  return Object.entries(named).flatMap(([name, settings]): ConfigIssue[] => {
    const path = ['route', 'plugins', name]
    const schema = byName.get(name)?.definition.routeOptions
    if (!byName.has(name)) return [{ path, message: unknownKey(name, [...byName.keys()]), at: 'key' }]
    if (!isRecord(settings)) return []
    const given = routeOptionsOf(settings)
    if (schema) return checkWith(schema, given, { path })
    return Object.keys(given).map((key) => ({
      path: [...path, key],
      message: unknownKey(key, ['mode', 'percent', 'except']),
      at: 'key',
    }))
  })
}
