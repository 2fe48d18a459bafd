import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createGateway } from '@postern/core'
import { createTestGateway } from '@postern/core/testing'
import { jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type AuthOptions, auth, type OutboundOptions } from '../../src/index.ts'
import { optionsFor } from '../support/options.ts'
import { startService } from '../support/service.ts'
import { services } from '../support/services-plugin.ts'
import { TestIssuer } from '../support/test-issuer.ts'
import { startTokenServer, type TokenServer } from '../support/token-server.ts'

let issuer: TestIssuer
beforeAll(async () => {
  issuer = await TestIssuer.start()
})
afterAll(() => issuer.stop())

const bearer = async (changes = {}) => ({ authorization: `Bearer ${await issuer.sign(changes)}` })
const withOutbound = (outbound: OutboundOptions, more: Partial<AuthOptions> = {}) =>
  auth(optionsFor(issuer, {}, { outbound, ...more }))
const client = ({ url }: TokenServer) => ({
  tokenUrl: `${url}/token`,
  clientId: 'gate:way',
  clientSecret: 'p@ss word',
})

describe('client credentials', () => {
  it('are fetched once for all requests, and replace what the caller sent', async () => {
    await using authority = await startTokenServer()
    await using test = await createTestGateway((upstream) => [
      withOutbound({ [upstream.url]: { clientCredentials: { ...client(authority), scopes: ['a', 'b'] } } }),
    ])
    const headers = await bearer()
    await Promise.all(Array.from({ length: 20 }, () => test.fetch('/', { headers })))
    expect(new Set(test.upstream.requests.map((one) => one.headers.authorization))).toEqual(
      new Set(['Bearer token-1']),
    )
    expect(authority.grants).toEqual([
      {
        form: { grant_type: 'client_credentials', scope: 'a b' },
        authorization: `Basic ${Buffer.from('gate%3Away:p%40ss+word').toString('base64')}`,
      },
    ])
  })

  it('go by form or signed assertion where the client is one of those', async () => {
    await using authority = await startTokenServer()
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const tokenUrl = `${authority.url}/token`
    await using one = await createTestGateway((upstream) => [
      withOutbound({
        [upstream.url]: {
          clientCredentials: {
            ...client(authority),
            authentication: 'client_secret_post',
            header: 'x-token',
          },
        },
      }),
    ])
    await one.fetch('/', { headers: { ...(await bearer()), 'x-token': 'forged', x_token: 'forged' } })
    expect(authority.grants[0]?.form).toMatchObject({ client_id: 'gate:way', client_secret: 'p@ss word' })
    expect(one.upstream.requests[0]?.headers['x-token']).toBe('Bearer token-1')
    expect(one.upstream.requests[0]?.headers['x_token']).toBeUndefined()

    await using two = await createTestGateway((upstream) => [
      withOutbound({
        [upstream.url]: { clientCredentials: { tokenUrl, clientId: 'gw', privateKey: key, keyId: 'k1' } },
      }),
    ])
    await two.fetch('/', { headers: await bearer() })
    const { payload, protectedHeader } = await jwtVerify(
      String(authority.grants[1]?.form['client_assertion']),
      createPublicKey(privateKey),
      { issuer: 'gw', subject: 'gw', audience: tokenUrl, algorithms: ['RS256'] },
    )
    expect(protectedHeader.kid).toBe('k1')
    expect(payload.jti).toBeDefined()
  })

  it('go to no other service', async () => {
    await using authority = await startTokenServer()
    await using orders = await startService()
    await using other = await startService()
    await using test = await createTestGateway([
      withOutbound({ orders: { clientCredentials: client(authority) } }),
      services({ '/orders': ['o', 'orders', orders.url], '/other': ['x', 'other', other.url] }),
    ])
    const headers = await bearer()
    await test.fetch('/orders', { headers })
    await test.fetch('/other', { headers })
    expect(orders.seen[0]?.headers.authorization).toBe('Bearer token-1')
    expect(other.seen[0]?.headers.authorization).toBe(headers.authorization)
  })

  it('follow a repeat to another endpoint of the same service', async () => {
    await using authority = await startTokenServer()
    await using orders = await startService()
    await using test = await createTestGateway([
      withOutbound({ orders: { clientCredentials: client(authority) } }),
      services({ '/orders': ['o', 'orders', 'http://127.0.0.1:1', orders.url] }),
    ])
    expect((await test.fetch('/orders', { headers: await bearer() })).status).toBe(200)
    expect(orders.seen[0]?.headers.authorization).toBe('Bearer token-1')
  })

  it.each(['broken', 'redirect', 'garbage', 'stalled', 'refusing'] as const)(
    'of an authority that is %s: 503, nothing is forwarded, and nothing leaks',
    async (behaviour) => {
      await using authority = await startTokenServer()
      authority.behaviour = behaviour
      await using test = await createTestGateway((upstream) => [
        withOutbound({ [upstream.url]: { clientCredentials: { ...client(authority), timeoutMs: 200 } } }),
      ])
      const response = await test.fetch('/', { headers: await bearer() })
      expect(response.status).toBe(503)
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
      const text = await response.text()
      expect(JSON.parse(text)).toMatchObject({ code: 'GW_AUTH_AUTHORITY_UNAVAILABLE' })
      await test.finished(1)
      const told = text + JSON.stringify(test.logs) + String(test.exchanges[0]?.error?.message)
      expect(told).not.toMatch(/p@ss|p%40ss|secret-of-the-authority/)
      expect(test.upstream.requests).toHaveLength(0)
      expect(test.gateway.readiness().ready).toBe(true)
      // It is left alone for a while.
      const [asked, startedMs, again] = [authority.grants.length, performance.now(), await bearer()]
      for (let i = 0; i < 20; i++) await test.fetch('/', { headers: again })
      expect(authority.grants.length - asked).toBeLessThanOrEqual(1 + (performance.now() - startedMs) / 250)
      authority.behaviour = 'up'
      const headers = await bearer()
      await expect
        .poll(async () => (await test.fetch('/', { headers })).status, { timeout: 20_000 })
        .toBe(200)
    },
    30_000,
  )

  it('are renewed ahead of their end, without a request that waits', async () => {
    await using authority = await startTokenServer()
    authority.lifeS = 2
    await using test = await createTestGateway((upstream) => [
      withOutbound({ [upstream.url]: { clientCredentials: client(authority) } }),
    ])
    const headers = await bearer()
    await test.fetch('/', { headers })
    await expect
      .poll(
        async () => {
          await test.fetch('/', { headers })
          return test.upstream.requests.at(-1)?.headers.authorization
        },
        { timeout: 15_000, interval: 50 },
      )
      .toBe('Bearer token-2')
    expect(test.exchanges.every(({ status }) => status === 200)).toBe(true)
  })

  it('that a service refuses are dropped, and fetched anew for the next request', async () => {
    await using authority = await startTokenServer()
    await using orders = await startService((seen, _request, response) =>
      response.writeHead(seen.headers.authorization === 'Bearer token-1' ? 401 : 200).end(),
    )
    await using test = await createTestGateway(
      [withOutbound({ [orders.url]: { clientCredentials: client(authority) } })],
      { upstream: orders.url },
    )
    const headers = await bearer()
    // The answer goes to the caller as it is: nothing is sent twice.
    expect((await test.fetch('/', { method: 'POST', headers })).status).toBe(401)
    expect(orders.seen).toHaveLength(1)
    expect((await test.fetch('/', { method: 'POST', headers })).status).toBe(200)
  })

  it('of a service that refuses every token do not hammer the authority', async () => {
    await using authority = await startTokenServer()
    await using orders = await startService((_seen, _request, response) => response.writeHead(401).end())
    await using test = await createTestGateway(
      [withOutbound({ [orders.url]: { clientCredentials: client(authority) } })],
      { upstream: orders.url },
    )
    const headers = await bearer()
    const startedMs = performance.now()
    for (let i = 0; i < 20; i++) await test.fetch('/', { headers })
    expect(authority.grants.length).toBeLessThanOrEqual(3 + (performance.now() - startedMs) / 1_000)
  })

  it('outlive a reload', async () => {
    await using authority = await startTokenServer()
    const make = (url: string) => withOutbound({ [url]: { clientCredentials: client(authority) } })
    await using test = await createTestGateway((upstream) => [make(upstream.url)])
    const headers = await bearer()
    await test.fetch('/', { headers })
    authority.behaviour = 'broken'
    await test.reload([make(test.upstream.url)])
    expect((await test.fetch('/', { headers })).status).toBe(200)
    expect(authority.grants).toHaveLength(1)
  })
})

