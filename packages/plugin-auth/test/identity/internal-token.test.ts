import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGateway } from '@postern/core'
import { principal } from '@postern/core/contracts'
import { createTestGateway, type TestGateway } from '@postern/core/testing'
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { auth, generateApiKey, hashApiKey, type InternalTokenOptions } from '../../src/index.ts'
import { optionsFor } from '../support/options.ts'
import { startService } from '../support/service.ts'
import { services } from '../support/services-plugin.ts'
import { TestIssuer } from '../support/test-issuer.ts'

let issuer: TestIssuer
beforeAll(async () => {
  issuer = await TestIssuer.start()
})
afterAll(() => issuer.stop())

const GATEWAY = 'urn:gateway'
const bearer = async (changes = {}) => ({ authorization: `Bearer ${await issuer.sign(changes)}` })
const withToken = (token: Partial<InternalTokenOptions> = {}, more = {}) =>
  auth(optionsFor(issuer, {}, { identity: { token: { issuer: GATEWAY, ...token } }, ...more }))
const tokenOf = (test: TestGateway, place = -1, header = 'authorization') =>
  String(test.upstream.requests.at(place)?.headers[header]).replace('Bearer ', '')
const keySet = (test: { readonly url: string }) =>
  createRemoteJWKSet(new URL(`${test.url}/.well-known/jwks.json`))

describe('the internal token', () => {
  it.each(['ES256', 'EdDSA'] as const)(
    'of %s is verified by a service with plain jose',
    async (algorithm) => {
      await using test = await createTestGateway([withToken({ algorithm })])
      const sent = await bearer()
      expect((await test.fetch('/orders', { headers: sent })).status).toBe(200)
      const token = tokenOf(test)
      expect(token).not.toBe(sent.authorization.slice(7))
      const { payload, protectedHeader } = await jwtVerify(token, keySet(test), {
        issuer: GATEWAY,
        audience: test.upstream.url,
        algorithms: [algorithm],
        typ: 'internal+jwt',
      })
      expect(protectedHeader.kid).toMatch(/^[\w-]{43}$/)
      expect(payload).toMatchObject({
        sub: 'svc-orders',
        sub_id: { format: 'iss_sub', iss: issuer.url, sub: 'svc-orders' },
        act: { sub: GATEWAY },
        scope: 'orders.read orders.write',
        htm: 'GET',
        route: 'default',
      })
      expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(60)
    },
  )

  it('is for the service that the request goes to, by name, and bound to method and route', async () => {
    await using orders = await startService()
    const table = services({
      '/orders': ['list', 'orders', orders.url],
      '/pay': ['pay', 'orders', orders.url],
    })
    await using test = await createTestGateway([withToken(), table])
    const headers = await bearer()
    for (const [path, method] of [
      ['/orders', 'GET'],
      ['/orders', 'POST'],
      ['/pay', 'GET'],
    ] as const)
      await test.fetch(path, { method, headers })
    const claims = orders.seen.map((one) => decodeJwt(String(one.headers.authorization).slice(7)))
    expect(claims.map(({ aud, htm, route }) => [aud, htm, route])).toEqual([
      ['orders', 'GET', 'list'],
      ['orders', 'POST', 'list'],
      ['orders', 'GET', 'pay'],
    ])
  })

  it('is used again for equal requests of one caller, and never for another', async () => {
    await using test = await createTestGateway([withToken()])
    const [one, other] = [await bearer(), await bearer({ claims: { sub: 'svc-other' } })]
    for (const headers of [one, one, other, one]) await test.fetch('/', { headers })
    const tokens = [0, 1, 2, 3].map((place) => tokenOf(test, place))
    expect(tokens[1]).toBe(tokens[0])
    expect(tokens[3]).toBe(tokens[0])
    expect(decodeJwt(tokens[2] as string).sub).toBe('svc-other')
  })

  it('is new for each request when reuse is off', async () => {
    await using test = await createTestGateway([withToken({ reuseMs: 0 })])
    const headers = await bearer()
    await test.fetch('/', { headers })
    await test.fetch('/', { headers })
    expect(decodeJwt(tokenOf(test, 0)).jti).not.toBe(decodeJwt(tokenOf(test, 1)).jti)
  })

  it("does not outlive the caller's own token, and copies claims that are asked for", async () => {
    await using test = await createTestGateway([withToken({ claims: ['tenant', 'missing'] })])
    await test.fetch('/', { headers: await bearer({ expiresInS: 20, claims: { tenant: 't1', role: 'x' } }) })
    const claims = decodeJwt(tokenOf(test))
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBeLessThanOrEqual(20)
    expect(claims['tenant']).toBe('t1')
    expect(claims).not.toHaveProperty('missing')
    expect(claims).not.toHaveProperty('role')
  })

  it('is not made in shadow, and the client keeps its credentials', async () => {
    const options = optionsFor(issuer, {}, { identity: { credentials: 'strip', token: { issuer: GATEWAY } } })
    await using test = await createTestGateway([auth(options, { mode: 'shadow' })])
    const sent = await bearer()
    await test.fetch('/', { headers: sent })
    expect(test.upstream.requests[0]?.headers.authorization).toBe(sent.authorization)
    expect((await fetch(`${test.url}/.well-known/jwks.json`)).status).toBe(200)
  })
})

