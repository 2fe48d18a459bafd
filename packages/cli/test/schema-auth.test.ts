/** The JSON Schema and `gw check` say the same of options of plugin-auth, as far as a schema can say it. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../src/index.ts'
import { folder } from './_support/folder.ts'
import { judgeOf } from './_support/json-schema.ts'

const HASH = `sha256:${'0'.repeat(64)}`
const JWT = { issuer: 'https://idp.internal', audience: 'gateway', algorithms: ['ES256'] }
const SECRET_JWT = { ...JWT, algorithms: ['HS256'], secrets: [{ value: { env: 'AUTH_SECRET' } }] }
const CLIENT = {
  tokenUrl: 'https://idp.internal/token',
  clientId: 'gateway',
  clientSecret: { env: 'AUTH_SECRET' },
}
const INTROSPECTION = {
  url: 'https://idp.internal/introspect',
  client: { id: 'gateway', secret: { env: 'AUTH_SECRET' } },
}

let judge: Awaited<ReturnType<typeof judgeOf>>
let place: Awaited<ReturnType<typeof folder>>
beforeAll(async () => {
  process.env['AUTH_SECRET'] = 'a secret of thirty-two bytes, or more'
  place = await folder({ 'secret.txt': 'short' })
  judge = await judgeOf(await fileOf({ jwt: [JWT] }))
})
afterAll(async () => {
  delete process.env['AUTH_SECRET']
  await place[Symbol.asyncDispose]()
})

let files = 0

/** A configuration with these options of auth, as a file. */
async function fileOf(options: unknown, route: unknown = {}, mode = 'enforce'): Promise<string> {
  const config = {
    upstream: 'http://127.0.0.1:3000',
    plugins: [{ use: '@postern/plugin-auth', mode, options }],
    route: { plugins: { auth: route } },
  }
  const path = join(place.path, `gateway-${++files}.json`)
  await writeFile(path, JSON.stringify(config))
  return path
}

describe('good for both', () => {
  it.each<[string, unknown, unknown?]>([
    ['an issuer', { jwt: [JWT] }],
    ['an issuer with a secret from the environment', { jwt: [SECRET_JWT] }],
    ['keys in the options', { apiKeys: { keys: [{ id: 'basket', hash: HASH }] } }],
    ['keys in a file', { apiKeys: { file: { path: 'keys.json', pollMs: 1000 } } }],
    ['keys in a file, by its path alone', { apiKeys: { file: 'keys.json' } }],
    ['users in a file, by its path alone', { basic: { file: 'users.json' } }],
    ['revocations in a file', { jwt: [JWT], revocations: { file: { path: 'revoked.json' } } }],
    ['revocations in a file, by its path alone', { jwt: [JWT], revocations: { file: 'revoked.json' } }],
    ['introspection', { introspection: INTROSPECTION }],
    ['a decision service', { forwardAuth: { url: 'http://127.0.0.1:1', idHeader: 'x-user' } }],
    ['outbound credentials', { jwt: [JWT], outbound: { orders: { clientCredentials: CLIENT } } }],
    ['no census', { jwt: [JWT], census: false }],
    ['a census of some size', { jwt: [JWT], census: { maxRows: 5, apiKeyHeaders: ['x-team'] } }],
    ['a route with rules', { jwt: [JWT] }, { scopes: ['a'], callers: ['svc-*'] }],
    ['a public route', { jwt: [JWT] }, { access: 'public' }],
  ])('%s', async (_what, options, route) => {
    expect(await judge(await fileOf(options, route))).toEqual({ schema: '', check: '' })
  })
})

describe('bad for both', () => {
  it.each<[string, unknown, unknown?]>([
    ['a misspelt option', { jwt: [JWT], revocation: {} }],
    ['an issuer without algorithms', { jwt: [{ issuer: 'https://idp.internal', audience: 'gateway' }] }],
    ['an algorithm that there is not', { jwt: [{ ...JWT, algorithms: ['none'] }] }],
    ['a key in place of its hash', { apiKeys: { keys: [{ id: 'basket', hash: 's3cr3t' }] } }],
    ['a misspelt key beside a file', { apiKeys: { file: { path: 'keys.json', poolMs: 5 } } }],
    ['a file without a path', { apiKeys: { file: {} } }],
    ['a file by an empty path', { apiKeys: { file: '' } }],
    ['a file that is a number', { revocations: { file: 5 }, jwt: [JWT] }],
    ['times that are no numbers', { jwt: [JWT], jwks: { refreshMs: '10s' } }],
    ['too many threads', { jwt: [JWT], workers: { threads: 1000 } }],
    ['an identity that there is not', { mtls: { identity: 'email' } }],
    [
      'a method that there is not',
      { forwardAuth: { url: 'http://127.0.0.1:1', idHeader: 'x', method: 'PUT' } },
    ],
    ['a decision service without idHeader', { forwardAuth: { url: 'http://127.0.0.1:1' } }],
    ['a census of no rows', { jwt: [JWT], census: { maxRows: 0 } }],
    ['a census with a misspelt key', { jwt: [JWT], census: { maxRow: 1 } }],
    ['a census that is text', { jwt: [JWT], census: 'yes' }],
    [
      'a type of a structured field that there is not',
      {
        httpSignature: {
          keys: [{ keyId: 'k', algorithm: 'ed25519', key: 'x', caller: 'c' }],
          structuredFields: { 'x-team': 'set' },
        },
      },
    ],
    ['a view, which only code can give', { jwt: [JWT], view: {} }],
    ['a route with a misspelt rule', { jwt: [JWT] }, { scope: ['a'] }],
    ['a route with an access that there is not', { jwt: [JWT] }, { access: 'open' }],
  ])('%s', async (_what, options, route) => {
    const { schema, check } = await judge(await fileOf(options, route))
    expect(schema).not.toBe('')
    expect(check).not.toBe('')
  })
})

describe('what only a check can say', () => {
  it.each<[string, unknown, string]>([
    ['no way to authenticate', {}, 'Name at least one way to authenticate'],
    ['the same issuer twice', { jwt: [JWT, JWT] }, 'jwt'],
    ['neither keys nor a file', { apiKeys: {} }, 'Give keys, or a file with keys'],
  ])('%s', async (_what, options, why) => {
    const { schema, check } = await judge(await fileOf(options))
    expect(schema).toBe('')
    expect(check).toContain(why)
  })
})

describe('{ file: path }', () => {
  it('is the file that is followed where an option has this name, and a secret elsewhere', async () => {
    const file = await fileOf({
      apiKeys: { file: 'keys.json' },
      jwt: [{ ...SECRET_JWT, secrets: [{ value: { file: 'secret.txt' } }] }],
    })
    await expect(loadConfig(file)).rejects.toThrow('Secret 0 has 5 bytes')
    const config = await loadConfig(await fileOf({ apiKeys: { file: 'keys.json' } }))
    expect(config.plugins[0]?.options).toEqual({ apiKeys: { file: 'keys.json' } })
  })
})
