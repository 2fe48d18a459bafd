import * as v from 'valibot'
import { authorities } from '../http/authorities.ts'
import { SIGNATURE_ALGORITHMS } from '../http-signature/algorithms.ts'
import { component } from '../http-signature/component-schema.ts'
import { optionsOf } from '../option-docs.ts'
import { credentialHeaderName, httpUrl, ms, secretSource, text, token, whole } from '../option-values.ts'

const client = {
  tokenUrl: httpUrl,
  clientId: token,
  authentication: v.optional(v.picklist(['client_secret_basic', 'client_secret_post', 'private_key_jwt'])),
  clientSecret: v.optional(secretSource),
  privateKey: v.optional(secretSource),
  keyId: v.optional(text),
  scopes: v.optional(v.array(token)),
  audience: v.optional(text),
  resource: v.optional(httpUrl),
  header: v.optional(credentialHeaderName, 'authorization'),
  ca: v.optional(authorities),
  timeoutMs: ms(1, 2_000),
}

interface Proof {
  readonly authentication?: string | undefined
  readonly clientSecret?: unknown
  readonly privateKey?: unknown
}
const provesItself = ({ authentication, clientSecret, privateKey }: Proof): boolean =>
  (clientSecret === undefined) !== (privateKey === undefined) &&
  (authentication === undefined || (authentication === 'private_key_jwt') === (privateKey !== undefined))
const PROOF = 'Give either clientSecret or, for private_key_jwt, privateKey'

const credentials = v.pipe(
  optionsOf('OutboundCredentials', {
    clientCredentials: v.optional(
      v.pipe(
        optionsOf('TokenClientOptions', client),
        v.check((one) => provesItself(one), PROOF),
      ),
    ),
    tokenExchange: v.optional(
      v.pipe(
        optionsOf('TokenExchangeOptions', {
          ...client,
          maxEntries: v.optional(whole(1, 1_000_000), 1_000),
          maxConcurrent: v.optional(whole(1, 100_000), 64),
        }),
        v.check((one) => provesItself(one), PROOF),
      ),
    ),
    header: v.optional(
      optionsOf('StaticHeaderOptions', {
        name: credentialHeaderName,
        value: secretSource,
        prefix: v.optional(v.pipe(v.string(), v.regex(/^[\x20-\x7e]*$/, 'Expected printable ASCII'))),
      }),
    ),
    signature: v.optional(
      optionsOf('MessageSignatureOptions', {
        keyId: text,
        algorithm: v.picklist(SIGNATURE_ALGORITHMS),
        key: secretSource,
        components: v.optional(
          v.pipe(
            v.array(component),
            v.check((all) => new Set(all).size === all.length, 'A component is named twice'),
          ),
          ['@method', '@authority', '@path', '@query'],
        ),
        tag: v.optional(token),
        expiresMs: v.optional(whole(1_000, 86_400_000)),
        label: v.optional(
          v.pipe(v.string(), v.regex(/^[a-z*][a-z0-9_.*-]*$/, 'Expected a key of RFC 9651')),
          'sig1',
        ),
        bodyBytes: v.optional(whole(0, 1_073_741_824), 1_048_576),
      }),
    ),
  }),
  v.check(({ clientCredentials, tokenExchange, header, signature }) => {
    const kinds = [clientCredentials, tokenExchange, header].filter(Boolean).length
    return kinds === 1 || (kinds === 0 && signature !== undefined)
  }, 'Give one of clientCredentials, tokenExchange and header, a signature, or both'),
)

/** Schema of `OutboundOptions`. */
export const outboundSchema = v.record(
  v.pipe(
    text,
    v.check(
      (name) => !name.includes('://') || (URL.canParse(name) && new URL(name).origin === name),
      'Expected the name of a service, or an origin without a path such as https://api.example:8443',
    ),
  ),
  credentials,
)
