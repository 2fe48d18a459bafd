import * as v from 'valibot'
import { type FailureRateOptions, failureRateSchema } from './failure-rate-options.ts'
import { type GrpcStatus, grpcStatusesSchema } from './grpc-status.ts'
import { optionsOf } from './option-docs.ts'
import { ms } from './values.ts'

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
  /**
   * Statuses of gRPC that are failures as well, in the head of an answer or in its trailers. With any, gRPC calls count when
   * their answer has ended, and not when its head came. Default: none.
   */
  readonly grpcStatuses?: readonly GrpcStatus[] | undefined
  /** How long it stays open, in milliseconds. At least 1. Default: 10 000. */
  readonly openMs?: number | undefined
  /** How many attempts it then lets through to find out: all of them must succeed for it to close. Default: 1. */
  readonly halfOpenRequests?: number | undefined
}

const count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000))

/** Schema of `BreakerOptions`. */
export const breakerSchema = v.pipe(
  optionsOf('BreakerOptions', {
    failureRate: v.optional(failureRateSchema),
    consecutiveFailures: v.optional(count),
    statuses: v.optional(v.picklist(['gateway-error', '5xx'])),
    grpcStatuses: v.optional(grpcStatusesSchema),
    openMs: v.optional(v.pipe(ms, v.minValue(1))),
    halfOpenRequests: v.optional(v.pipe(count, v.maxValue(1_000))),
  }),
  v.check(
    ({ failureRate, consecutiveFailures }) => failureRate !== undefined || consecutiveFailures !== undefined,
    'Expected failureRate, consecutiveFailures or both: else it never opens',
  ),
)
