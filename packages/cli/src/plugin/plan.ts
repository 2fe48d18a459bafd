/** What a new plugin is called in all the places that its name goes to. */
import { createRequire } from 'node:module'
import { shortName } from '@postern/core'
import { UsageError } from '../errors.ts'

/** What a new plugin is to be. */
export interface PluginPlan {
  /** npm name. */
  readonly name: string
  /** Folder that it is written to unless another is given. */
  readonly folder: string
  /** Its name in configuration: `limit`. */
  readonly short: string
  /** Name of the factory: `limit`. */
  readonly factory: string
  /** Name of its types: `Limit`. */
  readonly type: string
  /** Its part of error codes: `LIMIT`. */
  readonly area: string
  /** What its faults mean. */
  readonly fault: 'guard' | 'observer' | 'transform'
  /** Library for its options. */
  readonly schema: 'valibot' | 'zod'
  /** SPDX id. */
  readonly license: string
  /** Range of `@postern/core`. */
  readonly core: string
  /** Range of `@postern/cli`. */
  readonly cli: string
}

/** Words that cannot name a constant in a module. */
const RESERVED: ReadonlySet<string> = new Set(
  `arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for
  function if implements import in instanceof interface let new null package private protected public return static super switch
  this throw true try typeof var void while with yield`.split(/\s+/),
)

/** @throws {UsageError} when no plugin can have the name. */
export function planPlugin(
  name: string,
  choices: Pick<PluginPlan, 'fault' | 'schema' | 'license'>,
): PluginPlan {
  if (!/^(@[a-z0-9-][a-z0-9-._]*\/)?[a-z0-9][a-z0-9-._]*$/.test(name) || name.length > 214)
    throw new UsageError(
      `"${name}" is not an npm name: lower-case letters, digits, "-", "." and "_", such as postern-plugin-limit.`,
    )
  const short = shortName(name)
  const words = short.split(/[^a-z0-9]+/).filter((word) => word !== '')
  if (words.length === 0) throw new UsageError(`"${name}" leaves no name for the configuration: add a word.`)
  const type = words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('')
  const camel = type[0]?.toLowerCase() + type.slice(1)
  const isUsable = /^[a-z]/.test(camel) && !RESERVED.has(camel)
  return {
    name,
    folder: name.replace(/^.*\//, ''),
    short,
    factory: isUsable ? camel : `plugin${type}`,
    type: /^[A-Z]/.test(type) ? type : `Plugin${type}`,
    area: words.join('_').toUpperCase(),
    ...choices,
    core: `^${versionOf('@postern/core')}`,
    cli: `^${versionOf('@postern/cli')}`,
  }
}

function versionOf(name: string): string {
  const require = createRequire(import.meta.url)
  return (require(`${name}/package.json`) as { readonly version: string }).version
}
