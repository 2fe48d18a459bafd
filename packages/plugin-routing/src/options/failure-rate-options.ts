import * as v from 'valibot'
import { optionsOf } from './option-docs.ts'
import { ms } from './values.ts'

/** A share of attempts that fail: how passive health and circuit breakers judge what fails now and then. */
export interface FailureRateOptions {
  /** Share of failures among the attempts of the window, above 0 up to 1, from which on it is too much. */
  readonly threshold: number
  /** How long an attempt counts, in milliseconds, give or take a tenth. At least 100. Default: 10 000. */
  readonly windowMs?: number | undefined
  /** With fewer attempts in that time nothing is concluded. Default: 20. */
  readonly minRequests?: number | undefined
}

/** Schema of `FailureRateOptions`. */
export const failureRateSchema = optionsOf('FailureRateOptions', {
  threshold: v.pipe(v.number(), v.gtValue(0), v.maxValue(1)),
  windowMs: v.optional(v.pipe(ms, v.minValue(100))),
  minRequests: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000))),
})
