import * as v from 'valibot'
import { followedFile } from '../files/file-schema.ts'
import { optionsOf } from '../option-docs.ts'
import { type RevocationList, type RevocationListOptions, storeOf } from './revocation-list.ts'
import { REVOCATION_POLL_MS } from './revocation-store.ts'

const options = optionsOf('RevocationListOptions', {
  file: v.optional(followedFile(1, REVOCATION_POLL_MS)),
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
