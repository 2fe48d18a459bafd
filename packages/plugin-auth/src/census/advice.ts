import { AUTH_ERRORS, type AuthErrorCode } from '../errors.ts'
import { JWT_ALGORITHMS } from '../verify/jwt-options.ts'
import { type CensusCaller, callerIn, callerKey } from './callers.ts'
import type { CensusRow } from './rows.ts'

/** What is meant to come beside other credentials. */
const OF_CONNECTION = new Set(['mtls', 'client-cert-header', 'http-signature'])

/** A caller that has something to do. */
export interface CallerToFix extends CensusCaller {
  /** Ids of the routes that it is about. */
  readonly routes: readonly string[]
  /** Requests that it is about. */
  readonly requests: number
  /** What is wrong, in words. */
  readonly why: readonly string[]
  /** Unix time of the last of these requests, in milliseconds. */
  readonly lastSeenMs: number
}

/** Callers whose requests would be refused by their own fault, those with the most traffic first. */
export function callersToFix(rows: readonly CensusRow[]): readonly CallerToFix[] {
  return byCaller(
    rows.filter((row) => isOwnFault(row.reason)),
    (row) => [
      `${row.reason}: ${AUTH_ERRORS[row.reason as AuthErrorCode].text}`,
      ...whatCame(row),
      ...risks(row),
    ],
  )
}

/** Callers whose requests pass with credentials that are better replaced, those with the most traffic first. */
export function callersToWatch(rows: readonly CensusRow[]): readonly CallerToFix[] {
  return byCaller(
    rows.filter((row) => row.reason === '' && risks(row).length > 0),
    risks,
  )
}

/** A guard that could not check is nothing that a caller could mend. */
function isOwnFault(reason: string): boolean {
  return Object.hasOwn(AUTH_ERRORS, reason) && AUTH_ERRORS[reason as AuthErrorCode].status < 500
}

function byCaller(
  rows: readonly CensusRow[],
  why: (row: CensusRow) => readonly string[],
): readonly CallerToFix[] {
  return [...Map.groupBy(rows, callerKey).values()]
    .map((own) => ({
      ...callerIn(own),
      routes: [...new Set(own.map((row) => row.route))],
      requests: own.reduce((count, row) => count + row.requests, 0),
      why: [...new Set(own.flatMap(why))],
      lastSeenMs: Math.max(...own.map((row) => row.lastSeenMs)),
    }))
    .toSorted((a, b) => b.requests - a.requests)
}

function whatCame({ credentials: { kinds, names, token } }: CensusRow): readonly string[] {
  const came = kinds.filter((kind) => kind !== 'jwt' && kind !== 'api-key' && kind !== 'query')
  const parts = [...came, ...names]
  if (token)
    parts.push(`a token of ${token.issuer || 'no issuer'} for ${token.audiences.join(', ') || 'nobody'}`)
  return [parts.length === 0 ? 'It sends no credentials.' : `It sends ${parts.join(', ')}.`]
}

function risks({ credentials: { kinds, token }, life, olderThanYear }: CensusRow): readonly string[] {
  const found: string[] = []
  const sent = kinds.filter((kind) => !OF_CONNECTION.has(kind))
  if (sent.length > 1) found.push(`It sends several credentials at once: ${sent.join(', ')}.`)
  if (kinds.includes('query'))
    found.push('It sends credentials in the query, where logs and caches keep them.')
  if (token && !(JWT_ALGORITHMS as readonly string[]).includes(token.alg))
    found.push(`Its tokens have the algorithm ${token.alg}, which no public key can check.`)
  if (olderThanYear > 0) found.push('Its tokens were issued more than a year ago.')
  if (life['never-expires']) found.push('Its tokens never expire.')
  else if (life['over-1y']) found.push('Its tokens are good for more than a year.')
  return found
}
