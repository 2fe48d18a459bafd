import {
  JWT_ALGORITHMS,
  type JwtAlgorithm,
  type JwtIssuerOptions,
  type ResolvedJwtIssuerOptions,
} from '../verify/jwt-options.ts'
import { callerKey } from './callers.ts'
import type { CensusRow } from './rows.ts'

/** An issuer whose tokens arrive and that is not configured, by what its tokens say. **Nothing of it is proven.** */
export interface UnknownIssuer {
  /** `iss` of the tokens. */
  readonly issuer: string
  /** Their algorithms that could be accepted. Empty: none of them could. */
  readonly algorithms: readonly JwtAlgorithm[]
  /** Their audiences. */
  readonly audiences: readonly string[]
  /** How many callers send them. */
  readonly callers: number
  /** In how many requests. */
  readonly requests: number
}

/** What of an issuer's options is no secret, and has to be said again with it. */
const REPEATED = [
  'jwksUrl',
  'jwks',
  'jwksFile',
  'pem',
  'pemFile',
  'clockToleranceMs',
  'typ',
  'requiredClaims',
  'maxTokenAgeMs',
  'futureIat',
  'scopeClaim',
] as const
const TOLD = new Set<string>(['issuer', 'audience', 'algorithms', ...REPEATED])

/** The issuers with no more algorithms and audiences than valid tokens have. One without valid tokens stays as it is. */
export function draftIssuers(
  valid: readonly CensusRow[],
  configured: readonly ResolvedJwtIssuerOptions[],
): readonly JwtIssuerOptions[] {
  return configured.map((one) => {
    const seen = tokensOf(valid, one.issuer)
    const audiences = typeof one.audience === 'string' ? [one.audience] : one.audience
    const said = Object.fromEntries(
      REPEATED.filter((name) => one[name] !== undefined && one[name] !== false).map((name) => [
        name,
        one[name],
      ]),
    )
    const wanted = seen.length === 0 ? audiences : audiencesOf(seen, audiences)
    const algorithms = one.algorithms.filter((alg) => seen.some(({ token }) => token?.alg === alg))
    return {
      issuer: one.issuer,
      audience: wanted.length === 1 ? (wanted[0] as string) : wanted,
      algorithms: algorithms.length === 0 ? one.algorithms : algorithms,
      ...said,
    }
  })
}

/** What the draft leaves to its reader. */
export function issuerNotes(
  valid: readonly CensusRow[],
  configured: readonly ResolvedJwtIssuerOptions[],
): readonly string[] {
  return configured.flatMap((one) => {
    const notes: string[] = []
    if (tokensOf(valid, one.issuer).length === 0)
      notes.push(`No valid token of ${one.issuer} was seen. Remove the issuer if nobody needs it.`)
    const secret = Object.entries(one).filter(
      ([name, value]) => !TOLD.has(name) && value !== undefined && value !== false,
    )
    for (const [name] of secret)
      notes.push(`"${name}" of ${one.issuer} is not repeated, since it may hold a secret. Keep it.`)
    return notes
  })
}

/** Issuers that are not configured, those with the most traffic first. */
export function unknownIssuers(
  rows: readonly CensusRow[],
  configured: readonly ResolvedJwtIssuerOptions[],
): readonly UnknownIssuer[] {
  const known = new Set(['', ...configured.map((one) => one.issuer)])
  const foreign = rows.filter((row) => !known.has(row.credentials.token?.issuer ?? ''))
  return [...Map.groupBy(foreign, (row) => row.credentials.token?.issuer ?? '')]
    .map(([issuer, some]) => {
      const tokens = some.flatMap((row) => row.credentials.token ?? [])
      return {
        issuer,
        algorithms: JWT_ALGORITHMS.filter((alg) => tokens.some((token) => token.alg === alg)),
        audiences: [...new Set(tokens.flatMap((token) => token.audiences))],
        callers: new Set(some.map(callerKey)).size,
        requests: some.reduce((count, row) => count + row.requests, 0),
      }
    })
    .toSorted((a, b) => b.requests - a.requests)
}

/** Forms of the issuer's tokens: of those that were verified, where any were. */
function tokensOf(valid: readonly CensusRow[], issuer: string): readonly CensusRow['credentials'][] {
  const own = valid.filter((row) => row.credentials.token?.issuer === issuer)
  const verified = own.filter((row) => row.verified?.scheme === 'jwt')
  return (verified.length > 0 ? verified : own).map((row) => row.credentials)
}

/** Only the first audiences of a token are kept: where none of them is accepted, any may have been. */
function audiencesOf(
  seen: readonly CensusRow['credentials'][],
  accepted: readonly string[],
): readonly string[] {
  const wanted = new Set<string>()
  for (const { token } of seen) {
    const own = accepted.filter((audience) => token?.audiences.includes(audience))
    for (const audience of own.length > 0 ? own : accepted) wanted.add(audience)
  }
  return accepted.filter((audience) => wanted.has(audience))
}
