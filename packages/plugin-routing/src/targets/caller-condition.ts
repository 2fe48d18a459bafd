import type { Exchange } from '@postern/core'
import { principal } from '@postern/core/contracts'
import type { TargetCondition } from '../options/target-options.ts'

/** Who must call for a rule to fit. */
export interface CallerCondition {
  /** One must be the exchange's caller; `null` for any. */
  readonly ids: ReadonlySet<string> | null
  /** One must vouch for the principal; `null` for any. */
  readonly issuers: ReadonlySet<string> | null
  /** One must be the scheme by which the principal proved itself; `null` for any. */
  readonly schemes: ReadonlySet<string> | null
  /** The principal must hold all of them. */
  readonly scopes: readonly string[]
}

/** What a rule says of the caller; `null` for nothing. */
export function readCaller({ caller, issuer, scheme, scopes }: TargetCondition): CallerCondition | null {
  if ([caller, issuer, scheme, scopes].every((given) => given === undefined)) return null
  const setOf = (given: string | readonly string[] | undefined): ReadonlySet<string> | null =>
    given === undefined ? null : new Set([given].flat())
  return { ids: setOf(caller), issuers: setOf(issuer), schemes: setOf(scheme), scopes: [scopes ?? []].flat() }
}

/**
 * Whether the exchange's caller fits. The slot of the principal is read where it is filled, and no guard is required: without
 * one nobody has an issuer, a scheme or a scope.
 */
export function isCalledBy({ ids, issuers, schemes, scopes }: CallerCondition, exchange: Exchange): boolean {
  if (ids !== null && !ids.has(exchange.caller)) return false
  if (issuers === null && schemes === null && scopes.length === 0) return true
  const known = exchange.get(principal)
  if (known === undefined) return false
  if (issuers !== null && !issuers.has(known.issuer ?? '')) return false
  if (schemes !== null && !schemes.has(known.scheme)) return false
  for (const scope of scopes) if (!known.scopes.includes(scope)) return false
  return true
}

/** `caller=a or b`, `issuer=https://idp`, `scheme=jwt`, `scopes=orders.read and orders.write`. */
export function describeCaller({ ids, issuers, schemes, scopes }: CallerCondition): string[] {
  return [
    ...(ids === null ? [] : [`caller=${[...ids].join(' or ')}`]),
    ...(issuers === null ? [] : [`issuer=${[...issuers].join(' or ')}`]),
    ...(schemes === null ? [] : [`scheme=${[...schemes].join(' or ')}`]),
    ...(scopes.length === 0 ? [] : [`scopes=${scopes.join(' and ')}`]),
  ]
}
