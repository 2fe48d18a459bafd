/** Finds the place in a configuration that an error of `createGateway` or `reload` is about. */
import {
  isGatewayError,
  isPluginInstance,
  issuePath,
  type PluginInstance,
  type SchemaIssue,
  shortName,
} from '@postern/core'
import { messageOf } from '../errors.ts'
import type { ConfigSource } from './document.ts'
import type { ConfigIssue } from './issues.ts'
import { routeOptionsOf } from './schema.ts'
import { checkWith, isRecord, valueAt } from './validate.ts'

type Path = readonly PropertyKey[]

/**
 * What an error says, at the most exact place that can be found: the paths that it carries as data, else the
 * field that its message begins with, else the name or value that it quotes, else the `use` of the plugin
 * that it names, else the file as a whole.
 */
export function blame(
  error: unknown,
  source: ConfigSource,
  plugins: readonly PluginInstance[],
): ConfigIssue[] {
  if (!isGatewayError(error)) return [{ path: [], message: messageOf(error) }]
  const { data } = source
  // The last: of two plugins with one name the second is the one too many.
  const index = plugins.findLastIndex(({ definition }) => definition.name === error.plugin)
  const root: Path = index < 0 ? [] : ['plugins', index]
  const base: Path = index < 0 ? [] : [...root, 'options']

  const plugin = plugins[index]
  if (plugin && /\bon route "/.test(error.message)) {
    const issues = onRoutes(data, plugin)
    if (issues.length > 0) return issues
  } else if ('issues' in error && Array.isArray(error.issues)) {
    return error.issues.map((issue: SchemaIssue) => ({
      path: [...base, ...issuePath(issue)],
      message: issue.message,
    }))
  }
  const field = /^(\w+): /.exec(error.message)?.[1]
  const isField = field !== undefined && valueAt(data, [...base, field]) !== undefined
  const start = isField ? [...base, field] : base
  const text = isField ? error.message.slice(field.length + 2) : error.message
  const quoted = lastQuoted(text, valueAt(data, start), start)
  const message = `${text} (${error.code})`
  if (quoted) return [{ message, ...quoted }]
  if (isField) return [{ path: start, message }]
  const use = [...root, 'use']
  return [{ path: valueAt(data, use) === undefined ? root : use, message }]
}

/**
 * What is wrong with a plugin's options on routes. Which routes there are, only the plugin that defines them
 * knows; but all of them give options to a plugin below `plugins.<name>`.
 */
function onRoutes(data: unknown, { definition }: PluginInstance): ConfigIssue[] {
  const name = shortName(definition.name)
  return [...walk(data, [])].flatMap(([path, value]): ConfigIssue[] => {
    if (path.at(-1) !== name || path.at(-2) !== 'plugins' || !isRecord(value)) return []
    const given = routeOptionsOf(value)
    if (definition.routeOptions) return checkWith(definition.routeOptions, given, { path })
    const message = `${definition.name} takes no options on a route`
    return Object.keys(given).map((key) => ({ path: [...path, key], message, at: 'key' }))
  })
}

/**
 * The last key or text value that the message quotes: of two that are equal, the second is the one too many.
 */
function lastQuoted(
  message: string,
  data: unknown,
  base: Path,
): Pick<ConfigIssue, 'path' | 'at'> | undefined {
  const quoted = (text: unknown): boolean =>
    typeof text === 'string' && text !== '' && message.includes(`"${text}"`)
  let found: Pick<ConfigIssue, 'path' | 'at'> | undefined
  for (const [path, value] of walk(data, base)) {
    const key = path.at(-1)
    // Names of plugins are in most messages, and are what is wrong in few.
    if (key !== 'use' && quoted(value)) found = { path }
    else if (path.at(-2) === 'plugins' && quoted(key)) found = { path, at: 'key' }
  }
  return found
}

/**
 * Every value below a value, with its path. Only plain data, and each object once: in TypeScript there may be
 * circles.
 */
function* walk(
  value: unknown,
  path: Path,
  seen: Set<unknown> = new Set(),
): Generator<readonly [Path, unknown]> {
  yield [path, value]
  if (typeof value !== 'object' || value === null || seen.has(value)) return
  seen.add(value)
  for (const key of keysOf(value)) yield* walk(valueAt(value, [key]), [...path, key], seen)
}

function keysOf(value: object): Iterable<PropertyKey> {
  if (Array.isArray(value)) return value.keys()
  // Of a plugin made in place, only the options are configuration.
  if (isPluginInstance(value)) return ['options']
  return Object.getPrototypeOf(value) === Object.prototype ? Object.keys(value) : []
}
