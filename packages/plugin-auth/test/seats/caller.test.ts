/** Schemes in the caller seat, where a program's own client is the gateway: no listener, no connection of a client. */
import { generateKeyPairSync } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { createGateway } from '@postern/core'
import { TestAuthority } from '@postern/core/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AuthOptions, auth, hashApiKey, hashPassword } from '../../src/index.ts'
import { TestFolder } from '../support/folder.ts'
import { IntrospectionServer } from '../support/introspection-server.ts'
import { optionsFor } from '../support/options.ts'
import { type Service, startService } from '../support/service.ts'
import { signRequest } from '../support/sign-request.ts'
import { TestIssuer } from '../support/test-issuer.ts'

const KEY = 'k'.repeat(32)
const pair = generateKeyPairSync('ed25519')
const privateKey = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()

let issuer: TestIssuer
let introspection: IntrospectionServer
let decisions: Service
let upstream: Service
beforeAll(async () => {
  issuer = await TestIssuer.start()
  introspection = await IntrospectionServer.start()
  introspection.tokens.set('known', { sub: 'svc-basket' })
  decisions = await startService((seen, _request, response) =>
    response.writeHead(seen.headers.authorization === 'Bearer good' ? 200 : 401, { 'x-user': 'alice' }).end(),
  )
  upstream = await startService()
})
afterAll(async () => {
  await Promise.all([
    issuer.stop(),
    ...[introspection, decisions, upstream].map((one) => one[Symbol.asyncDispose]()),
  ])
})

type Headers = Record<string, string>
const basic = (password: string): Headers => ({ authorization: `Basic ${btoa(`alice:${password}`)}` })

const SCHEMES: readonly (readonly [
  name: string,
  options: () => AuthOptions | Promise<AuthOptions>,
  good: (url: string) => Headers | Promise<Headers>,
  bad: Headers,
])[] = [
  [
    'jwt',
    () => optionsFor(issuer),
    async () => ({ authorization: `Bearer ${await issuer.sign()}` }),
    { authorization: 'Bearer a.b.c' },
  ],
  [
    'api-key',
    () => ({ apiKeys: { keys: [{ id: 'batch', hash: hashApiKey(KEY) }] } }),
    () => ({ 'x-api-key': KEY }),
    { 'x-api-key': 'x'.repeat(32) },
  ],
  [
    'basic',
    async () => ({ basic: { users: [{ id: 'alice', hash: await hashPassword('right') }] } }),
    () => basic('right'),
    basic('wrong'),
  ],
  [
    'introspection',
    () => ({
      introspection: {
        url: introspection.url,
        issuer: 'https://idp.internal',
        client: { id: 'g', secret: 's' },
      },
    }),
    () => ({ authorization: 'Bearer known' }),
    { authorization: 'Bearer other' },
  ],
  [
    'forward-auth',
    () => ({ forwardAuth: { url: decisions.url, idHeader: 'x-user' } }),
    () => ({ authorization: 'Bearer good' }),
    { authorization: 'Bearer bad' },
  ],
  [
    'http-signature',
    () => ({
      httpSignature: { keys: [{ keyId: 'k1', algorithm: 'ed25519', key: publicKey, caller: 'svc' }] },
    }),
    (url) => signRequest({ key: privateKey, algorithm: 'ed25519', url }),
    { 'signature-input': 'sig1=("@method");created=1;keyid="k1"', signature: 'sig1=:AAAA:' },
  ],
]

describe.each(SCHEMES)('%s in the caller seat', (_name, options, good, bad) => {
  it('lets good credentials pass and refuses bad ones, and none', async () => {
    const gateway = createGateway([auth(await options())], { logger: false })
    const dispatcher = gateway.dispatcher()
    const path = '/orders?id=1'
    const url = `${upstream.url}${path}`
    const ask = async (headers: Headers): Promise<number> => {
      const { statusCode, body } = await dispatcher.request({
        origin: upstream.url,
        path,
        method: 'GET',
        headers,
      })
      await body.dump()
      return statusCode
    }
    expect([await ask(await good(url)), await ask(bad), await ask({})]).toEqual([200, 401, 401])
    await gateway.close()
  })
})

describe('Client-Cert over a unix socket', () => {
  const authority = new TestAuthority('Clients CA')
  const caller = authority.issue({ name: 'orders', names: ['URI:spiffe://example.org/orders'] })
  const header = `:${caller.cert.replaceAll(/-----[^-]+-----|\s/g, '')}:`

  const ask = async (trustClientCertFrom: readonly string[]): Promise<number> => {
    using folder = new TestFolder()
    const socketPath = folder.at('gateway.sock')
    const mtls = { identity: 'spiffe', trustDomains: ['example.org'], trustClientCertFrom } as const
    const gateway = createGateway([auth({ mtls })], { upstream: upstream.url, logger: false })
    await gateway.listen({ socketPath })
    const status = await new Promise<number>((resolve, reject) => {
      httpRequest({ socketPath, path: '/', headers: { 'client-cert': header } }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0))
      })
        .on('error', reject)
        .end()
    })
    await gateway.close()
    return status
  }

  it('proves who calls where whoever reaches the socket is trusted, and nowhere else', async () => {
    expect(await ask(['unix'])).toBe(200)
    expect(await ask(['127.0.0.1'])).toBe(401)
  })
})
