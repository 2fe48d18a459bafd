import * as v from 'valibot'
import { SIGNATURE_ALGORITHMS } from '../../http-signature/algorithms.ts'
import { component } from '../../http-signature/component-schema.ts'
import { FIELD_TYPES } from '../../http-signature/field-types.ts'
import { optionsOf } from '../../option-docs.ts'
import { headerName, secretSource, text, token, whole } from '../../option-values.ts'

/** Schema of `HttpSignatureOptions`. */
export const httpSignatureSchema = optionsOf('HttpSignatureOptions', {
  keys: v.pipe(
    v.array(
      optionsOf('HttpSignatureKeyOptions', {
        keyId: text,
        algorithm: v.picklist(SIGNATURE_ALGORITHMS),
        key: secretSource,
        caller: token,
        scopes: v.optional(v.array(token)),
      }),
    ),
    v.minLength(1, 'Name at least one key'),
    v.check(
      (keys) => new Set(keys.map(({ keyId }) => keyId)).size === keys.length,
      'Two keys have the same keyId',
    ),
  ),
  components: v.optional(v.array(component), []),
  structuredFields: v.optional(v.record(headerName, v.picklist(FIELD_TYPES))),
  maxAgeMs: v.optional(whole(1_000, 86_400_000), 60_000),
  clockToleranceMs: v.optional(whole(0, 600_000), 5_000),
  tag: v.optional(text),
  nonces: v.optional(whole(0, 10_000_000), 0),
  maxBodyBytes: v.optional(whole(0, 1_073_741_824), 1_048_576),
  hostChecksDigest: v.optional(v.boolean(), false),
})