describe('the caller seat', () => {
  it('needs no scheme, and puts credentials on the calls of the process', async () => {
    await using authority = await startTokenServer()
    await using orders = await startService()
    const gateway = createGateway(
      [auth({ outbound: { [orders.url]: { clientCredentials: client(authority) } } })],
      {
        logger: false,
      },
    )
    const dispatcher = gateway.dispatcher()
    const response = await fetch(`${orders.url}/x`, { dispatcher } as unknown as RequestInit)
    expect(response.status).toBe(200)
    expect(orders.seen[0]?.headers.authorization).toBe('Bearer token-1')
    await gateway.close()
  })

  it('is the only one that does: without a scheme every other seat is closed', async () => {
    await using test = await createTestGateway((upstream) => [
      auth({ outbound: { [upstream.url]: { header: { name: 'x-key', value: 'k' } } } }),
    ])
    expect((await test.fetch('/')).status).toBe(401)
    expect((await test.gateway.fetch(new Request('http://service/'))).status).toBe(401)
    expect(test.upstream.requests).toHaveLength(0)
  })

  it('of gateway.fetch gets credentials too, where the caller is known', async () => {
    await using test = await createTestGateway((upstream) => [
      withOutbound({ [upstream.url]: { header: { name: 'x-key', value: 'k' } } }),
    ])
    await test.gateway.fetch(new Request('http://service/', { headers: await bearer() }))
    expect(test.upstream.requests[0]?.headers['x-key']).toBe('k')
  })
})

