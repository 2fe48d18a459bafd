import * as v from 'valibot'
import { type GrpcStatus, grpcStatusesSchema } from './grpc-status.ts'
import { optionsOf } from './option-docs.ts'
import { ms, token } from './values.ts'

/**
 * What another attempt follows. `connect`: no connection took the request, or the endpoint was at its bound. `reset`: the
 * connection broke before the head of an answer. `timeout`: no head within the time of an attempt. `gateway-error`: 502, 503 or
 * 504. `5xx`: any status from 500 on. A number: this status, from 400 to 599.
 */
export type RetryCondition = 'connect' | 'reset' | 'timeout' | 'gateway-error' | '5xx' | number

/**
 * When a request is sent again. How often at most, the first attempt included, is the route's `limits.attempts`; how long
 * one attempt may take is `timeouts.attemptMs`; all of them end with `timeouts.totalMs`.
 */
export interface RetryOptions {
  /** What another attempt follows. Default: `connect`, `reset`, `timeout` and `gateway-error`. */
  readonly on?: readonly RetryCondition[] | undefined
  /**
   * Statuses of gRPC that another attempt follows: of answers that are nothing but a head, since an answer whose trailers
   * bring the status is the client's by then. gRPC calls are `POST`, which has to stand in `methods`. Default: none.
   */
  readonly grpcStatuses?: readonly GrpcStatus[] | undefined
  /**
   * Methods that are sent again after something of them was sent, upper case: the service may carry them out twice. Default:
   * `GET`, `HEAD`, `OPTIONS` and `TRACE`.
   */
  readonly methods?: readonly string[] | undefined
  /**
   * How much of a request body is kept so that it can be sent again, in bytes, for every running request. A request with a larger
   * one is not sent again. Default: 65 536.
   */
  readonly bodyBytes?: number | undefined
  /**
   * Before the second attempt a random time up to this is waited, in milliseconds, and with each attempt the bound doubles.
   * Default: 25.
   */
  readonly backoffMs?: number | undefined
  /** The bound grows no further than this, in milliseconds. Default: 250. */
  readonly maxBackoffMs?: number | undefined
  /**
   * Whether an answer's `Retry-After`, in seconds or as a date, is waited for as well. Where it asks for more than is left of
   * `timeouts.totalMs`, or for more than 10 seconds on a route without one, the answer goes to the client. Default: true.
   */
  readonly honorRetryAfter?: boolean | undefined
}

/** When a slow request is sent a second time beside the first. Methods `GET`, `HEAD`, `OPTIONS` without a body alone. */
export interface HedgeOptions {
  /** How long an attempt may be without the head of an answer, in milliseconds. At least 1. */
  readonly afterMs: number
  /** How many attempts run side by side at most, the first included. Default: 2. */
  readonly attempts?: number | undefined
}

/** How many requests of a service may be sent again, so that an outage is not made worse. */
export interface RetryBudgetOptions {
  /** Share of the requests of the last ten seconds, 0 to 1. Default: 0.2. */
  readonly ratio?: number | undefined
  /** Beside that share, so many in each second, for services with little traffic. Default: 1. */
  readonly minPerSecond?: number | undefined
}

const status = v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599))

const retryEntries = optionsOf('RetryOptions', {
  on: v.optional(
    v.array(
      v.union(
        [v.picklist(['connect', 'reset', 'timeout', 'gateway-error', '5xx']), status],
        'Expected "connect", "reset", "timeout", "gateway-error", "5xx" or a status from 400 to 599',
      ),
    ),
  ),
  grpcStatuses: v.optional(grpcStatusesSchema),
  methods: v.optional(v.array(v.pipe(token, v.regex(/^[^a-z]+$/, 'Expected a method in upper case')))),
  bodyBytes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(16_777_216))),
  backoffMs: v.optional(ms),
  maxBackoffMs: v.optional(ms),
  honorRetryAfter: v.optional(v.boolean()),
})

/** Schema of `RetryOptions`. */
export const retrySchema = v.pipe(
  retryEntries,
  v.check(
    ({ grpcStatuses, methods = [] }) => grpcStatuses === undefined || methods.includes('POST'),
    'Expected methods with "POST" beside grpcStatuses: gRPC calls are POST, and may then reach the service twice',
  ),
)

/** Schema of `HedgeOptions`. */
export const hedgeSchema = optionsOf('HedgeOptions', {
  afterMs: v.pipe(ms, v.minValue(1)),
  attempts: v.optional(v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(10))),
})

/** Schema of `RetryBudgetOptions`. */
export const retryBudgetSchema = optionsOf('RetryBudgetOptions', {
  ratio: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
  minPerSecond: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1_000_000))),
})
