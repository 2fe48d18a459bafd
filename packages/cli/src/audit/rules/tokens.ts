/** How callers prove who they are: keys, audiences, ends, and where secrets stand. */
import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { isLoopback } from '../addresses.ts'
import type { AuditContext } from '../context.ts'
import { list, objectsIn, record, texts } from '../look.ts'
import type { AuditRule, Finding } from '../rule.ts'

const AUTH = '@postern/plugin-auth'

/** The issuers of tokens, with their place. */
function* issuers(context: AuditContext) {
  const auth = context.plugin(AUTH)
  for (const [index, issuer] of list(auth?.options['jwt']).map(record).entries())
    yield {
      path: [...(auth?.path ?? []), 'options', 'jwt', index],
      issuer,
      name: JSON.stringify(issuer['issuer']),
    }
}

const sharedSecret: AuditRule = {
  id: 'shared-secret-tokens',
  severity: 'warning',
  title: 'Tokens are signed with a secret that their readers share',
  why: 'Everybody who can check such a token can make one: one service that leaks the secret is enough to be anybody.',
  fix: 'Let the issuer sign with a private key (ES256, EdDSA), and give services only the public one.',
  *check(context): Iterable<Finding> {
    for (const { path, issuer, name } of issuers(context)) {
      const algorithm = texts(issuer['algorithms']).find((one) => one.startsWith('HS'))
      if (algorithm === undefined) continue
      const message = `Tokens of ${name} are accepted with ${algorithm}`
      yield { path: [...path, 'algorithms'], message }
    }
  },
}

const endlessToken: AuditRule = {
  id: 'token-without-end',
  severity: 'error',
  title: 'A token without an end is accepted',
  why: 'Whoever finds it in a log or a backup can use it for ever.',
  fix: 'Leave exp among requiredClaims, or set maxTokenAgeMs.',
  *check(context): Iterable<Finding> {
    for (const { path, issuer, name } of issuers(context)) {
      const required = issuer['requiredClaims']
      if (required === undefined || texts(required).includes('exp')) continue
      if (issuer['maxTokenAgeMs'] !== undefined) continue
      yield { path: [...path, 'requiredClaims'], message: `Tokens of ${name} need no exp` }
    }
  },
}

const noAudience: AuditRule = {
  id: 'token-without-audience',
  severity: 'error',
  title: 'A token for any service is accepted',
  why: 'A service that gets a token can call others through the gateway in the name of its caller.',
  fix: 'Set introspection.audience to the name that your tokens have in aud.',
  *check(context): Iterable<Finding> {
    const auth = context.plugin(AUTH)
    const introspection = auth?.options['introspection']
    if (!auth || introspection === undefined || record(introspection)['audience'] !== undefined) return
    const path = [...auth.path, 'options', 'introspection']
    yield { path, at: 'key', message: 'Introspected tokens are accepted whomever they are for' }
  },
}

/** Options of the auth plugin that are addresses of somebody whose word is believed, or who gets secrets. */
const BELIEVED = ['issuer', 'jwksUrl', 'url', 'tokenUrl']

const plaintextAuthority: AuditRule = {
  id: 'plaintext-authority',
  severity: 'error',
  title: 'Keys or verdicts about callers come in plain text',
  why: 'Whoever is on the way can put in own keys, or say that a token is good, and then be anybody.',
  fix: 'Use https:// for issuers, key sets, introspection, token endpoints and forward auth.',
  *check(context): Iterable<Finding> {
    const auth = context.plugin(AUTH)
    if (!auth) return
    for (const [path, object] of objectsIn(auth.options, [...auth.path, 'options'])) {
      for (const key of BELIEVED) {
        const url = object[key]
        if (typeof url !== 'string' || !url.startsWith('http://') || !URL.canParse(url)) continue
        if (isLoopback(new URL(url).hostname)) continue
        // With keys of its own, nobody is asked at the issuer's address.
        const isAsked = ['jwksUrl', 'jwks', 'jwksFile', 'pem', 'pemFile', 'secrets'].every(
          (one) => !(one in object),
        )
        if (key === 'issuer' && !(isAsked && 'algorithms' in object)) continue
        yield { path: [...path, key], message: `${url} is asked without TLS` }
      }
    }
  },
}

