/** The findings for people: by rule, the worst first, each place with its line. */

import { renderIssue } from '../config/issues.ts'
import type { OpenedConfig } from '../config/load.ts'
import { indented, paint, printable, type Tone } from '../trace/text.ts'
import type { PlacedFinding } from './audit.ts'
import { SEVERITIES, type Severity } from './rule.ts'

const TONES: Readonly<Record<Severity, Tone>> = { error: 'red', warning: 'yellow', advice: 'cyan' }

/** The whole report; empty when nothing was found that is not accepted. */
export function auditReport(findings: readonly PlacedFinding[], opened: OpenedConfig): string {
  const open = findings.filter(({ accepted }) => !accepted)
  const groups = Map.groupBy(open, ({ severity, rule }) => `${severity} ${rule.id}`)
  return [...groups.values()].map((group) => section(group, opened)).join('\n\n')
}

function section(group: readonly PlacedFinding[], { source, redact }: OpenedConfig): string {
  const [first] = group
  if (!first) return ''
  const { rule, severity } = first
  return [
    `${paint(TONES[severity], severity)}  ${paint('bold', rule.id)}  ${rule.title}`,
    ...group.map((finding) => indented(printableLines(renderIssue(source, finding, redact)))),
    `  ${paint('dim', 'why')}  ${rule.why}`,
    `  ${paint('dim', 'fix')}  ${rule.fix}`,
  ].join('\n')
}

/** `2 errors, 1 warning, 3 accepted`. */
export function auditSummary(findings: readonly PlacedFinding[]): string {
  const count = (severity: Severity): number =>
    findings.filter((one) => !one.accepted && one.severity === severity).length
  const words: Readonly<Record<Severity, readonly [string, string]>> = {
    error: ['error', 'errors'],
    warning: ['warning', 'warnings'],
    advice: ['piece of advice', 'pieces of advice'],
  }
  const parts = SEVERITIES.flatMap((severity) => {
    const number = count(severity)
    return number === 0 ? [] : [`${number} ${words[severity][number === 1 ? 0 : 1]}`]
  })
  const accepted = findings.filter((one) => one.accepted).length
  if (accepted > 0) parts.push(`${accepted} accepted`)
  return parts.length === 0 ? 'The audit found nothing' : `The audit found ${parts.join(', ')}`
}

/** A tab keeps the caret in its place. */
function printableLines(text: string): string {
  return text
    .split(/(?<=[\n\t])|(?=[\n\t])/)
    .map((part) => (/^[\n\t]$/.test(part) ? part : printable(part)))
    .join('')
}
