import { createTestGateway } from '@postern/core/testing'
import { SignJWT } from 'jose'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { type AuthCensus, auth, authCensus } from '../../src/index.ts'
import { byPath } from '../support/by-path.ts'
import { optionsFor } from '../support/options.ts'
import { TestIssuer, type TokenChanges } from '../support/test-issuer.ts'

type RequestHeaders = Readonly<Record<string, string>>

let issuer: TestIssuer
let census: AuthCensus
beforeEach(async () => {
  await issuer?.stop()
  issuer = await TestIssuer.start()
  census = authCensus({ apiKeyHeaders: ['X-Team-Key'] })
})
afterAll(() => issuer.stop())

const bearer = async (changes: TokenChanges = {}) => ({
  authorization: `Bearer ${await issuer.sign(changes)}`,
})

/** One request to a gateway that only observes. */
async function observed(headers: RequestHeaders, path = '/orders', options = optionsFor(issuer)) {
  await using test = await createTestGateway([
    auth({ ...options, census }, { mode: 'observe' }),
    byPath({
      '/orders': {},
      '/scoped': { auth: { scopes: ['orders.delete'] } },
      '/anonymous': { auth: { anonymous: true } },
    }),
  ])
  expect((await test.fetch(path, { headers })).status).toBe(200)
  await test.finished(1)
  const [row] = census.census()
  census.clear()
  return row
}

describe('the census tells kinds and never values', () => {
  it.each<[RequestHeaders, readonly string[], readonly string[]]>([
    [{}, [], []],
    [{ authorization: 'Basic czNjcjN0OnMzY3IzdA==' }, ['basic'], []],
    [{ authorization: 'Bearer s3cr3t' }, ['opaque-token'], []],
    [{ authorization: 's3cr3t' }, ['other'], []],
    [{ 'X-API-Key': 's3cr3t' }, ['api-key'], ['x-api-key']],
    [{ 'x-team-key': 's3cr3t', apikey: 's3cr3t' }, ['api-key'], ['apikey', 'x-team-key']],
    [{ 'x-unknown-header': 's3cr3t' }, [], []],
    [
      { 'signature-input': 's3cr3t', 'client-cert': ':s3cr3t:' },
      ['client-cert-header', 'http-signature'],
      [],
    ],
    [{ authorization: 'Basic s3cr3t', 'x-api-key': 's3cr3t' }, ['api-key', 'basic'], ['x-api-key']],
  ])('%j', async (headers, kinds, names) => {
    const row = await observed(headers)
    expect(row).toMatchObject({
      caller: '127.0.0.1',
      callerKind: 'address',
      route: 'orders',
      basis: 'observed',
    })
    expect(row?.credentials).toEqual({ kinds, names })
    expect(JSON.stringify(row)).not.toMatch(/s3cr3t/i)
  })

  it('finds keys in the query', async () => {
    const row = await observed({}, '/orders?a=1&access_token=s3cr3t')
    expect(row?.credentials).toEqual({ kinds: ['query'], names: ['?access_token'] })
  })

  it('tells of a JWT who issued it, for whom, by which key and how long it lives on', async () => {
    const nowS = Math.floor(Date.now() / 1_000)
    const { authorization } = await bearer({
      claims: { iat: nowS - 400 * 86_400, azp: 'web-shop' },
      expiresInS: 3_000,
    })
    const row = await observed({ authorization })
    expect(row).toMatchObject({
      credentials: {
        kinds: ['jwt'],
        token: { issuer: issuer.url, alg: 'ES256', audiences: ['gateway'] },
      },
      keyIds: [issuer.key.kid],
      claimedBy: 'web-shop',
      life: { 'under-1h': 1 },
      olderThanYear: 1,
      reason: '',
    })
    for (const part of authorization.slice(7).split('.')) expect(JSON.stringify(row)).not.toContain(part)
  })

  it.each([
    [-10, 'expired'],
    [40, 'under-1m'],
    [20_000, 'under-1d'],
    [20 * 86_400, 'under-30d'],
    [200 * 86_400, 'under-1y'],
    [500 * 86_400, 'over-1y'],
  ])('a token that ends in %i s: %s', async (expiresInS, life) => {
    expect((await observed(await bearer({ expiresInS })))?.life).toEqual({ [life]: 1 })
  })

  it('makes names that a client chose harmless', async () => {
    const row = await observed(
      await bearer({ claims: { sub: `a\r\nb${'x'.repeat(500)}`, iss: 'i\u202e' }, header: { kid: 'k\n' } }),
    )
    expect(row?.claimedBy).toBe(`a??b${'x'.repeat(124)}`)
    expect(row?.credentials.token?.issuer).toBe('i?')
    expect(row?.keyIds).toEqual(['k?'])
  })

  it('verifies nothing and fetches nothing', async () => {
    await observed(await bearer())
    expect(issuer.fetches).toBe(0)
  })

  it('needs no way to authenticate', async () => {
    expect(await observed(await bearer(), '/orders', {})).toMatchObject({ reason: 'GW_AUTH_TOKEN_MISSING' })
    await expect(createTestGateway([auth({ census })])).rejects.toThrow(
      'Route "default" needs authenticated callers, and no way to authenticate is configured. Add jwt, or observe first',
    )
    await expect(createTestGateway([auth({})])).rejects.toThrow('Name at least one way to authenticate')
    await expect(createTestGateway([auth({ census: {} })])).rejects.toThrow(
      'Route "default" needs authenticated callers',
    )
  })

  it('names a caller without an address as its token does, and says that nobody verified it', async () => {
    await using test = await createTestGateway([auth({ ...optionsFor(issuer), census }, { mode: 'observe' })])
    await test.gateway.fetch('http://gateway/', { headers: await bearer() })
    await test.gateway.fetch('http://gateway/')
    await test.finished(2)
    expect(census.census().map(({ caller, callerKind }) => [caller, callerKind])).toEqual([
      ['svc-orders', 'claimed'],
      ['', 'unknown'],
    ])
  })
})

