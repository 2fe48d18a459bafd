import type { Rejection } from '../rejection.ts'
import { EARLY, EXPIRED, WRONG_CLAIM } from './outcome.ts'

/** `exp` and `nbf` of a token, in seconds. */
export interface TokenTimes {
  /** When it ends. */
  readonly exp: number | undefined
  /** When it begins. */
  readonly nbf: number | undefined
}

/** The times that claims hold, or why they are refused. */
export function readTimes(claims: Readonly<Record<string, unknown>>): TokenTimes | Rejection {
  const { exp, nbf } = claims
  if (exp !== undefined && typeof exp !== 'number') return WRONG_CLAIM
  if (nbf !== undefined && typeof nbf !== 'number') return WRONG_CLAIM
  return { exp, nbf }
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
