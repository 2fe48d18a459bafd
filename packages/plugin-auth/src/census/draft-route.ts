import type { PrincipalKind } from '@postern/core/contracts'
import type { AuthRouteOptions } from '../options.ts'
import type { CallerRule } from '../policy/options.ts'
import type { SchemeName } from '../schemes/scheme.ts'
import type { CensusRow } from './rows.ts'

/** A caller's name that is kept whole is shorter. */
const LONGEST_WHOLE_NAME = 127

/**
 * What a route takes: what it takes today, no wider than its valid traffic. What a check in code says stays in code.
 * @param valid what passed on the route.
 * @param issuers how many are configured.
 * @param namesCallers whether only callers that were seen are to pass.
 */
export function draftRoute(
  { check: _check, ...current }: AuthRouteOptions,
  valid: readonly CensusRow[],
  issuers: number,
  namesCallers: boolean,
): AuthRouteOptions {
  const known = valid.flatMap(({ verified }) => verified ?? [])
  // Nobody knows what a request may do that nobody verified, or that may be anonymous.
  if (current.anonymous || known.length === 0 || known.length < valid.length) return current
  const kinds = unique(known.map(({ kind }) => kind))
  const from = unique(known.flatMap(({ issuer }) => issuer ?? []))
  const scopes = unique([...(current.scopes ?? []), ...scopesOfAll(valid)])
  const callers = namesCallers ? callersOf(valid) : undefined
  const isOfTokens = known.every(({ scheme }) => scheme === 'jwt')
  return {
    ...current,
    schemes: unique(known.map(({ scheme }) => scheme as SchemeName)),
    ...(kinds.length === 1 ? { kinds: kinds satisfies PrincipalKind[] } : {}),
    ...(isOfTokens && issuers > 1 ? { issuers: from } : {}),
    ...(scopes.length > 0 ? { scopes } : {}),
    ...(callers ? { callers } : {}),
  }
}

function scopesOfAll(valid: readonly CensusRow[]): readonly string[] {
  const [first, ...others] = valid
  return first?.scopes.filter((scope) => others.every((row) => row.scopes.includes(scope))) ?? []
}

/** Everybody who was seen; `undefined` where somebody's name is not known whole, or would fit others too. */
function callersOf(valid: readonly CensusRow[]): readonly CallerRule[] | undefined {
  const isNamed = valid.every(
    ({ callerKind, caller }) =>
      callerKind === 'principal' && caller.length <= LONGEST_WHOLE_NAME && !/[*?]/.test(caller),
  )
  if (!isNamed) return undefined
  const rules = valid.map(({ caller, verified }) => ({
    id: caller,
    ...(verified?.issuer === undefined ? {} : { issuer: verified.issuer }),
    scheme: verified?.scheme as SchemeName,
  }))
  return [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()]
}

function unique<TItem extends string>(items: readonly TItem[]): TItem[] {
  return [...new Set(items)].toSorted()
}