describe('what clients forge', () => {
  const anonymous = { route: { plugins: { auth: { anonymous: true } } } }

  it('never reaches a service in the header of the token', async () => {
    await using test = await createTestGateway([withToken({ header: 'X-Internal-Token' })], anonymous)
    const forged = { 'x-internal-token': 'forged', 'X-Internal-TOKEN': 'forged', x_internal_token: 'forged' }
    await test.fetch('/', { headers: { 'x-internal-token': 'forged', x_internal_token: 'forged' } })
    await test.fetch('/', { headers: { ...forged, ...(await bearer()) } })
    // By node:http: the fetch of Node 22 refuses to write such a `connection`.
    const nominated = { connection: 'close, x-internal-token', ...forged, ...(await bearer()) }
    await new Promise((resolve, reject) => {
      get(test.url, { headers: nominated }, (response) => response.resume().on('end', resolve)).on(
        'error',
        reject,
      )
    })
    const seen = test.upstream.requests.map(({ headers }) => headers)
    expect(seen.map((headers) => headers['x_internal_token'])).toEqual([undefined, undefined, undefined])
    expect(seen[0]?.['x-internal-token']).toBeUndefined()
    for (const headers of seen.slice(1)) {
      await jwtVerify(String(headers['x-internal-token']), keySet(test), { issuer: GATEWAY })
      // The client's own credentials go on, unless they are to be stripped.
      expect(headers.authorization).toMatch(/^Bearer /)
    }
  })

  it('is gone from Authorization where nobody is authenticated', async () => {
    await using test = await createTestGateway([withToken()], anonymous)
    await test.fetch('/', { headers: { authorization: 'Basic Zm9yZ2VkOnRva2Vu' } })
    expect(test.upstream.requests[0]?.headers.authorization).toBeUndefined()
  })

  it('and all credentials, when they are to be stripped', async () => {
    const options = optionsFor(issuer, {}, { identity: { credentials: 'strip' } })
    await using test = await createTestGateway([auth(options)], anonymous)
    await test.fetch('/', {
      headers: { ...(await bearer()), signature: 'sig=:AAAA:', 'client-cert': ':AAAA:' },
    })
    const { headers } = test.upstream.requests[0] as { headers: Record<string, unknown> }
    for (const name of ['authorization', 'signature', 'client-cert']) expect(headers[name]).toBeUndefined()
  })

  it('and under names that a server of CGI, WSGI or Rack takes for the same', async () => {
    const hash = hashApiKey(generateApiKey())
    const options = optionsFor(
      issuer,
      {},
      { apiKeys: { keys: [{ id: 'a', hash }] }, identity: { credentials: 'strip' } },
    )
    await using test = await createTestGateway([auth(options)], anonymous)
    const forged = { x_api_key: 'forged', client_cert: ':AAAA:', Signature_Input: 'sig=()' }
    await test.fetch('/', { headers: { ...forged, x_other: 'stays' } })
    const { headers } = test.upstream.requests[0] as { headers: Record<string, unknown> }
    expect(headers['x_other']).toBe('stays')
    for (const name of ['x_api_key', 'client_cert', 'signature_input']) expect(headers[name]).toBeUndefined()
  })
})

