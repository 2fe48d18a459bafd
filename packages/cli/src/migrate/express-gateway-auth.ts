/** Authentication policies of express-gateway as options of plugin-auth. Whatever is not known refuses everybody, never lets pass. */
import type { Draft } from './draft.ts'
import { compact, type Options } from './values.ts'

const FILL_IN_ISSUER = 'https://issuer.invalid'

/** Adds what a policy needs to the plugin's options, and gives the scheme that the route asks for. */
export function authPolicy(
  draft: Draft,
  policy: string,
  options: Options,
  where: string,
): { readonly scheme: string } | undefined {
  const add = ADD[policy]
  if (!add) return undefined
  draft.auth ??= {}
  return { scheme: add(draft, draft.auth, options, where) }
}

type Add = (draft: Draft, auth: Record<string, unknown>, options: Options, where: string) => string

const ADD: Readonly<Record<string, Add>> = {
  'key-auth': (draft, auth, options, where) => {
    const header =
      typeof options['apiKeyHeader'] === 'string' ? options['apiKeyHeader'].toLowerCase() : undefined
    const isOwn = header !== undefined && header !== 'authorization'
    auth['apiKeys'] = compact({ header: isOwn ? header : undefined, file: { path: './api-keys.json' } })
    draft.files.set('api-keys.json', '[]\n')
    draft.change(
      'open',
      'key-auth',
      'Nobody has a key yet: express-gateway keeps hashes that cannot be moved. Make new keys (generateApiKey, hashApiKey of plugin-auth) and put their hashes into api-keys.json.',
      where,
    )
    if (!isOwn)
      draft.change(
        'changed',
        'key-auth',
        'Keys come in x-api-key, not as `Authorization: apiKey …`: callers have to change.',
        where,
      )
    if (options['disableQueryParam'] !== true)
      draft.change(
        'lost',
        'key-auth',
        'Keys in the query (apiKey=…) are not read: they end up in logs.',
        where,
      )
    return 'api-key'
  },
  'basic-auth': (draft, auth, _options, where) => {
    auth['basic'] = { file: { path: './users.json' } }
    draft.files.set('users.json', '[]\n')
    draft.change(
      'open',
      'basic-auth',
      'Nobody has a password yet: put users with hashPassword of plugin-auth into users.json.',
      where,
    )
    return 'basic'
  },
  jwt: (draft, auth, options, where) => {
    const { issuer, audience, secretOrPublicKeyFile, jwtExtractor } = options
    if (typeof issuer !== 'string' || typeof audience !== 'string')
      draft.change(
        'open',
        'jwt',
        `Issuer and audience are required here, and every token is refused until they are right: see ${FILL_IN_ISSUER} in the file.`,
        where,
      )
    if (jwtExtractor !== undefined && jwtExtractor !== 'authBearer')
      draft.change('lost', 'jwt.jwtExtractor', 'Tokens are read from `Authorization: Bearer` alone.', where)
    if (options['checkCredentialExistence'] !== false)
      draft.change(
        'changed',
        'jwt',
        'Nobody looks up the consumer of a token: whoever holds a valid one is the caller. Name who may call with plugins.auth.callers.',
        where,
      )
    const key =
      typeof secretOrPublicKeyFile === 'string'
        ? { algorithms: ['RS256'], pemFile: secretOrPublicKeyFile }
        : { algorithms: ['HS256'], secrets: [{ value: draft.secret('JWT_SECRET') }] }
    draft.change(
      'open',
      'jwt',
      typeof secretOrPublicKeyFile === 'string'
        ? 'The algorithm of the key is a guess (RS256): name the right one in jwt[].algorithms.'
        : 'The secret is not written: set JWT_SECRET (32 bytes or more) in the environment. If it is a public key, use pemFile and its algorithm.',
      where,
    )
    const own = {
      issuer: typeof issuer === 'string' ? issuer : FILL_IN_ISSUER,
      audience: typeof audience === 'string' ? audience : 'fill-in',
      ...key,
    }
    const known = (auth['jwt'] ?? []) as { readonly issuer: string }[]
    auth['jwt'] = known.some((other) => other.issuer === own.issuer) ? known : [...known, own]
    return 'jwt'
  },
  oauth2: (draft, auth, _options, where) => {
    const known = (auth['jwt'] ?? []) as { readonly issuer: string }[]
    const own = { issuer: FILL_IN_ISSUER, audience: 'fill-in', algorithms: ['ES256'] }
    auth['jwt'] = known.some((other) => other.issuer === own.issuer) ? known : [...known, own]
    draft.change(
      'open',
      'oauth2',
      `Every token is refused until ${FILL_IN_ISSUER} in the file is your authorization server.`,
      where,
    )
    return 'jwt'
  },
  'oauth2-introspect': (draft, auth, options, where) => {
    const url = typeof options['endpoint'] === 'string' ? options['endpoint'] : `${FILL_IN_ISSUER}/introspect`
    auth['introspection'] = {
      url,
      client: { id: 'gateway', secret: draft.secret('INTROSPECTION_CLIENT_SECRET') },
    }
    draft.change(
      'open',
      'oauth2-introspect',
      'The credentials are not written: name the client in introspection.client.id, and set INTROSPECTION_CLIENT_SECRET in the environment.',
      where,
    )
    return 'introspection'
  },
}
