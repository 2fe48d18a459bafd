import type { OptionsSchema } from '@postern/core'
import * as v from 'valibot'
import {
  type AccessLogOptions,
  accessLogSchema,
  type ResolvedAccessLogOptions,
} from './access-log/options.ts'
import { headerName } from './header-name.ts'
import { type MetricsOptions, metricsSchema, type ResolvedMetricsOptions } from './metrics/options.ts'
import { optionsOf } from './option-docs.ts'
import {
  type PropagationOptions,
  policySchema,
  propagationSchema,
  type ResolvedPropagationOptions,
  trustSchema,
} from './propagation/options.ts'
import type { TrustOptions, TrustPolicy } from './propagation/trust.ts'
import { type RecentOptions, type ResolvedRecentOptions, recentSchema } from './recent/options.ts'

/** What `trace()` takes. */
export interface TraceOptions {
  /**
   * What becomes of callers' trace context. `true` or `continue`: it goes on. `false` or `restart`: every request starts a trace of
   * its own, and context and baggage of callers end here; for a gateway at the border of another organisation. `link`: the same, but
   * the new trace names the caller's, as a span link and in the log. An object says it by listener and by
   * address. Default: true.
   */
  readonly trust?: boolean | TrustPolicy | TrustOptions | undefined
  /** Formats in which trace context is read and written, W3C and B3, and whether baggage goes on. Default: W3C both ways. */
  readonly propagation?: PropagationOptions | undefined
  /** Response header that tells the client the trace id; `false` for none. Default: `x-trace-id`. */
  readonly responseHeader?: string | false | undefined
  /** Whether each exchange leaves one line in the log, at level `info`, and how it is written. Default: true. */
  readonly accessLog?: boolean | AccessLogOptions | undefined
  /** Whether the last exchanges are kept in memory for the view `exchanges`, and how many. Default: true. */
  readonly recent?: boolean | RecentOptions | undefined
  /**
   * Share of new traces, 0 to 1, whose `sampled` flag is set, chosen by the trace id. Continued traces keep their caller's
   * decision, and where an OpenTelemetry SDK is there, its sampler decides. The access log has a ratio of its own. Default: 1.
   */
  readonly sampleRatio?: number | undefined
  /**
   * Whether exchanges and attempts are counted, by route, service and endpoint: for `gateway.metrics()`, and for the OpenTelemetry
   * meter of the process. Default: true.
   */
  readonly metrics?: boolean | MetricsOptions | undefined
}

/** `TraceOptions` with every default filled in. */
export interface ResolvedTraceOptions {
  /** What becomes of callers' trace context. */
  readonly trust: boolean | TrustPolicy | TrustOptions
  /** Formats in which trace context is read and written; absent for W3C both ways. */
  readonly propagation?: ResolvedPropagationOptions | undefined
  /** Response header that tells the client the trace id, in lower case; `false` for none. */
  readonly responseHeader: string | false
  /** Whether each exchange leaves one line in the log, and how it is written. */
  readonly accessLog: boolean | ResolvedAccessLogOptions
  /** Whether the last exchanges are kept in memory, and how many. */
  readonly recent: boolean | ResolvedRecentOptions
  /** Share of new traces that are sampled, 0 to 1. */
  readonly sampleRatio: number
  /** Whether exchanges and attempts are counted, and how. */
  readonly metrics: boolean | ResolvedMetricsOptions
}

/** Schema of `TraceOptions`. */
export const traceOptionsSchema: OptionsSchema<TraceOptions, ResolvedTraceOptions> = optionsOf(
  'TraceOptions',
  {
    trust: v.optional(v.union([v.boolean(), policySchema, trustSchema]), true),
    propagation: v.optional(propagationSchema),
    responseHeader: v.optional(v.union([headerName, v.literal(false)]), 'x-trace-id'),
    accessLog: v.optional(v.union([v.boolean(), accessLogSchema]), true),
    recent: v.optional(v.union([v.boolean(), recentSchema]), true),
    sampleRatio: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 1),
    metrics: v.optional(v.union([v.boolean(), metricsSchema]), true),
  },
)
