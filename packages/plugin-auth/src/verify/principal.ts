import type { Principal, PrincipalKind } from '@postern/core/contracts'
import { PRINTABLE, SCOPE } from '../option-values.ts'
import type { Rejection } from '../rejection.ts'
import type { SchemeName } from '../schemes/scheme.ts'
import { BAD_SUBJECT } from './outcome.ts'

/** Actors that are read of one token. Calls that came through more services than this have another problem. */
const MAX_ACTORS = 16

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
  if (typeof sub !== 'string' || !PRINTABLE.test(sub)) return BAD_SUBJECT
  return claimedPrincipal('jwt', sub, issuer, claims, scopeClaim)
}

/** The principal of this id that verified claims describe: scopes, actors and kind are read from them. */
export function claimedPrincipal(
  scheme: SchemeName,
  id: string,
  issuer: string | undefined,
  claims: Readonly<Record<string, unknown>>,
  scopeClaim: string | undefined,
): Principal {
  deepFreeze(claims)
  const scopes = Object.freeze(
    readScopes(scopeClaim === undefined ? (claims['scope'] ?? claims['scp']) : claims[scopeClaim]),
  )
  return Object.freeze({
    id,
    kind: kindOf(id, claims),
    scheme,
    issuer,
    scopes,
    claims,
    via: Object.freeze(readActors(claims['act'])),
  })
}

/** A token that its client got for itself has the client as subject (RFC 9068 section 2.2); one without a client is a service's. */
function kindOf(sub: string, claims: Readonly<Record<string, unknown>>): PrincipalKind {
  const client = claims['client_id'] ?? claims['azp']
  return typeof client === 'string' && client !== sub ? 'user' : 'service'
}

/** The `act` claims from the outermost, who acts now, inwards (RFC 8693 section 4.1). */
function readActors(claim: unknown): string[] {
  const actors: string[] = []
  let actor = claim
  while (actors.length < MAX_ACTORS && typeof actor === 'object' && actor !== null) {
    const { sub, act } = actor as Record<string, unknown>
    if (typeof sub !== 'string' || !PRINTABLE.test(sub)) break
    actors.push(sub)
    actor = act
  }
  return actors
}

/** Scopes from a string separated by blanks or an array; what is not a scope by RFC 6749 grants nothing. */
export function readScopes(claim: unknown): string[] {
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
