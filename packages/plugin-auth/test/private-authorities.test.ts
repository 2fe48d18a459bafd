/** Services that the gateway asks over TLS, with certificates of a private authority: over real sockets. */
import { generateKeyPairSync } from 'node:crypto'
import { createTestGateway } from '@postern/core/testing'
import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { type AuthOptions, auth, hashApiKey } from '../src/index.ts'
import { startSecureService } from './support/secure-service.ts'

const KEY = 'k'.repeat(32)
const TOKEN = JSON.stringify({ access_token: 'token-1', token_type: 'Bearer', expires_in: 300 })
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const KEYS = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), alg: 'ES256', kid: 'k' }] })

/** A service with a private authority, a request to a gateway that asks it, and its status. */
async function ask(
  path: string,
  options: (url: string, ca: string | undefined, upstream: string) => AuthOptions,
  isTrusted: boolean,
): Promise<number> {
  await using service = await startSecureService((request, response) => {
    request.resume()
    if (request.url === '/token') response.end(TOKEN)
    else if (request.url === '/keys') response.end(KEYS)
    else if (request.url === '/introspect') response.end('{"active":true,"sub":"svc-basket"}')
    else response.writeHead(200, { 'x-user': 'alice' }).end()
  })
  const ca = isTrusted ? service.ca : undefined
  await using test = await createTestGateway((upstream) => [
    auth(options(`${service.url}${path}`, ca, upstream.url)),
  ])
  const token =
    path === '/keys'
      ? await new SignJWT({ sub: 'svc' })
          .setProtectedHeader({ alg: 'ES256', kid: 'k' })
          .setIssuer('https://idp.internal')
          .setAudience('gateway')
          .setExpirationTime('1m')
          .sign(privateKey)
      : 'opaque'
  const response = await test.fetch('/', {
    headers: path === '/token' ? { 'x-api-key': KEY } : { authorization: `Bearer ${token}` },
  })
  await response.arrayBuffer()
  return response.status
}

describe.each<[string, string, Parameters<typeof ask>[1]]>([
  ['a decision service', '/check', (url, ca) => ({ forwardAuth: { url, idHeader: 'x-user', ca } })],
  [
    'an introspection endpoint',
    '/introspect',
    (url, ca) => ({
      introspection: { url, ca, issuer: 'https://idp.internal', client: { id: 'gateway', secret: 's' } },
    }),
  ],
  [
    'a token endpoint',
    '/token',
    (tokenUrl, ca, upstream) => ({
      apiKeys: { keys: [{ id: 'batch', hash: hashApiKey(KEY) }] },
      outbound: {
        [upstream]: { clientCredentials: { tokenUrl, ca, clientId: 'gateway', clientSecret: 's' } },
      },
    }),
  ],
  [
    'an issuer',
    '/keys',
    (jwksUrl, ca) => ({
      jwt: [{ issuer: 'https://idp.internal', audience: 'gateway', algorithms: ['ES256'], jwksUrl }],
      jwks: { ca },
      workers: { threads: 0 },
    }),
  ],
])('%s', (_what, path, options) => {
  it('is asked where its authority is in ca', async () => {
    expect(await ask(path, options, true)).toBe(200)
  })

  it('is not believed where it is not', async () => {
    expect(await ask(path, options, false)).toBe(503)
  })
})

it('a ca that is none stops the start, and is not repeated', async () => {
  const forwardAuth = { url: 'https://127.0.0.1', idHeader: 'x-user', ca: 's3cr3t' }
  await expect(createTestGateway([auth({ forwardAuth })])).rejects.toThrow(
    'Expected one or more certificates of authorities (PEM)',
  )
})