describe('what would become of a request is foreseen', () => {
  const hs256 = () =>
    new SignJWT({ sub: 'a' })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(issuer.url)
      .setAudience('gateway')
      .setExpirationTime('5m')
      .sign(new TextEncoder().encode('x'.repeat(32)))
  const none = () => {
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
    return `${encode({ alg: 'none' })}.${encode({ iss: issuer.url, aud: 'gateway', sub: 'a' })}.`
  }

  it.each<[string, () => Promise<RequestHeaders> | RequestHeaders, string]>([
    ['a good token', () => bearer(), ''],
    ['no credentials', () => ({}), 'GW_AUTH_TOKEN_MISSING'],
    ['a password', () => ({ authorization: 'Basic YTpi' }), 'GW_AUTH_TOKEN_MISSING'],
    ['an opaque token', () => ({ authorization: 'Bearer abc' }), 'GW_AUTH_TOKEN_MALFORMED'],
    ['another issuer', () => bearer({ claims: { iss: 'https://other' } }), 'GW_AUTH_TOKEN_INVALID'],
    ['another audience', () => bearer({ claims: { aud: 'other' } }), 'GW_AUTH_TOKEN_INVALID'],
    ['an expired token', () => bearer({ expiresInS: -60 }), 'GW_AUTH_TOKEN_EXPIRED'],
    ['a token for later', () => bearer({ claims: { nbf: 99_999_999_999 } }), 'GW_AUTH_TOKEN_NOT_YET_VALID'],
    ['an endless token', () => bearer({ eternal: true }), 'GW_AUTH_TOKEN_INVALID'],
    ['HS256', async () => ({ authorization: `Bearer ${await hs256()}` }), 'GW_AUTH_TOKEN_INVALID'],
    ['none', () => ({ authorization: `Bearer ${none()}` }), 'GW_AUTH_TOKEN_INVALID'],
  ])('%s: %s', async (_name, headers, reason) => {
    expect((await observed(await headers()))?.reason).toBe(reason)
  })

  it('by the rules of the route', async () => {
    expect((await observed(await bearer(), '/scoped'))?.reason).toBe('GW_AUTH_SCOPE_MISSING')
    expect((await observed({}, '/anonymous'))?.reason).toBe('')
  })
})
