import type { OptionsSchema } from '@postern/core'
import * as v from 'valibot'
import { optionsOf } from './option-docs.ts'

/** What `trace()` takes. */
export interface TraceOptions {
  /**
   * Whether callers' trace context is continued. `false`: every request starts a trace of its own, and
   * `traceparent`, `tracestate` and `baggage` of callers end here. For a gateway at the border of another
   * organisation. Default: true.
   */
  readonly trust?: boolean | undefined
  /** Response header that tells the client the trace id; `false` for none. Default: `x-trace-id`. */
  readonly responseHeader?: string | false | undefined
  /** Whether each exchange leaves one line in the log, at level `info`. Default: true. */
  readonly accessLog?: boolean | undefined
  /**
   * Share of new traces, 0 to 1, whose `sampled` flag is set. Continued traces keep their caller's flag, and
   * where an OpenTelemetry SDK is there, its sampler decides. The access log is not sampled. Default: 1.
   */
  readonly sampleRatio?: number | undefined
}

/** `TraceOptions` with every default filled in. */
export interface ResolvedTraceOptions {
  /** Whether callers' trace context is continued. */
  readonly trust: boolean
  /** Response header that tells the client the trace id, in lower case; `false` for none. */
  readonly responseHeader: string | false
  /** Whether each exchange leaves one line in the log. */
  readonly accessLog: boolean
  /** Share of new traces that are sampled, 0 to 1. */
  readonly sampleRatio: number
}

const headerName = v.pipe(
  v.string(),
  v.regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'Expected a header name (RFC 9110 section 5.1) or false'),
  v.toLowerCase(),
)

/** Schema of `TraceOptions`. */
export const traceOptionsSchema: OptionsSchema<TraceOptions, ResolvedTraceOptions> = optionsOf(
  'TraceOptions',
  {
    trust: v.optional(v.boolean(), true),
    responseHeader: v.optional(v.union([headerName, v.literal(false)]), 'x-trace-id'),
    accessLog: v.optional(v.boolean(), true),
    sampleRatio: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 1),
  },
)
