import * as v from 'valibot'
import { optionsOf } from '../option-docs.ts'
import { type RevocationList, type RevocationListOptions, storeOf } from './revocation-list.ts'

const options = optionsOf('RevocationListOptions', {
  file: v.optional(
    optionsOf('FileOptions', {
      path: v.pipe(v.string(), v.nonEmpty('Expected a path')),
      pollMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2_147_483_647))),
    }),
  ),
})

const isList = (value: unknown): boolean => storeOf(value) !== undefined

/** Schema of the option `revocations`. `wrapped` lets core find the known keys for its suggestions. */
export const revocationsSchema: v.GenericSchema<RevocationList | RevocationListOptions> = Object.assign(
  v.lazy(
    (given) =>
      (isList(given) ? v.custom(isList) : options) as unknown as v.GenericSchema<
        RevocationList | RevocationListOptions
      >,
  ),
  { wrapped: options },
)