/** Keys below which a text is a secret, by their last names. */
const SECRET_KEYS = new Set(['secret', 'clientSecret', 'privateKey', 'bearer'])

const secretInFile: AuditRule = {
  id: 'secret-in-file',
  severity: 'error',
  title: 'A secret stands in the configuration',
  why: 'It is in the repository, its history, every copy of it, and whatever prints the file.',
  fix: 'Give it as { env: NAME } or { file: path }, and change the secret: it has to count as known.',
  *check(context): Iterable<Finding> {
    if (!context.isText) return
    for (const [index, entry] of list(context.written['plugins']).entries()) {
      if (context.plugins[index]?.name !== AUTH) continue
      for (const [path, object] of objectsIn(record(entry)['options'], ['plugins', index, 'options'])) {
        const inSecrets = path.includes('secrets') || path.at(-1) === 'header'
        for (const [key, value] of Object.entries(object)) {
          const isSecret = SECRET_KEYS.has(key) || (inSecrets && key === 'value') || isSigningKey(path, key)
          if (isSecret && typeof value === 'string')
            yield { path: [...path, key], message: `${key} is the secret itself` }
        }
      }
    }
  },
}

function isSigningKey(path: readonly PropertyKey[], key: string): boolean {
  return key === 'key' && path.at(-1) === 'signature'
}

/** Public by nature. */
const PUBLIC_KEYS = new Set<PropertyKey>(['cert', 'ca', 'pem', 'jwks'])

const readableSecret: AuditRule = {
  id: 'secret-readable',
  severity: 'warning',
  title: 'Every user of the machine can read a secret',
  why: 'A process of any account, a backup or a mounted folder has the key.',
  fix: 'chmod 600 the file and give it to the account of the gateway; in Kubernetes set defaultMode: 0400.',
  *check({ written, file }): Iterable<Finding> {
    for (const [path, object] of objectsIn(written, [])) {
      const { file: name, ...others } = object
      const isPublic = path.some((key) => PUBLIC_KEYS.has(key))
      // `discovery: { file: … }` and others with more to say are lists that plugins follow, not secrets.
      if (typeof name !== 'string' || Object.keys(others).length > 0 || isPublic) continue
      const mode = statSync(resolve(dirname(file), name), { throwIfNoEntry: false })?.mode ?? 0
      if ((mode & 0o004) === 0) continue
      yield { path, message: `${name} has rights 0o${(mode & 0o777).toString(8)}` }
    }
  },
}

const credentialsPassed: AuditRule = {
  id: 'credentials-passed',
  severity: 'advice',
  title: 'Services get the credentials of callers',
  why: 'A service that is broken into has tokens with which it can call every other service as its callers.',
  fix: 'Set identity.credentials: strip, and tell services who calls with identity.token or identityHeaders.',
  *check(context): Iterable<Finding> {
    const auth = context.plugin(AUTH)
    const { identity, jwt, introspection, basic, apiKeys } = record(auth?.options)
    if (!auth || [jwt, introspection, basic, apiKeys].every((one) => one === undefined)) return
    if (record(identity)['credentials'] === 'strip') return
    const path = [...auth.path, 'options', ...(identity === undefined ? [] : ['identity'])]
    yield { path, at: 'key', message: 'Tokens, keys and passwords of callers go on to every service' }
  },
}

/** The rules of this file. */
export const tokenRules: readonly AuditRule[] = [
  sharedSecret,
  endlessToken,
  noAudience,
  plaintextAuthority,
  secretInFile,
  readableSecret,
  credentialsPassed,
]
