/** What `gw plugin check` found, in words. */
import { displayPath } from '../errors.ts'
import type { CheckResult } from './messages.ts'
import type { PackageFinding, PluginManifest } from './package-rules.ts'
import type { CoreReport } from './run-checks.ts'

/** All that was found. */
export interface PluginReport {
  /** Whether nothing is wrong. */
  readonly ok: boolean
  readonly name: string
  readonly version: string
  readonly folder: string
  /** What is wrong with the package, and with what the plugin says of itself. */
  readonly findings: readonly PackageFinding[]
  /** What came out with each core. */
  readonly cores: readonly CoreReport[]
}

/** Where the plugin and its package say different things, or a core does not run its hook API. */
export function versionFindings(manifest: PluginManifest, reports: readonly CoreReport[]): PackageFinding[] {
  const plugin = reports.find((report) => report.plugin)?.plugin
  if (!plugin) return []
  const found: PackageFinding[] = []
  for (const field of ['name', 'version'] as const) {
    if (plugin[field] === manifest[field]) continue
    const message = `The plugin says "${plugin[field]}", package.json "${String(manifest[field])}": read it from package.json`
    found.push({ severity: 'error', field, message })
  }
  return found
}

/** The report for a terminal. */
export function reportText(report: PluginReport): string {
  const { name, version, folder, findings, cores } = report
  const plugin = cores.find((one) => one.plugin)?.plugin
  const what = plugin ? `, ${plugin.fault}, hook API ${plugin.api}` : ''
  return [
    `${name} ${version}${what}, in ${displayPath(folder) || '.'}`,
    '',
    'package.json',
    ...(findings.length === 0 ? ['  ok'] : []),
    ...findings.map(({ severity, field, message }) => `  ${severity}  ${field}: ${message}`),
    ...cores.flatMap((core) => ['', ...coreLines(core)]),
    '',
    ...apiLines(cores),
    verdict(report),
  ].join('\n')
}

const ORIGINS = { installed: 'the installed one', given: 'given by --core', alias: 'from devDependencies' }

function coreLines({ core, plugin, checks, problem }: CoreReport): string[] {
  const api = plugin ? `, hook API ${plugin.coreApi}` : ''
  const areas = [...new Set(checks.map(({ area }) => area))]
  return [
    `@postern/core ${core.version}${api} (${ORIGINS[core.origin]})`,
    ...areas.flatMap((area) =>
      areaLines(
        area,
        checks.filter((check) => check.area === area),
      ),
    ),
    ...(problem === undefined ? [] : [`  error  ${problem}`]),
  ]
}

function areaLines(area: string, checks: readonly CheckResult[]): string[] {
  const failed = checks.filter(({ problem }) => problem !== undefined)
  const seconds = (checks.reduce((sum, { ms }) => sum + ms, 0) / 1000).toFixed(1)
  return [
    `  ${area.padEnd(9)}  ${checks.length - failed.length} of ${checks.length} passed, ${seconds} s`,
    ...failed.map(
      ({ name, problem }) =>
        `    failed  ${name}:\n            ${String(problem).replaceAll('\n', '\n            ')}`,
    ),
  ]
}

/** Which hook APIs were tried, and which of those that the cores run were not. */
function apiLines(cores: readonly CoreReport[]): string[] {
  const plugins = cores.flatMap(({ core, plugin }) => (plugin ? [{ version: core.version, plugin }] : []))
  if (plugins.length === 0) return []
  const tried = new Map(plugins.map(({ version, plugin }) => [plugin.coreApi, version]))
  const known = new Set(plugins.flatMap(({ plugin }) => plugin.coreApis))
  const missing = [...known].filter((api) => !tried.has(api))
  const list = [...tried].map(([api, version]) => `${api} (core ${version})`).join(', ')
  const rest =
    missing.length > 0
      ? `Not tried: ${missing.join(', ')}, which these cores run as well; give a core that offers it with --core`
      : known.size === 1
        ? 'There is none before it'
        : 'These are all that the cores run'
  return [`Hook APIs tried: ${list}. ${rest}.`]
}

function verdict({ ok, findings, cores }: PluginReport): string {
  if (cores.length === 0) return 'Nothing was run: there is no module to load.'
  const failed = cores.flatMap(({ checks }) => checks.filter(({ problem }) => problem !== undefined)).length
  const stopped = cores.filter(({ problem }) => problem !== undefined).length
  const errors = findings.filter(({ severity }) => severity === 'error').length + stopped
  const passed = cores.flatMap(({ checks }) => checks).length - failed
  if (ok) return `Passed: ${passed} checks.`
  return `Failed: ${failed} of ${passed + failed} checks, ${errors} ${errors === 1 ? 'error' : 'errors'} beside them.`
}
