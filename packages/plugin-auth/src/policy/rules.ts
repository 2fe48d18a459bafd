import type { Principal } from '@postern/core/contracts'
import { type Rejection, rejection } from '../rejection.ts'
import { isForOneOf } from '../verify/audience.ts'
import { callerTest } from './caller-rule.ts'
import { claimTest } from './claim-rule.ts'
import type { RoutePolicyOptions } from './options.ts'

/** One thing that a caller has to satisfy. */
export interface Rule {
  /** Whether it does. */
  holds(caller: Principal): boolean
  /** What is said when it does not. */
  readonly rejection: Rejection
  /** For scopes: the sentence that tells the client what is missing. */
  readonly missing?: string
}

/** What a route asks of a caller, in the order in which it is asked. */
export type RuleOptions = RoutePolicyOptions & { readonly issuers?: readonly string[] | undefined }

/** Compiles what a route asks of a caller that has proved who it is. */
export function compileRules(options: RuleOptions): readonly Rule[] {
  const { issuers, kinds, audiences, callers, claims = [], scopes = [], anyScope } = options
  const rules: Rule[] = []
  if (issuers) {
    rules.push({
      holds: (caller) => caller.issuer !== undefined && issuers.includes(caller.issuer),
      rejection: rejection(
        'GW_AUTH_ISSUER_FORBIDDEN',
        "The caller's issuer is configured, but not one of the route's issuers.",
      ),
    })
  }
  if (kinds)
    rules.push(forbids((caller) => kinds.includes(caller.kind), "The caller is none of the route's kinds."))
  if (audiences)
    rules.push(
      forbids(
        (caller) => isForOneOf(caller.claims['aud'], audiences),
        "The token is for none of the route's audiences.",
      ),
    )
  if (callers) {
    const tests = callers.map(callerTest)
    rules.push(
      forbids((caller) => tests.some((fits) => fits(caller)), "The caller fits none of the route's callers."),
    )
  }
  for (const rule of claims) {
    const fits = claimTest(rule)
    const name = typeof rule.claim === 'string' ? rule.claim : rule.claim.join(' → ')
    rules.push(
      forbids(
        (caller) => fits(caller.claims),
        `The claim "${name}" is missing or not what the route asks for.`,
      ),
    )
  }
  for (const scope of scopes) {
    rules.push(needs((caller) => caller.scopes.includes(scope), `The scope ${scope} is missing.`))
  }
  if (anyScope) {
    const list = anyScope.join(', ')
    rules.push(
      needs(
        (caller) => anyScope.some((scope) => caller.scopes.includes(scope)),
        `One of the scopes ${list} is missing.`,
      ),
    )
  }
  return rules
}

const forbids = (holds: Rule['holds'], message: string): Rule => ({
  holds,
  rejection: rejection('GW_AUTH_CALLER_FORBIDDEN', message),
})

const needs = (holds: Rule['holds'], missing: string): Rule => ({
  holds,
  rejection: rejection('GW_AUTH_SCOPE_MISSING', missing),
  missing,
})
