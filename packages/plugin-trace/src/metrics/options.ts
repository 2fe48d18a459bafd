import * as v from 'valibot'
import { optionsOf } from '../option-docs.ts'

/** How figures are kept and where they go. */
export interface MetricsOptions {
  /**
   * Most series of one metric, the overflow series included, to which everything above goes: it has the attribute
   * `otel.metric.overflow`. Series that were idle for an hour make room for new ones. Default: 2000.
   */
  readonly maxSeries?: number | undefined
  /**
   * Whether the figures of the gateway and all plugins also go through the OpenTelemetry meter, while the process has a provider.
   * Default: true.
   */
  readonly meter?: boolean | undefined
}

/** `MetricsOptions` with every default filled in. */
export interface ResolvedMetricsOptions {
  /** Most series of one metric, the overflow series included. */
  readonly maxSeries: number
  /** Whether figures go through the OpenTelemetry meter. */
  readonly meter: boolean
}

/** Schema of `MetricsOptions`. */
export const metricsSchema: v.GenericSchema<MetricsOptions, ResolvedMetricsOptions> = optionsOf(
  'MetricsOptions',
  {
    maxSeries: v.optional(v.pipe(v.number(), v.integer(), v.minValue(2)), 2_000),
    meter: v.optional(v.boolean(), true),
  },
)
