import * as v from 'valibot'
import { authorities } from '../../http/authorities.ts'
import { optionsOf } from '../../option-docs.ts'
import { anyHeaderName, credentialHeaderName, httpUrl, ms, whole } from '../../option-values.ts'

const asked = v.pipe(
  credentialHeaderName,
  v.check((name) => !/^x[-_]forwarded[-_]/.test(name), 'The gateway itself says this to the service'),
)

/** Schema of `ForwardAuthOptions`. */
export const forwardAuthSchema = optionsOf('ForwardAuthOptions', {
  url: httpUrl,
  method: v.optional(v.picklist(['GET', 'HEAD', 'POST']), 'GET'),
  requestHeaders: v.optional(v.array(asked), ['authorization', 'cookie']),
  askAlways: v.optional(v.boolean(), false),
  idHeader: anyHeaderName,
  scopesHeader: v.optional(anyHeaderName),
  kind: v.optional(v.picklist(['service', 'user']), 'service'),
  upstreamHeaders: v.optional(v.array(credentialHeaderName), []),
  passBody: v.optional(v.boolean(), false),
  passRedirects: v.optional(v.boolean(), false),
  ca: v.optional(authorities),
  timeoutMs: ms(1, 1_000),
  maxConcurrent: v.optional(whole(1, 100_000), 256),
  cache: v.optional(
    optionsOf('DecisionCacheOptions', {
      ttlMs: whole(1, 3_600_000),
      maxEntries: v.optional(whole(1, 10_000_000), 1_000),
      by: v.optional(v.picklist(['request', 'headers']), 'request'),
    }),
  ),
})
