/** What is said when a gateway has started, and after a reload. */
import { displayPath } from '../errors.ts'
import { pluginLines, table } from '../output.ts'
import type { Description } from './describe.ts'

/** What else the banner tells. */
export interface BannerExtras {
  /** Where operators ask. */
  readonly admin?: string | undefined
  /** Workers, in words. */
  readonly workers?: string | undefined
}

/** The block that says what has started. */
export function banner(description: Description, { admin, workers }: BannerExtras): string {
  const { upstream, routes } = description
  return `Postern is listening on ${description.listening}\n${table([
    ['config', [displayPath(description.file)]],
    ...row('upstream', upstream),
    ...row('routes', routes === 0 ? undefined : String(routes)),
    ['plugins', pluginLines(description.plugins)],
    ...row('admin', admin),
    ...row('workers', workers),
    ...(description.warnings.length === 0 ? [] : [['warnings', description.warnings] as const]),
  ])}`
}

/** The block that says what a reload has brought. */
export function reloadedBlock({ file, plugins, warnings }: Description, at: string): string {
  return `Reloaded ${displayPath(file)} at ${at}\n${table([
    ['plugins', pluginLines(plugins)],
    ...(warnings.length === 0 ? [] : [['warnings', warnings] as const]),
  ])}`
}

function row(name: string, value: string | undefined): (readonly [string, readonly string[]])[] {
  return value === undefined ? [] : [[name, [value]]]
}
