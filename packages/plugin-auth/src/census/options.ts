import * as v from 'valibot'
import { optionsOf } from '../option-docs.ts'
import { text, whole } from '../option-values.ts'
import type { AuthCensus, AuthCensusOptions } from './auth-census.ts'

/** The option that has requests counted. */
export interface CensusOptions {
  /**
   * Who calls what with which credentials, and who would be refused, for the view `census`. What `authCensus()` gives where the
   * host reads it, too; options for one of the plugin's own, which outlives reloads; `false` for none. Given and not `false`, no
   * way to authenticate is needed in `observe`. Default: one of the plugin's own.
   */
  readonly census?: AuthCensus | CensusSizeOptions | false | undefined
}

/** A census of the plugin's own. */
export type CensusSizeOptions = Pick<AuthCensusOptions, 'maxRows' | 'apiKeyHeaders'>

/** Whether it is a census, and no options for one. */
export const isCensus = (value: unknown): value is AuthCensus =>
  typeof (value as Partial<AuthCensus> | null | undefined)?.record === 'function'

const size = optionsOf('AuthCensusOptions', {
  maxRows: v.optional(whole(1, 10_000_000)),
  apiKeyHeaders: v.optional(v.array(text)),
})
const none = v.literal(false)

/** A union would say of a misspelt key only that nothing fits. */
function schemaFor(value: unknown): v.GenericSchema<AuthCensus | CensusSizeOptions | false> {
  if (isCensus(value)) return v.custom<AuthCensus>(isCensus)
  return value === false ? none : size
}

/** Its entry in the schema. `options` is for JSON Schema, `wrapped` for core, which suggests known keys. */
export const censusEntries = {
  census: v.optional(Object.assign(v.lazy(schemaFor), { options: [none, size], wrapped: size })),
}
