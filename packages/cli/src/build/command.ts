/** `gw build`: one file that starts with node alone. */
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { isPluginInstance } from '@postern/core'
import type { ConfigSource } from '../config/document.ts'
import { findConfig } from '../config/find.ts'
import { ConfigError, type ConfigIssue } from '../config/issues.ts'
import { readSource } from '../config/load.ts'
import { pluginFile } from '../config/plugins.ts'
import { usedPlugins } from '../config/used-plugins.ts'
import { isRecord } from '../config/validate.ts'
import { displayPath, messageOf, UsageError } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { print, say, table } from '../output.ts'
import { type Bundle, bundle } from './bundle.ts'
import type { Entry } from './entry.ts'
import { loadEsbuild } from './esbuild.ts'

/** Options of `gw build`. */
export interface BuildCommandOptions {
  /** The configuration file. Default: the first that is found. */
  readonly config?: string
  /** The file to write. Default: `dist/gateway.mjs`. */
  readonly out?: string
  /** Leave the configuration out. */
  readonly configExternal?: boolean
  /** Make it small. */
  readonly minify?: boolean
  /** Write a source map. */
  readonly sourcemap?: boolean
  /** Print JSON. */
  readonly json?: boolean
}

/**
 * Builds it. The plugins are loaded once to see that they are plugins; their options are left to `gw check`, since secrets need
 * not be there where a bundle is made.
 *
 * @returns 0 when it is written, 1 when something cannot be bundled or the configuration names a plugin that there is not, 2
 *   without a configuration or esbuild.
 */
export async function build(options: BuildCommandOptions): Promise<ExitCode> {
  try {
    const file = findConfig(options.config)
    const out = resolve(options.out ?? 'dist/gateway.mjs')
    if (!/\.m?js$/.test(out))
      throw new UsageError(`The bundle is a module: name it .mjs, not ${basename(out)}.`)
    if (out === file)
      throw new UsageError(`${displayPath(out)} is the configuration: name another file with --out.`)
    const esbuild = await loadEsbuild(file)
    const source = await readSource(file)
    if (source.problems.length > 0) throw new ConfigError(source, source.problems)
    await usedPlugins(file)
    const made = await bundle(esbuild, {
      ...options,
      folder: dirname(file),
      out,
      config: options.configExternal ? undefined : configOf(source),
      plugins: pluginsOf(source),
    })
    await write(out, made)
    report(options, file, out, made)
    return EXIT.ok
  } catch (error) {
    say(messageOf(error))
    return error instanceof UsageError ? EXIT.usage : EXIT.failed
  }
}

function configOf({ file, text }: ConfigSource): Entry['config'] {
  const name = basename(file)
  return text === undefined ? { name, file } : { name, file, text }
}

/** The files of the plugins that are named; those that a module imports come along with it. */
function pluginsOf(source: ConfigSource): Map<string, string> {
  const entries: unknown = isRecord(source.data) ? source.data['plugins'] : []
  const issues: ConfigIssue[] = []
  const found = new Map<string, string>()
  for (const [index, entry] of (Array.isArray(entries) ? entries : []).entries()) {
    if (isPluginInstance(entry) || !isRecord(entry) || typeof entry['use'] !== 'string') continue
    const file = pluginFile(entry['use'], source.file)
    if (file !== undefined) found.set(entry['use'], file)
    else issues.push({ path: ['plugins', index, 'use'], message: `There is no file of "${entry['use']}"` })
  }
  if (issues.length > 0) throw new ConfigError(source, issues)
  return found
}

async function write(out: string, { code, map }: Bundle): Promise<void> {
  await mkdir(dirname(out), { recursive: true })
  await writeFile(out, code)
  if (map !== undefined) await writeFile(`${out}.map`, map)
}

function report(options: BuildCommandOptions, file: string, out: string, made: Bundle): void {
  const packages = made.packages.map(({ name, version, license }) => ({ name, version, license }))
  for (const warning of made.warnings) say(warning)
  if (options.json) {
    const config = options.configExternal ? null : file
    print(
      JSON.stringify({ file: out, bytes: made.bytes, config, packages, warnings: made.warnings }, null, 2),
    )
    return
  }
  print(`${displayPath(out)}  ${sizeText(made.bytes)}, starts with: node ${displayPath(out)}`)
  const text = options.configExternal
    ? 'external: read at the start, by --config FILE'
    : `${displayPath(file)}, built in`
  print(
    table([
      ['config', [text]],
      ['packages', packages.map(({ name, version, license }) => `${name} ${version} (${license})`)],
    ]),
  )
}

function sizeText(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.round(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}
