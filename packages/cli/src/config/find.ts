import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { bundledConfigFile } from '../bundled.ts'
import { UsageError } from '../errors.ts'

/** Names that `gw` looks for without `--config`, the first that exists wins. */
const CONFIG_NAMES: readonly string[] = Object.freeze([
  'gateway.yaml',
  'gateway.yml',
  'gateway.json',
  'gateway.ts',
  'gateway.mts',
  'gateway.js',
  'gateway.mjs',
  'gateway.config.ts',
  'gateway.config.mts',
  'gateway.config.js',
  'gateway.config.mjs',
])

/**
 * The absolute path of the configuration file. In a bundle with a configuration it is that one, unless another is given.
 *
 * @param given what `--config` said; then only that file will do.
 * @throws {UsageError} naming what was looked for.
 */
export function findConfig(given: string | undefined, folder: string = process.cwd()): string {
  if (given !== undefined) {
    const file = resolve(folder, given)
    if (!existsSync(file)) throw new UsageError(`There is no file ${file}.`)
    return file
  }
  const bundled = bundledConfigFile()
  if (bundled !== undefined) return bundled
  const file = firstConfig(folder)
  if (file === undefined) {
    throw new UsageError(
      `There is no configuration in ${folder}. Looked for ${CONFIG_NAMES.join(', ')}. ` +
        'Write one with gw init, or name another with --config FILE.',
    )
  }
  return file
}

/** The configuration that a folder has, if it has one. */
export function firstConfig(folder: string): string | undefined {
  const name = CONFIG_NAMES.find((candidate) => existsSync(join(folder, candidate)))
  return name === undefined ? undefined : join(folder, name)
}
