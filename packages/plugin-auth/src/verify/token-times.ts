import type { Rejection } from '../rejection.ts'
import { EARLY, EXPIRED, WRONG_CLAIM } from './outcome.ts'

/** When a token is valid, in seconds. */
export interface TokenTimes {
  /** When it ends: `exp`, or what its age allows, whichever is sooner. */
  readonly exp: number | undefined
  /** When it begins: `nbf` or `iat`, whichever is later. */
  readonly nbf: number | undefined
}

/** How `iat` is read. */
export interface TimeRules {
  /** Age above which a token is refused, in milliseconds. It then needs `iat`. */
  readonly maxTokenAgeMs?: number | undefined
  /** Whether a token whose `iat` is in the future passes. */
  readonly futureIat: boolean
}

/** The end of the year 9999. What is later is a number of milliseconds, or `1e400`, which is read as infinite. */
const LAST_SECOND = 253_402_300_799

/** The times that claims hold, or why they are refused. */
export function readTimes(
  claims: Readonly<Record<string, unknown>>,
  rules: TimeRules,
): TokenTimes | Rejection {
  const { exp, nbf, iat } = claims
  if (!isTime(exp) || !isTime(nbf) || !isTime(iat)) return WRONG_CLAIM
  if (rules.maxTokenAgeMs === undefined) return { exp, nbf: latest(nbf, rules.futureIat ? undefined : iat) }
  if (iat === undefined) return WRONG_CLAIM
  const oldest = iat + rules.maxTokenAgeMs / 1_000
  return {
    exp: exp === undefined ? oldest : Math.min(exp, oldest),
    nbf: latest(nbf, rules.futureIat ? undefined : iat),
  }
}

/**
 * Whether a token is valid now, by the same comparisons that the signature check uses. It runs before any crypto, so
 * that a client that repeats an expired token costs nothing, and at each cache hit.
 */
export function checkTimes(times: TokenTimes, nowMs: number, toleranceMs: number): Rejection | undefined {
  const nowSeconds = Math.floor(nowMs / 1_000)
  const tolerance = toleranceMs / 1_000
  if (times.exp !== undefined && times.exp <= nowSeconds - tolerance) return EXPIRED
  if (times.nbf !== undefined && times.nbf > nowSeconds + tolerance) return EARLY
  return undefined
}

function isTime(value: unknown): value is number | undefined {
  return value === undefined || (typeof value === 'number' && value >= 0 && value <= LAST_SECOND)
}

function latest(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return Math.max(one, other)
}
