/** The cores that a plugin is checked against. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { UsageError } from '../errors.ts'
import type { PluginManifest } from './package-rules.ts'

/** A copy of `@postern/core`. */
export interface CoreCopy {
  /** Its folder. */
  readonly folder: string
  /** Its version. */
  readonly version: string
  /** How it came to be tried. */
  readonly origin: 'installed' | 'given' | 'alias'
}

/**
 * The core that the plugin would find, those that its package.json installs under other names
 * (`"postern-core-next": "npm:@postern/core@next"`), and those that were given.
 *
 * @throws {UsageError} when one that was given is not there.
 */
export function coresFor(manifest: PluginManifest, folder: string, given: readonly string[]): CoreCopy[] {
  const aliases = Object.entries(manifest.devDependencies ?? {})
    .filter(([, range]) => typeof range === 'string' && /^npm:@postern\/core(@|$)/.test(range))
    .map(([name]) => name)
  const found = [
    readCore(nearest('@postern/core', folder) ?? ownCore(), 'installed'),
    ...aliases.map((name) => readCore(installed(name, folder), 'alias')),
    ...given.map((place) =>
      readCore(existsSync(resolve(place)) ? resolve(place) : installed(place, folder), 'given'),
    ),
  ]
  return found.filter((core, index) => index === found.findIndex((other) => other.folder === core.folder))
}

function readCore(folder: string, origin: CoreCopy['origin']): CoreCopy {
  const file = join(folder, 'package.json')
  const { name, version } = (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}) as Record<
    string,
    string
  >
  if (name !== '@postern/core' || version === undefined)
    throw new UsageError(`${folder} is no copy of @postern/core.`)
  return { folder, version, origin }
}

function installed(name: string, folder: string): string {
  const found = nearest(name, folder)
  if (found === undefined)
    throw new UsageError(`There is neither a folder nor an installed package "${name}".`)
  return found
}

/** The folder of a package, as Node looks for it from another folder. */
export function nearest(name: string, folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const place = join(at, 'node_modules', name)
    if (existsSync(join(place, 'package.json'))) return place
    if (dirname(at) === at) return undefined
  }
}

/** A plugin in a folder where nothing is installed is checked against the core of `gw`. */
function ownCore(): string {
  return dirname(createRequire(import.meta.url).resolve('@postern/core/package.json'))
}
