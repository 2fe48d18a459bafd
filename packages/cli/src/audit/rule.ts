/** What a rule of the audit is, and what it finds. */
import type { AuditContext } from './context.ts'

/**
 * - `error`: somebody can get in, or read along, who must not; or it cannot work as it is written.
 * - `warning`: it will hurt when something else fails, or keeps what was meant to be short-lived.
 * - `advice`: most gateways do it otherwise.
 */
export type Severity = 'error' | 'warning' | 'advice'

/** All severities, the worst first. */
export const SEVERITIES: readonly Severity[] = Object.freeze(['error', 'warning', 'advice'])

/** One place that a rule found. */
export interface Finding {
  /** Keys from the root of the file; empty for the configuration as a whole. */
  readonly path: readonly PropertyKey[]
  /** Whether the key is meant or its value. Default: `value`. */
  readonly at?: 'key' | 'value'
  /** What is there, in one sentence without a full stop. No secret is in it. */
  readonly message: string
  /** What it is about, by a name that stays when lists are sorted anew: a route's id, a service. */
  readonly subject?: string
  /** Where this one is another than the rule's. */
  readonly severity?: Severity
}

/** One rule. Its id never changes its meaning: acceptances and dashboards name it. */
export interface AuditRule {
  /** Lower-case words with hyphens. */
  readonly id: string
  /** How bad a finding is. */
  readonly severity: Severity
  /** What is wrong where it finds something, in a few words. */
  readonly title: string
  /** What can happen. */
  readonly why: string
  /** What to do. */
  readonly fix: string
  /** Every place in the configuration. */
  check(context: AuditContext): Iterable<Finding>
}
