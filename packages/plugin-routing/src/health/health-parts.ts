import type { Logger, PluginHost } from '@postern/core'
import type { ServiceHealth } from './service-health.ts'

/** What health needs beside its options. */
export interface HealthParts {
  /** Name of the service, for log lines. */
  readonly service: string
  /** The gateway's own zone; `undefined` without one. */
  readonly zone: string | undefined
  /** How long a first ejection lasts, in milliseconds; 0 for none. */
  readonly ejectMs: number
  /** What outlives the generation. */
  readonly kept: ServiceHealth
  /** Gets what operators should know. */
  readonly logger: Pick<Logger, 'info' | 'warn'>
  /** The clock of `endpoint.sinceMs`. */
  readonly nowMs: () => number
  /** Sends a check. */
  readonly request: PluginHost['request']
}
