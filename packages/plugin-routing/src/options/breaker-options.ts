import * as v from 'valibot'
import { ms } from './values.ts'

/** A share of attempts that fail. */
export interface FailureRateOptions {
  /** Share of the attempts of the window, above 0 to 1, from which on the breaker opens. */
  readonly threshold: number
  /**
   * How long an attempt counts, in milliseconds, give or take a tenth: attempts are counted by the tenth of the window. At least
   * 100. Default: 10 000.
   */
  readonly windowMs?: number | undefined
  /** With fewer attempts in the window than this the breaker stays closed. Default: 20. */
  readonly minRequests?: number | undefined
}

/**
 * When a service, or a route, gets a pause. Attempts count, not requests: each retry and each hedge for itself. `failureRate`,
 * `consecutiveFailures` or both.
 */
export interface BreakerOptions {
  /** Opens at a share of failed attempts. Default: none. */
  readonly failureRate?: FailureRateOptions | undefined
  /** Opens after so many failed attempts in a row. Default: none. */
  readonly consecutiveFailures?: number | undefined
  /**
   * Which statuses are failures, beside attempts without an answer: `gateway-error` for 502, 503 and 504, `5xx` for all from 500
   * on. Default: `gateway-error`.
   */
  readonly statuses?: 'gateway-error' | '5xx' | undefined
  /** How long it stays open, in milliseconds. At least 1. Default: 10 000. */
  readonly openMs?: number | undefined
  /** How many attempts it then lets through to find out: all of them must succeed for it to close. Default: 1. */
  readonly halfOpenRequests?: number | undefined
}

const count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000))

/** Schema of `BreakerOptions`. */
export const breakerSchema = v.pipe(
  v.strictObject({
    failureRate: v.optional(
      v.strictObject({
        threshold: v.pipe(v.number(), v.gtValue(0), v.maxValue(1)),
        windowMs: v.optional(v.pipe(ms, v.minValue(100))),
        minRequests: v.optional(count),
      }),
    ),
    consecutiveFailures: v.optional(count),
    statuses: v.optional(v.picklist(['gateway-error', '5xx'])),
    openMs: v.optional(v.pipe(ms, v.minValue(1))),
    halfOpenRequests: v.optional(v.pipe(count, v.maxValue(1_000))),
  }),
  v.check(
    ({ failureRate, consecutiveFailures }) => failureRate !== undefined || consecutiveFailures !== undefined,
    'Expected failureRate, consecutiveFailures or both: else it never opens',
  ),
)
