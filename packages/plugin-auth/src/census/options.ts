import * as v from 'valibot'
import { NOT_IN_JSON } from '../not-in-json.ts'
import type { AuthCensus } from './auth-census.ts'

/** The option that has requests counted. */
export interface CensusOptions {
  /**
   * Where is written down who calls what with which credentials, and who would be refused: make it with `authCensus()`,
   * outside of the options that a reload makes anew. With it, no way to authenticate is needed in `observe`. Default: none.
   */
  readonly census?: AuthCensus | undefined
}

const isCensus = (given: unknown): boolean =>
  typeof (given as Partial<AuthCensus> | null | undefined)?.record === 'function'

/** Its entry in the schema. */
export const censusEntries = {
  census: v.optional(
    v.pipe(v.custom<AuthCensus>(isCensus, 'Expected what authCensus() gives'), v.metadata(NOT_IN_JSON)),
  ),
}
