import * as v from 'valibot'
import { TOKEN_ALGORITHMS } from '../keys/signing-key.ts'
import { optionsOf } from '../option-docs.ts'
import { credentialHeaderName, ms, text, token, whole } from '../option-values.ts'

// Claims that the gateway itself sets: a copy of the caller's would say something else.
const OWN_CLAIMS = new Set('iss sub aud exp iat nbf jti act scope client_id sub_id htm route cnf'.split(' '))

const internalToken = v.pipe(
  optionsOf('InternalTokenOptions', {
    issuer: token,
    header: v.optional(
      v.pipe(
        credentialHeaderName,
        v.check((name) => name !== 'cookie', 'A cookie is no place for it'),
      ),
      'authorization',
    ),
    algorithm: v.optional(v.picklist(TOKEN_ALGORITHMS), 'ES256'),
    lifetimeMs: v.optional(whole(1_000, 3_600_000), 60_000),
    reuseMs: v.optional(whole(0, 3_600_000)),
    audiences: v.optional(v.record(text, token), {}),
    trustedGateways: v.optional(v.array(token)),
    claims: v.optional(
      v.array(
        v.pipe(
          text,
          v.check((name) => !OWN_CLAIMS.has(name), 'The gateway sets this claim itself'),
        ),
      ),
      [],
    ),
    keys: v.optional(
      optionsOf('SigningKeyOptions', {
        files: v.optional(v.array(text), []),
        rotateMs: ms(1_000, 86_400_000),
        publishAheadMs: ms(0, 300_000),
      }),
      {},
    ),
    jwks: v.optional(
      optionsOf('PublishedKeysOptions', {
        path: v.optional(
          v.pipe(v.string(), v.regex(/^\/[^?#]+$/, 'Expected a path that starts with /')),
          '/.well-known/jwks.json',
        ),
        maxAgeMs: v.optional(whole(0, 86_400_000), 300_000),
      }),
      {},
    ),
  }),
  v.check(
    (one) => (one.reuseMs ?? 0) < one.lifetimeMs,
    'reuseMs must be below lifetimeMs: a token would be sent after its end',
  ),
  v.check(
    (one) => one.keys.publishAheadMs <= one.keys.rotateMs,
    'keys.publishAheadMs must not be above keys.rotateMs: a key would be replaced before it signs',
  ),
)

/** Schema of `IdentityOptions`. */
export const identitySchema = optionsOf('IdentityOptions', {
  credentials: v.optional(v.picklist(['pass', 'strip']), 'pass'),
  token: v.optional(internalToken),
})
