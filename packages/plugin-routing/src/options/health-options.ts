import * as v from 'valibot'
import { type FailureRateOptions, failureRateSchema } from './failure-rate-options.ts'
import { type GrpcStatus, grpcStatusesSchema } from './grpc-status.ts'
import { optionsOf } from './option-docs.ts'
import { ms, text, token } from './values.ts'

/**
 * What the exchanges of an endpoint say about it. A failed connect ejects it at once. Other failures, which are resets,
 * invalid answers, time-outs before an answer, and the statuses that `statuses` names, eject it when they come in a row, or
 * make up too large a share. How long, says `ejectMs` of the service.
 */
export interface PassiveHealthOptions {
  /** So many failures in a row eject an endpoint; 0 for none. Default: 5. */
  readonly consecutiveFailures?: number | undefined
  /** Ejects by the share of failures. Default: none. */
  readonly failureRate?: FailureRateOptions | undefined
  /** Which answers are failures: `gateway-error` is 502, 503 and 504, `5xx` any from 500 on. Default: `gateway-error`. */
  readonly statuses?: 'gateway-error' | '5xx' | undefined
  /** Statuses of gRPC that are failures as well, whether they come in the head of an answer or in its trailers. Default: none. */
  readonly grpcStatuses?: readonly GrpcStatus[] | undefined
  /**
   * Whether an attempt that lost against a hedge counts as a failure, when it had been without a head for the `hedge.afterMs`
   * of its route: so an endpoint that is slow each time is ejected, on routes with `hedge`. Default: false.
   */
  readonly outpaced?: boolean | undefined
  /** No ejection lasts longer, in milliseconds; at least `ejectMs` counts. Default: 300 000. */
  readonly maxEjectMs?: number | undefined
  /** No more than this share of a service's endpoints is ejected at once, 0 to 1, but one always may be. Default: 1. */
  readonly maxEjectedShare?: number | undefined
}

/**
 * Asks each endpoint again and again how it is, with `GET`. It counts as healthy until checks fail: a start or a reload waits for
 * none. What checks found outlives a reload that keeps the address.
 */
export interface ActiveHealthOptions {
  /** Path and query to ask for, starting with `/`; the endpoint's base path is put before it. */
  readonly path: string
  /** Headers to send, by name. Default: none. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** How often each endpoint is asked, in milliseconds, give or take a tenth. Default: 10 000. */
  readonly intervalMs?: number | undefined
  /** How long a check may take, in milliseconds, connection and body included. Default: 2 000. */
  readonly timeoutMs?: number | undefined
  /** Status of a healthy answer, or several. Default: 200 to 299. */
  readonly expectStatus?: number | readonly number[] | undefined
  /** Text that the first 65 536 bytes of the body must contain. Default: any body. */
  readonly expectBody?: string | undefined
  /** So many good checks in a row bring an endpoint back. Default: 2. */
  readonly healthyThreshold?: number | undefined
  /** So many bad checks in a row take it out. Default: 3. */
  readonly unhealthyThreshold?: number | undefined
}

/** How the gateway learns which endpoints of a service can do their work. */
export interface HealthOptions {
  /** What real exchanges say. Default: on, see `PassiveHealthOptions`; `ejectMs: 0` of the service turns it off. */
  readonly passive?: PassiveHealthOptions | undefined
  /** What it says when asked. Default: nobody asks. */
  readonly active?: ActiveHealthOptions | undefined
  /**
   * Panic: when less than this share of a service's endpoints is usable, all are used, since the few that are left would go down
   * under the load of all. 0 to 1; with 0 all are used only when none is left. With `zone` of the plugin's options, endpoints of
   * the own zone and the others are judged apart, and only when both together cannot carry everything. Default: 0.5.
   */
  readonly panicThreshold?: number | undefined
}

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1))
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000))
const duration = v.pipe(ms, v.minValue(1))

const passive = optionsOf('PassiveHealthOptions', {
  consecutiveFailures: v.optional(count),
  failureRate: v.optional(failureRateSchema),
  statuses: v.optional(v.picklist(['gateway-error', '5xx'])),
  grpcStatuses: v.optional(grpcStatusesSchema),
  outpaced: v.optional(v.boolean()),
  maxEjectMs: v.optional(duration),
  maxEjectedShare: v.optional(share),
})

const status = v.pipe(v.number(), v.integer(), v.minValue(100), v.maxValue(599))
const threshold = v.pipe(count, v.minValue(1))

const active = optionsOf('ActiveHealthOptions', {
  path: v.pipe(v.string(), v.regex(/^\/[\x21\x22\x24-\x7e]*$/, 'Expected a path such as /healthz')),
  headers: v.optional(
    v.record(token, v.pipe(v.string(), v.regex(/^[\t\x20-\x7e]*$/, 'Expected visible ASCII'))),
  ),
  intervalMs: v.optional(duration),
  timeoutMs: v.optional(duration),
  expectStatus: v.optional(v.union([status, v.pipe(v.array(status), v.minLength(1))])),
  expectBody: v.optional(text),
  healthyThreshold: v.optional(threshold),
  unhealthyThreshold: v.optional(threshold),
})

/** Schema of `HealthOptions`. */
export const healthSchema = optionsOf('HealthOptions', {
  passive: v.optional(passive),
  active: v.optional(active),
  panicThreshold: v.optional(share),
})
