/** Every rule of the audit, in the order of docs/gw-check.md. */
import type { AuditRule } from './rule.ts'
import { accessRules } from './rules/access.ts'
import { boundRules } from './rules/bounds.ts'
import { evidenceRules } from './rules/evidence.ts'
import { fileRules } from './rules/files.ts'
import { modeRules } from './rules/modes.ts'
import { networkRules } from './rules/network.ts'
import { routeRules } from './rules/routes.ts'
import { serviceRules } from './rules/services.ts'
import { tokenRules } from './rules/tokens.ts'

/** The rules. */
export const AUDIT_RULES: readonly AuditRule[] = Object.freeze([
  ...accessRules,
  ...modeRules,
  ...tokenRules,
  ...fileRules,
  ...networkRules,
  ...boundRules,
  ...serviceRules,
  ...routeRules,
  ...evidenceRules,
])
