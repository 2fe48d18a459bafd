import * as v from 'valibot'
import { optionsOf } from '../option-docs.ts'
import { isAddressRange, type TrustOptions, type TrustPolicy } from './trust.ts'

/** Formats in which trace context travels. */
export interface PropagationOptions {
  /**
   * Formats that are read, in this order: the first with a valid context counts. `b3` is both forms, the single header first.
   * Default: `w3c` alone.
   */
  readonly in?: readonly ('w3c' | 'b3')[] | undefined
  /** Formats that upstreams get: `b3` is the single header, `b3-multi` those that begin with `x-b3-`. Default: `w3c` alone. */
  readonly out?: readonly ('w3c' | 'b3' | 'b3-multi')[] | undefined
  /** Whether the `baggage` of trusted callers goes on, up to 8192 bytes and 180 members. Default: true. */
  readonly baggage?: boolean | undefined
}

/** `PropagationOptions` with every default filled in. */
export interface ResolvedPropagationOptions {
  /** Formats that are read. */
  readonly in: readonly ('w3c' | 'b3')[]
  /** Formats that upstreams get. */
  readonly out: readonly ('w3c' | 'b3' | 'b3-multi')[]
  /** Whether the `baggage` of trusted callers goes on. */
  readonly baggage: boolean
}

const ONE_FORMAT = 'Expected at least one format'

/** Schema of `PropagationOptions`. */
export const propagationSchema: v.GenericSchema<PropagationOptions, ResolvedPropagationOptions> = optionsOf(
  'PropagationOptions',
  {
    in: v.optional(v.pipe(v.array(v.picklist(['w3c', 'b3'])), v.minLength(1, ONE_FORMAT)), ['w3c']),
    out: v.optional(v.pipe(v.array(v.picklist(['w3c', 'b3', 'b3-multi'])), v.minLength(1, ONE_FORMAT)), [
      'w3c',
    ]),
    baggage: v.optional(v.boolean(), true),
  },
)

/** Schema of `TrustPolicy`. */
export const policySchema: v.GenericSchema<TrustPolicy> = v.picklist(['continue', 'restart', 'link'])

/** Schema of `TrustOptions`. */
export const trustSchema: v.GenericSchema<TrustOptions> = optionsOf('TrustOptions', {
  // No listener has an empty name, so a rule for it would never be asked.
  listeners: v.optional(
    v.pipe(
      v.record(v.string(), policySchema),
      v.check((listeners) => !('' in listeners), 'Expected names of listeners, none of them empty'),
    ),
  ),
  addresses: v.optional(
    v.array(
      v.pipe(
        v.string(),
        v.check(isAddressRange, 'Expected an IP address or a CIDR range such as 10.0.0.0/8'),
      ),
    ),
  ),
  others: v.optional(policySchema),
})
