import type { RoutePolicy } from '../policy/route-policy.ts'
import type { Rejection } from '../rejection.ts'
import type { SchemeName } from '../schemes/scheme.ts'
import { isForOneOf } from '../verify/audience.ts'
import type { ResolvedJwtIssuerOptions } from '../verify/jwt-options.ts'
import {
  MISSING,
  NOT_A_JWT,
  SEVERAL_HEADERS,
  UNKNOWN_ISSUER,
  WRONG_ALGORITHM,
  WRONG_AUDIENCE,
  WRONG_CLAIM,
} from '../verify/outcome.ts'
import { toPrincipal } from '../verify/principal.ts'
import type { TokenHead } from '../verify/token-head.ts'
import { checkTimes, readTimes } from '../verify/token-times.ts'
import type { CredentialsSeen } from './credentials-seen.ts'

/** What one route accepts. */
export interface Accepted {
  /** In these ways. */
  readonly schemes: readonly SchemeName[]
  /** Tokens of these issuers. */
  readonly issuers: ReadonlyMap<string, ResolvedJwtIssuerOptions>
  /** Callers of this kind. */
  readonly policy: RoutePolicy
}

/** Which credentials are for which scheme, beside bearer tokens. */
const SCHEME_OF_KIND: Readonly<Record<string, SchemeName>> = {
  basic: 'basic',
  'api-key': 'api-key',
  mtls: 'mtls',
  'client-cert-header': 'mtls',
  'http-signature': 'http-signature',
}

/**
 * What would become of a request, as far as can be said without keys, secrets or another service: a forged token looks
 * good here, and so does a wrong password.
 */
export function foresee(
  { form: { kinds }, token }: CredentialsSeen,
  { schemes, issuers, policy }: Accepted,
): Rejection | undefined {
  if (kinds.includes('repeated')) return SEVERAL_HEADERS
  if (token && schemes.includes('jwt')) {
    const issuer = issuers.get(token.head.issuer ?? '')
    if (issuer) return foreseeToken(token.head, issuer, policy)
    if (!schemes.includes('introspection')) return UNKNOWN_ISSUER
  }
  const isToken = token !== undefined || kinds.includes('opaque-token')
  if (isToken && schemes.includes('introspection')) return undefined
  if (isToken && schemes.includes('jwt')) return NOT_A_JWT
  if (schemes.includes('forward-auth')) return undefined
  const isKnown = kinds.some((kind) => {
    const scheme = SCHEME_OF_KIND[kind]
    return scheme !== undefined && schemes.includes(scheme)
  })
  return isKnown || policy.anonymous ? undefined : MISSING
}

function foreseeToken(
  { alg, claims }: TokenHead,
  issuer: ResolvedJwtIssuerOptions,
  policy: RoutePolicy,
): Rejection | undefined {
  if (!(issuer.algorithms as readonly string[]).includes(alg)) return WRONG_ALGORITHM
  const times = readTimes(claims, issuer)
  if ('code' in times) return times
  const late = checkTimes(times, Date.now(), issuer.clockToleranceMs)
  if (late) return late
  if (!isForOneOf(claims['aud'], [issuer.audience].flat())) return WRONG_AUDIENCE
  if (issuer.requiredClaims.some((name) => claims[name] === undefined)) return WRONG_CLAIM
  const caller = toPrincipal(issuer.issuer, claims, issuer.scopeClaim)
  return 'code' in caller ? caller : policy.foresee(caller)
}