describe('token exchange', () => {
  const exchange = (authority: TokenServer, more = {}) => ({
    tokenExchange: { ...client(authority), ...more },
  })

  it("gives each caller's own token for the service, and remembers it", async () => {
    await using authority = await startTokenServer()
    await using orders = await startService()
    await using test = await createTestGateway([
      withOutbound({ orders: exchange(authority) }),
      services({ '/': ['o', 'orders', orders.url] }),
    ])
    const [one, two] = [await bearer(), await bearer()]
    for (const headers of [one, one, two, one]) await test.fetch('/', { headers })
    expect(orders.seen.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-1',
      'Bearer token-2',
      'Bearer token-1',
    ])
    expect(authority.grants[0]?.form).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: one.authorization.slice(7),
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience: 'orders',
    })
  })

  it('asks once for a caller that calls many times at once, and remembers only so many callers', async () => {
    await using authority = await startTokenServer()
    await using test = await createTestGateway((upstream) => [
      withOutbound({ [upstream.url]: exchange(authority, { maxEntries: 1 }) }),
    ])
    const [one, two] = [await bearer(), await bearer()]
    await Promise.all(Array.from({ length: 10 }, () => test.fetch('/', { headers: one })))
    expect(authority.grants).toHaveLength(1)
    await test.fetch('/', { headers: two })
    await test.fetch('/', { headers: one })
    expect(authority.grants).toHaveLength(3)
  })

  it.each([
    'invalid_grant',
    'invalid_request',
    'access_denied',
    'invalid_scope',
    'invalid_target',
    'invalid_token',
  ])('answers 403 to a caller whose token is not exchanged (%s), and goes on for others', async (refusal) => {
    await using authority = await startTokenServer()
    authority.refusal = refusal
    await using test = await createTestGateway((upstream) => [
      withOutbound({ [upstream.url]: exchange(authority) }),
    ])
    authority.behaviour = 'refusing'
    const refused = await test.fetch('/', { headers: await bearer() })
    expect(refused.status).toBe(403)
    expect(await refused.json()).toMatchObject({ code: 'GW_AUTH_CALLER_FORBIDDEN' })
    authority.behaviour = 'up'
    expect((await test.fetch('/', { headers: await bearer() })).status).toBe(200)
    expect(test.upstream.requests).toHaveLength(1)
  })

  it.each([
    [200, 'an access token', { issued: 'urn:ietf:params:oauth:token-type:access_token' }],
    [200, 'a JWT', { issued: 'urn:ietf:params:oauth:token-type:jwt' }],
    [503, 'a refresh token', { issued: 'urn:ietf:params:oauth:token-type:refresh_token' }],
    [503, 'an ID token', { issued: 'urn:ietf:params:oauth:token-type:id_token' }],
    [200, 'what nobody names', { issued: undefined }],
    [503, 'a life that is no number', { lifeS: 'long' }],
    [503, 'two tokens', { body: '{"access_token":"a","access_token":"b","token_type":"Bearer"}' }],
  ])('answers %s when it gets %s', async (status, _what, answers) => {
    await using authority = await startTokenServer()
    Object.assign(authority, answers)
    await using test = await createTestGateway((upstream) => [
      withOutbound({ [upstream.url]: exchange(authority) }),
    ])
    expect((await test.fetch('/', { headers: await bearer() })).status).toBe(status)
    expect(test.upstream.requests).toHaveLength(status === 200 ? 1 : 0)
  })

  it.each([
    [0, 2],
    ['0', 2],
    [-1, 2],
    [null, 1],
    ['300', 1],
  ])(
    'remembers a token that is good for %s seconds as long as that: %s exchanges for two calls',
    async (lifeS, grants) => {
      await using authority = await startTokenServer()
      authority.lifeS = lifeS
      await using test = await createTestGateway((upstream) => [
        withOutbound({ [upstream.url]: exchange(authority) }),
      ])
      const headers = await bearer()
      for (let call = 0; call < 2; call++) expect((await test.fetch('/', { headers })).status).toBe(200)
      expect(authority.grants).toHaveLength(grants)
    },
  )

  it('answers 401 to a caller without a token, and 503 above its bound', async () => {
    await using authority = await startTokenServer()
    authority.behaviour = 'stalled'
    await using test = await createTestGateway(
      (upstream) => [
        withOutbound({ [upstream.url]: exchange(authority, { maxConcurrent: 1, timeoutMs: 300 }) }),
      ],
      { route: { plugins: { auth: { anonymous: true } } } },
    )
    expect((await test.fetch('/')).status).toBe(401)
    const answers = await Promise.all([
      test.fetch('/', { headers: await bearer() }),
      test.fetch('/', { headers: await bearer() }),
    ])
    const codes = await Promise.all(answers.map(async (one) => ((await one.json()) as { code: string }).code))
    expect(codes.sort()).toEqual(['GW_AUTH_AUTHORITY_UNAVAILABLE', 'GW_AUTH_OVERLOADED'])
    expect(test.upstream.requests).toHaveLength(0)
  })
})

