/** `gw build`: one file that starts with node alone. */
import { basename, dirname, resolve } from 'node:path'
import { isPluginInstance } from '@postern/core'
import type { ConfigSource } from '../config/document.ts'
import { findConfig } from '../config/find.ts'
import { ConfigError, type ConfigIssue } from '../config/issues.ts'
import { openConfig } from '../config/load.ts'
import { pluginFile } from '../config/plugins.ts'
import { isRecord } from '../config/validate.ts'
import { displayPath, FailedError, messageOf, UsageError } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { print, say, table } from '../output.ts'
import { jsonText } from '../trace/text.ts'
import { writeFiles } from '../write-files.ts'
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
 * Builds it. The configuration must be valid; secrets need not be there where a bundle is made. What plugins find only when a
 * gateway is made is left to `gw check`: they may read files of the machine where the bundle runs.
 *
 * @returns 0 when it is written, 1 when something cannot be bundled, 2 without a valid configuration, esbuild, or a place to write.
 */
export async function build(options: BuildCommandOptions): Promise<ExitCode> {
  const file = findConfig(options.config)
  const out = resolve(options.out ?? 'dist/gateway.mjs')
  if (!/\.m?js$/.test(out))
    throw new UsageError(`The bundle is a module: name it .mjs, not ${basename(out)}.`)
  if (out === file)
    throw new UsageError(`${displayPath(out)} is the configuration: name another file with --out.`)
  const esbuild = await loadEsbuild(file)
  const { source } = await openConfig(file, { withoutSecrets: true })
  const made = await bundle(esbuild, {
    ...options,
    folder: dirname(file),
    out,
    config: options.configExternal ? undefined : configOf(source),
    plugins: pluginsOf(source),
  }).catch((error: unknown) => {
    throw new FailedError(messageOf(error))
  })
  const map = made.map === undefined ? [] : [[`${out}.map`, made.map] as const]
  await writeFiles([[out, made.code], ...map])
  report(options, file, out, made)
  return EXIT.ok
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

function report(options: BuildCommandOptions, file: string, out: string, made: Bundle): void {
  const packages = made.packages.map(({ name, version, license }) => ({ name, version, license }))
  for (const warning of made.warnings) say(warning)
  if (options.json) {
    const config = options.configExternal ? null : file
    print(jsonText({ file: out, bytes: made.bytes, config, packages, warnings: made.warnings }))
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
