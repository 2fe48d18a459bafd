import * as v from 'valibot'
import { optionsOf } from './option-docs.ts'
import { ms, text } from './values.ts'

/** Copies of requests to another service, whose answers nobody gets. */
export interface MirrorOptions {
  /**
   * Name of a service in `services`. A copy carries what the route's own upstream got, credentials and identity headers
   * included: name a service that may see them.
   */
  readonly to: string
  /** Share of the requests that are copied, 0 to 100, by chance. Default: 100. */
  readonly percent?: number | undefined
  /**
   * The largest body that is copied, in bytes; a request with a larger one is not. Every running exchange of the route may
   * hold as much. Default: 65 536.
   */
  readonly bodyBytes?: number | undefined
  /** How long a copy may take in all, in milliseconds. Default: 10 000. */
  readonly timeoutMs?: number | undefined
  /** How many copies of the route may run at once; above that, none is sent. Default: 32. */
  readonly maxInFlight?: number | undefined
}

/** Schema of `MirrorOptions`. */
export const mirrorSchema: v.GenericSchema<MirrorOptions> = optionsOf('MirrorOptions', {
  to: text,
  percent: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(100))),
  bodyBytes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(16_777_216))),
  timeoutMs: v.optional(v.pipe(ms, v.minValue(1))),
  maxInFlight: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000))),
})