describe('a fixed header', () => {
  it('comes from a text, the environment or a file, and changes with the file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gw-secret-'))
    vi.stubEnv('POSTERN_TEST_KEY', 'from-env')
    try {
      const path = join(folder, 'key')
      await writeFile(path, 'from-file\n')
      const header = (value: string | { env: string } | { watch: string }) => ({
        header: { name: 'Authorization', value, prefix: 'Key ' },
      })
      for (const [value, seen] of [
        ['from-text', 'Key from-text'],
        [{ env: 'POSTERN_TEST_KEY' }, 'Key from-env'],
      ] as const) {
        await using test = await createTestGateway((upstream) => [
          withOutbound({ [upstream.url]: header(value) }),
        ])
        await test.fetch('/', { headers: await bearer() })
        expect(test.upstream.requests[0]?.headers.authorization).toBe(seen)
      }
      await using test = await createTestGateway((upstream) => [
        withOutbound({ [upstream.url]: header({ watch: path }) }),
      ])
      const headers = await bearer()
      await test.fetch('/', { headers })
      expect(test.upstream.requests[0]?.headers.authorization).toBe('Key from-file')
      await writeFile(`${path}.new`, 'changed')
      await rename(`${path}.new`, path)
      await expect
        .poll(
          async () => {
            await test.fetch('/', { headers })
            return test.upstream.requests.at(-1)?.headers.authorization
          },
          { timeout: 20_000, interval: 100 },
        )
        .toBe('Key changed')
    } finally {
      vi.unstubAllEnvs()
      await rm(folder, { recursive: true })
    }
  }, 30_000)

  it.each([
    [{ env: 'POSTERN_TEST_MISSING' }, 'is empty or not there'],
    ['line\nbreak', 'is not printable ASCII'],
    [{ watch: '/nowhere/secret' }, '/nowhere/secret'],
  ])('that is not there or cannot be sent stops the start: %j', async (value, message) => {
    const outbound = { orders: { header: { name: 'x-key', value } } }
    await expect(createTestGateway([withOutbound(outbound)])).rejects.toThrow(message)
  })
})

describe('the options', () => {
  const invalid = (outbound: unknown) =>
    createTestGateway([withOutbound(outbound as OutboundOptions)]).then((test) => test.close())

  it.each([
    [{ 'http://a/path': { header: { name: 'x', value: 'v' } } }, 'an origin without a path'],
    [{ a: {} }, 'Give one of clientCredentials, tokenExchange and header, a signature'],
    [{ a: { clientCredentials: { tokenUrl: 'http://idp', clientId: 'c' } } }, 'Give either clientSecret or'],
    [
      { a: { clientCredentials: { tokenUrl: 'http://idp', clientId: 'c', privateKey: 'no key' } } },
      'holds no private key as PEM or JWK',
    ],
    [{ a: { header: { name: 'content-length', value: 'v' } } }, 'belongs to HTTP itself'],
  ])('refuse %j', async (outbound, message) => {
    await expect(invalid(outbound)).rejects.toThrow(message)
  })
})
