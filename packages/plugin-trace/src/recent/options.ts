import * as v from 'valibot'
import { optionsOf } from '../option-docs.ts'
import { MIN_RING_BYTES } from './ring.ts'

/** Which exchanges are kept for the view `exchanges`. */
export interface RecentOptions {
  /**
   * Memory that is taken for them, whatever their number; the oldest make room. One takes about 400 bytes, so the default holds
   * about 10 000. 65536 to 67108864. Default: 4194304, 4 MiB.
   */
  readonly maxBytes?: number | undefined
}

/** `RecentOptions` with every default filled in. */
export interface ResolvedRecentOptions {
  /** Memory that is taken. */
  readonly maxBytes: number
}

/** Schema of `RecentOptions`. */
export const recentSchema: v.GenericSchema<RecentOptions, ResolvedRecentOptions> = optionsOf(
  'RecentOptions',
  {
    maxBytes: v.optional(
      v.pipe(v.number(), v.integer(), v.minValue(MIN_RING_BYTES), v.maxValue(67_108_864)),
      4_194_304,
    ),
  },
)
