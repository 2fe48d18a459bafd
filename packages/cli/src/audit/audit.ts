/** Runs the rules over a configuration. */
import type { RouteInfo } from '@postern/core'
import { byPlace, type PlacedIssue, placeIssue } from '../config/issues.ts'
import type { OpenedConfig } from '../config/load.ts'
import type { GatewayConfig } from '../config/schema.ts'
import { acceptanceRule, covers, isOver, staleAcceptance } from './accept.ts'
import { auditContext } from './context.ts'
import { record } from './look.ts'
import { type AuditRule, type Finding, SEVERITIES, type Severity } from './rule.ts'
import { AUDIT_RULES } from './rules.ts'
import { type AcceptedFinding, auditSettings } from './settings.ts'

/** A finding with its place in the file. */
export interface PlacedFinding extends PlacedIssue {
  /** The rule that found it. */
  readonly rule: Omit<AuditRule, 'check'>
  /** How bad it is. */
  readonly severity: Severity
  /** A route's id or a service's name. */
  readonly subject: string | undefined
  /** The acceptance that covers it, or that did until it ended. */
  readonly acceptance: AcceptedFinding | undefined
  /** Whether it is accepted now. */
  readonly accepted: boolean
}

/** Everything that the rules find, the worst first, then in the order of rules and of the file. */
export function audit(opened: OpenedConfig, routes: readonly RouteInfo[], nowMs: number): PlacedFinding[] {
  const given = record(opened.source.data)['audit'] as GatewayConfig['audit']
  const settings = auditSettings(given)
  const context = auditContext(opened, routes, settings, nowMs)
  const used = new Set<AcceptedFinding>()

  const place = (rule: PlacedFinding['rule'], finding: Finding): PlacedFinding => {
    const covering = settings.accept.filter((one) => covers(one, rule.id, finding))
    for (const one of covering) used.add(one)
    const standing = covering.find((one) => !isOver(one, nowMs))
    const acceptance = standing ?? covering[0]
    const ended = acceptance && !standing ? ` (accepted until ${acceptance.until}: ${acceptance.reason})` : ''
    const { path, at } = finding
    const message = `${finding.message}${ended}`
    // What is not there has no line: the file as a whole lacks it.
    const isWritten = path[0] === undefined || Object.hasOwn(context.written, path[0])
    return {
      ...placeIssue(opened.source, { path, message, ...(at && { at }) }, opened.redact),
      ...(isWritten ? {} : { line: undefined, column: undefined }),
      rule,
      severity: finding.severity ?? rule.severity,
      subject: finding.subject,
      acceptance,
      accepted: standing !== undefined,
    }
  }

  const found = AUDIT_RULES.flatMap((rule) =>
    [...rule.check(context)].map((finding) => place(rule, finding)).sort(byPlace),
  )
  const ids = AUDIT_RULES.map(({ id }) => id)
  const stale = settings.accept.flatMap((one, index) =>
    used.has(one) ? [] : [place(acceptanceRule, staleAcceptance(one, index, ids))],
  )
  return [...found, ...stale].sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity))
}

/** What `--fail-on` takes. */
export const FAIL_ON = ['error', 'warning', 'advice', 'none'] as const

/** From which severity on findings fail a check. */
export type FailOn = (typeof FAIL_ON)[number]

/** Whether a finding fails the check. */
export function fails({ severity, accepted }: PlacedFinding, failOn: FailOn): boolean {
  return !accepted && failOn !== 'none' && SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(failOn)
}
