/** The `audit` part of a configuration: bounds of rules, and findings that somebody accepts. */
import * as v from 'valibot'
import { optionsOf } from '../config/option-docs.ts'

/** A finding of `gw check --strict` that somebody accepts. */
export interface AcceptedFinding {
  /** Id of the rule. */
  readonly rule: string
  /** Which findings of the rule: a route's id or a service's name, or a path in the configuration. Default: all of them. */
  readonly at?: string | undefined
  /** Last day on which it is accepted, `2027-03-01`. From the next on it is found again. Default: no end. */
  readonly until?: string | undefined
  /** Why it is all right, for whoever reads it later. */
  readonly reason: string
}

/** What `gw check --strict` goes by. A gateway that runs does not look at it. */
export interface AuditConfig {
  /** Days for which a guard may stay in `shadow` or `observe`, and an exception in place. Default: 30. */
  readonly shadowDays?: number | undefined
  /** Days before its end from which on a certificate is found. Default: 30. */
  readonly certificateDays?: number | undefined
  /** Changes that a route may make of a request and its answer. Default: 8. */
  readonly transformsPerRoute?: number | undefined
  /** Findings that are accepted. Default: none. */
  readonly accept?: readonly AcceptedFinding[] | undefined
}

/** `AuditConfig` with every default filled in. */
export interface AuditSettings {
  readonly shadowDays: number
  readonly certificateDays: number
  readonly transformsPerRoute: number
  readonly accept: readonly AcceptedFinding[]
}

const DATE_NEEDED = 'Expected a day such as 2027-03-01'

/** JavaScript turns 30 February into 1 March. */
function isDay(given: string): boolean {
  const day = new Date(`${given}T00:00:00Z`)
  return (
    /^\d{4}-\d\d-\d\d$/.test(given) && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(given)
  )
}

const count = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(36_500)))
const text = v.pipe(v.string(), v.nonEmpty('Expected at least one character'))

/** Schema of `AuditConfig`. */
export const auditSchema = optionsOf('AuditConfig', {
  shadowDays: count,
  certificateDays: count,
  transformsPerRoute: count,
  accept: v.optional(
    v.array(
      optionsOf('AcceptedFinding', {
        rule: text,
        at: v.optional(text),
        until: v.optional(v.pipe(v.string(DATE_NEEDED), v.check(isDay, DATE_NEEDED))),
        reason: text,
      }),
    ),
  ),
})

/** Fills in what is not said. */
export function auditSettings(given: AuditConfig = {}): AuditSettings {
  const { shadowDays = 30, certificateDays = 30, transformsPerRoute = 8, accept = [] } = given
  return { shadowDays, certificateDays, transformsPerRoute, accept }
}