describe('the published keys', () => {
  it('are served by the gateway itself, with a max-age, and only when tokens are signed', async () => {
    await using test = await createTestGateway([withToken({ jwks: { path: '/keys', maxAgeMs: 120_000 } })])
    const response = await test.fetch('/keys')
    expect(response.headers.get('content-type')).toBe('application/jwk-set+json')
    expect(response.headers.get('cache-control')).toBe('public, max-age=120')
    const { keys } = (await response.json()) as { keys: Record<string, unknown>[] }
    expect(keys).toHaveLength(1)
    // Nothing but the public half.
    expect(Object.keys(keys[0] ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
    expect((await test.fetch('/keys', { method: 'POST' })).status).toBe(405)
    expect((await test.fetch('/keys', { method: 'HEAD' })).status).toBe(200)
    await test.finished(3)
    expect(test.exchanges.flatMap(({ verdicts }) => verdicts)).toEqual([])

    await using without = await createTestGateway([auth(optionsFor(issuer))])
    expect((await without.fetch('/.well-known/jwks.json')).status).toBe(401)
  })

  it('outlive a reload, and rotate without a token that cannot be verified', async () => {
    const make = (rotateMs: number) => withToken({ reuseMs: 0, keys: { rotateMs, publishAheadMs: 0 } })
    await using test = await createTestGateway([make(1_000)])
    const headers = await bearer()
    await test.fetch('/', { headers })
    await test.reload([make(1_000)])
    await test.fetch('/', { headers })
    const kid = (place: number) => decodeProtectedHeader(tokenOf(test, place)).kid
    expect(kid(1)).toBe(kid(0))
    await expect
      .poll(
        async () => {
          await test.fetch('/', { headers })
          return kid(-1)
        },
        { timeout: 15_000 },
      )
      .not.toBe(kid(0))
    // The old token is still good: its key is published for longer than it lives.
    await jwtVerify(tokenOf(test, 0), keySet(test), { issuer: GATEWAY })
    await jwtVerify(tokenOf(test, -1), keySet(test), { issuer: GATEWAY })
  })

  it('come from a file that several gateways share', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gw-keys-'))
    try {
      const [first, second] = [join(folder, 'a.pem'), join(folder, 'b.jwk')]
      const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
      await writeFile(first, pem.export({ type: 'pkcs8', format: 'pem' }))
      const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
      await writeFile(second, JSON.stringify(jwk))
      await using one = await createTestGateway([withToken({ keys: { files: [first, second] } })])
      await using two = await createTestGateway([withToken({ keys: { files: [first, second] } })])
      await one.fetch('/', { headers: await bearer() })
      // Signed by the one, verified with the keys of the other.
      const { protectedHeader } = await jwtVerify(tokenOf(one), keySet(two), { issuer: GATEWAY })
      expect(protectedHeader.alg).toBe('ES256')
      const { keys } = (await (await two.fetch('/.well-known/jwks.json')).json()) as { keys: unknown[] }
      expect(keys).toHaveLength(2)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('that cannot be read stop the start, by name, and without the key', async () => {
    await expect(createTestGateway([withToken({ keys: { files: ['/nowhere/key.pem'] } })])).rejects.toThrow(
      /identity\.token\.keys: .*\/nowhere\/key\.pem/,
    )
  })
})

describe('over several hops', () => {
  it('a Postern in the service verifies it, and its principal shows through whom the call came', async () => {
    await using edge = await createTestGateway([withToken({ audiences: {} })])
    // The second hop trusts the first, and signs for the service itself.
    const inner = createGateway(
      [
        auth({
          jwt: [
            {
              issuer: GATEWAY,
              audience: 'inner',
              algorithms: ['ES256'],
              typ: 'internal+jwt',
              jwksUrl: `${edge.url}/.well-known/jwks.json`,
            },
          ],
          workers: { threads: 0 },
          identity: {
            token: { issuer: 'urn:inner', trustedGateways: [GATEWAY], audiences: {} },
          },
        }),
      ],
      { upstream: edge.upstream.url, logger: false },
    )
    const { url: innerUrl } = await inner.listen({ port: 0 })
    await edge.reload([withToken({ audiences: { [innerUrl]: 'inner' } })], { upstream: innerUrl })
    const callee = createGateway(
      [
        auth({
          jwt: [
            {
              issuer: 'urn:inner',
              audience: edge.upstream.url,
              algorithms: ['ES256'],
              typ: 'internal+jwt',
              jwksUrl: `${innerUrl}/.well-known/jwks.json`,
            },
          ],
          workers: { threads: 0 },
        }),
      ],
      { logger: false },
    )
    const guard = callee.middleware()
    const service = createServer((request: IncomingMessage, response) =>
      guard(request, response, () => void response.end('in')),
    ).listen(0, '127.0.0.1')
    await edge.fetch('/', { headers: await bearer() })
    const token = tokenOf(edge)
    const { port } = service.address() as AddressInfo
    const answer = await fetch(`http://127.0.0.1:${port}/`, { headers: { authorization: `Bearer ${token}` } })
    expect(answer.status).toBe(200)
    const other = { method: 'DELETE', headers: { authorization: `Bearer ${token}` } }
    expect((await fetch(`http://127.0.0.1:${port}/`, other)).status).toBe(401)
    const claims = decodeJwt(token)
    expect(claims).toMatchObject({
      iss: 'urn:inner',
      sub: 'svc-orders',
      sub_id: { iss: issuer.url },
      act: { sub: 'urn:inner', act: { sub: GATEWAY } },
    })
    // The same as a principal, by a gateway that takes it in.
    await using last = await createTestGateway([
      auth({
        jwt: [
          {
            issuer: 'urn:inner',
            audience: edge.upstream.url,
            algorithms: ['ES256'],
            jwksUrl: `${innerUrl}/.well-known/jwks.json`,
          },
        ],
        workers: { threads: 0 },
      }),
    ])
    await last.fetch('/', { headers: { authorization: `Bearer ${token}` } })
    await last.finished(1)
    expect(last.exchanges[0]?.get(principal)?.via).toEqual(['urn:inner', GATEWAY])
    service.closeAllConnections()
    service.close()
    await callee.close()
    await inner.close()
  })
})
