/** `gw plugin check`: whether a plugin can be used, and does what every plugin must. */
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { messageOf, UsageError } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { print } from '../output.ts'
import { jsonText } from '../trace/text.ts'
import { coresFor, nearest } from './cores.ts'
import { checkPackage, mainOf, type PluginManifest } from './package-rules.ts'
import { type PluginReport, reportText, versionFindings } from './report.ts'
import { checkWithCore } from './run-checks.ts'

/** Options of `gw plugin check`. */
export interface PluginCheckOptions {
  /** More cores: folders, or names of installed packages. */
  readonly core?: readonly string[]
  /** Only checks of these areas. Default: all. */
  readonly area?: readonly string[]
  /** Options of the plugin. Default: those of its conformance module. */
  readonly options?: unknown
  /** Headers of a request that it lets through. Default: those of its conformance module. */
  readonly header?: readonly string[]
  /** Path of such a request. Default: that of its conformance module. */
  readonly path?: string
  /** Print JSON. Default: false. */
  readonly json?: boolean
}

/** @returns 0 when nothing is wrong, 1 when something is, 2 when there is no such package. */
export async function pluginCheck(target: string, options: PluginCheckOptions): Promise<ExitCode> {
  const report = await examine(target, options)
  print(options.json ? jsonText(report) : reportText(report))
  return report.ok ? EXIT.ok : EXIT.failed
}

async function examine(target: string, options: PluginCheckOptions): Promise<PluginReport> {
  const folder = folderOf(target)
  const manifest = readManifest(folder)
  const cores = coresFor(manifest, folder, options.core ?? [])
  const findings = checkPackage(manifest, folder)
  const { code } = mainOf(manifest)
  const name = typeof manifest.name === 'string' ? manifest.name : ''
  const conformance = manifest.postern?.conformance
  const reports = []
  // One after the other: some checks look at time and memory.
  for (const core of code !== undefined && existsSync(join(folder, code)) ? cores : []) {
    const request = {
      folder,
      name,
      module: join(folder, String(code)),
      core: core.folder,
      conformance:
        typeof conformance === 'string' && existsSync(join(folder, conformance)) ? conformance : undefined,
      areas: options.area ?? [],
      options: options.options,
      headers: options.header ?? [],
      path: options.path,
    }
    reports.push(await checkWithCore(core, request, process.argv[1] ?? ''))
  }
  const all = [...findings, ...versionFindings(manifest, reports)]
  const failed = reports.some(
    ({ problem, checks }) => problem !== undefined || checks.some((one) => one.problem),
  )
  return {
    ok: !failed && reports.length > 0 && all.every(({ severity }) => severity !== 'error'),
    name,
    version: typeof manifest.version === 'string' ? manifest.version : '',
    folder,
    findings: all,
    cores: reports,
  }
}

/** A folder, or a package that the current folder would find. */
function folderOf(target: string): string {
  const folder = resolve(target)
  if (existsSync(join(folder, 'package.json'))) return realpathSync(folder)
  const installed = /^[./]/.test(target) ? undefined : nearest(target, process.cwd())
  if (installed !== undefined) return realpathSync(installed)
  throw new UsageError(`There is no package.json in ${folder}, and no installed package "${target}".`)
}

function readManifest(folder: string): PluginManifest {
  const file = join(folder, 'package.json')
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as PluginManifest
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${messageOf(error)}`)
  }
}
