import { createGateway, type Gateway, type PluginInfo, type RouteInfo } from '@postern/core'
import { audit, type FailOn, fails, type PlacedFinding } from '../audit/audit.ts'
import { auditReport, auditSummary } from '../audit/report.ts'
import { sarifLog } from '../audit/sarif.ts'
import { findConfig } from '../config/find.ts'
import { ConfigError } from '../config/issues.ts'
import { type LoadedConfig, type OpenedConfig, openConfig } from '../config/load.ts'
import { displayPath, UsageError } from '../errors.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { pluginLines, print, say, table } from '../output.ts'
import { ownVersion } from '../own-version.ts'
import { counted, jsonText } from '../trace/text.ts'

/** Options of `gw check`. */
export interface CheckOptions {
  /** The configuration file. Default: the first that is found. */
  readonly config?: string
  /** Runs the audit as well. */
  readonly strict?: true
  /** From which severity on the audit ends with 1. Default: `warning`. */
  readonly failOn?: FailOn
  /** Form of the output. Default: `text`. */
  readonly format?: 'text' | 'json' | 'sarif'
  /** Short for `--format json`. */
  readonly json?: true
}

/**
 * Checks a configuration as `gw start` would, up to the point of listening, and prints the order of its
 * plugins. With `strict` it says what is unwise as well.
 *
 * @returns 0 when it is valid, and the audit found nothing that counts; 1 when not, 2 when there is nothing to check.
 */
export async function check(options: CheckOptions): Promise<ExitCode> {
  refuseContradiction(options)
  const format = options.json ? 'json' : (options.format ?? 'text')
  try {
    const opened = await openConfig(findConfig(options.config))
    const { plugins, routes } = await compile(opened.config)
    const findings = options.strict ? audit(opened, routes, Date.now()) : undefined
    tell(opened, plugins, findings, format)
    const failOn = options.failOn ?? 'warning'
    return findings?.some((finding) => fails(finding, failOn)) ? EXIT.failed : EXIT.ok
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    tellInvalid(error, format)
    return EXIT.failed
  }
}

/** Options that would be ignored are mistakes. */
function refuseContradiction({ strict, failOn, json, format }: CheckOptions): void {
  if (failOn !== undefined && !strict)
    throw new UsageError('--fail-on belongs to the audit: give --strict, too.')
  if (json && format !== undefined && format !== 'json')
    throw new UsageError('Give --json or --format, not both.')
}

/** What core makes of it. Nothing listens, and everything is closed again. */
async function compile(
  config: LoadedConfig,
): Promise<{ plugins: readonly PluginInfo[]; routes: readonly RouteInfo[] }> {
  const gateway = build(config)
  const made = { plugins: gateway.plugins(), routes: gateway.routes() }
  await gateway.close()
  return made
}

function build(config: LoadedConfig): Gateway {
  try {
    // Silent: what plugins log while they are set up is no part of the answer.
    return createGateway(config.plugins, { ...config.options, logger: false })
  } catch (error) {
    throw config.explain(error)
  }
}

function tell(
  opened: OpenedConfig,
  plugins: readonly PluginInfo[],
  findings: readonly PlacedFinding[] | undefined,
  format: 'text' | 'json' | 'sarif',
): void {
  const { config } = opened
  if (format === 'sarif') printSarif(config.file, [], findings ?? [])
  else if (format === 'json') {
    const audited = findings && { findings: findings.map(toJson) }
    print(jsonText({ file: config.file, valid: true, problems: [], plugins, ...audited }))
  } else {
    const report = findings && auditReport(findings, opened)
    if (report) print(`${report}\n`)
    print(`${displayPath(config.file)} is valid.\n${table([['plugins', pluginLines(plugins)]])}`)
    if (findings) say(auditSummary(findings))
  }
}

function tellInvalid(error: ConfigError, format: 'text' | 'json' | 'sarif'): void {
  if (format === 'sarif') printSarif(error.file, error.issues, [])
  else if (format === 'json') print(jsonText({ file: error.file, valid: false, problems: error.issues }))
  else say(`${error.message}\n${counted(error.issues.length, 'problem')}`)
}

function printSarif(file: string, problems: ConfigError['issues'], findings: readonly PlacedFinding[]): void {
  print(jsonText(sarifLog({ file, problems, findings, version: ownVersion() })))
}

function toJson({ rule, severity, subject, acceptance, accepted, ...place }: PlacedFinding): object {
  const { id, title, why, fix } = rule
  return { rule: id, severity, title, ...place, subject, why, fix, accepted, acceptance }
}
