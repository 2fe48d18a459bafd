import type { Principal } from '@postern/core/contracts'
import { BAD_SUBJECT, type Rejection } from './outcome.ts'

// RFC 6749 section 3.3: a scope is printable ASCII without blank, quote and backslash.
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/
// A subject goes into logs and, as an identity header, to the upstream: a line break in it would forge a header.
const SUBJECT = /^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/

/**
 * The principal that verified claims describe, frozen through and through: one object serves every request with the
 * same token, so a plugin that could change it would change other callers.
 */
export function toPrincipal(
  issuer: string,
  claims: Readonly<Record<string, unknown>>,
  scopeClaim: string | undefined,
): Principal | Rejection {
  const { sub } = claims
  if (typeof sub !== 'string' || !SUBJECT.test(sub)) return BAD_SUBJECT
  deepFreeze(claims)
  const scopes = Object.freeze(
    readScopes(scopeClaim === undefined ? (claims['scope'] ?? claims['scp']) : claims[scopeClaim]),
  )
  return Object.freeze({ id: sub, issuer, scheme: 'jwt', scopes, claims })
}

/** Scopes from a string separated by blanks or an array; what is not a scope by RFC 6749 grants nothing. */
function readScopes(claim: unknown): string[] {
  if (typeof claim === 'string') return claim.split(' ').filter((scope) => SCOPE.test(scope))
  if (!Array.isArray(claim)) return []
  return claim.filter((scope): scope is string => typeof scope === 'string' && SCOPE.test(scope))
}

function deepFreeze(value: object): void {
  Object.freeze(value)
  for (const inner of Object.values(value) as unknown[]) {
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner)
  }
}
