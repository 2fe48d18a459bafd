/** Findings that somebody accepts, with a reason and for a while. Decision 0045. */
import { formatPath, suggestKey } from '@postern/core'
import type { AuditRule, Finding } from './rule.ts'
import type { AcceptedFinding } from './settings.ts'

/** What `until` of an acceptance means: through that day, by the clock of UTC. */
export function isOver({ until }: AcceptedFinding, nowMs: number): boolean {
  return until !== undefined && nowMs >= new Date(`${until}T00:00:00Z`).getTime() + 86_400_000
}

/** Whether an acceptance speaks of a finding. */
export function covers({ rule, at }: AcceptedFinding, ruleId: string, { path, subject }: Finding): boolean {
  if (rule !== ruleId) return false
  if (at === undefined || at === subject) return true
  const place = formatPath(path)
  return place === at || place.startsWith(`${at}.`) || place.startsWith(`${at}[`)
}

/** Looks after the acceptances themselves: those that end, and those that speak of nothing. */
export const acceptanceRule: Omit<AuditRule, 'check'> = {
  id: 'acceptance-stale',
  severity: 'advice',
  title: 'An acceptance speaks of nothing',
  why: 'What it accepted was mended, or its rule is written wrongly; the next finding of this kind would be hidden by it.',
  fix: 'Take it out of audit.accept.',
}

/** What is wrong with acceptances that no finding used. */
export function staleAcceptance(
  accepted: AcceptedFinding,
  index: number,
  ruleIds: readonly string[],
): Finding {
  const { rule, at } = accepted
  const path = ['audit', 'accept', index, 'rule']
  if (ruleIds.includes(rule)) {
    const where = at === undefined ? '' : ` at ${at}`
    return { path, message: `Nothing is found by ${rule}${where}` }
  }
  const meant = suggestKey(rule, ruleIds)
  const hint = meant === undefined ? '' : `: did you mean "${meant}"?`
  return { path, severity: 'warning', message: `There is no rule "${rule}"${hint}` }
}
