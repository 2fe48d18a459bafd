import { generateKeyPairSync } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import type { JwksOptions } from '../src/index.ts'
import { eventually, FakeHost, headerOf } from './support/fake-host.ts'
import { optionsFor } from './support/options.ts'
import { type Behaviour, makeKey, TestIssuer } from './support/test-issuer.ts'

const hostFor = (issuer: TestIssuer, jwks: JwksOptions = {}, jwt = {}) =>
  new FakeHost(optionsFor(issuer, jwt, { jwks }))
const codeOf = async (host: FakeHost, token: string) => (await host.withToken(token)).error?.code

describe('an endpoint that is down', () => {
  it('at the start means 503 and not ready, and recovers by itself', async () => {
    await using issuer = await TestIssuer.start()
    issuer.behaviour = 'broken'
    await using host = hostFor(issuer, { refreshMs: 200 })
    expect(host.ready()).toBe(`The keys of issuer "${issuer.url}" cannot be used: they were not fetched yet.`)
    const token = await issuer.sign()
    const { error } = await host.withToken(token)
    expect(error).toMatchObject({
      code: 'GW_AUTH_KEYS_UNAVAILABLE',
      status: 503,
      source: 'plugin',
      retryable: true,
    })
    expect(Number(headerOf(error, 'retry-after'))).toBeGreaterThanOrEqual(1)
    expect(headerOf(error, 'www-authenticate')).toBeUndefined()
    expect(host.ready()).toBe(`The keys of issuer "${issuer.url}" cannot be used: status 500.`)

    issuer.behaviour = 'up'
    await host.untilReady()
    // The same token: what could not be checked was not held against it.
    expect(await codeOf(host, token)).toBeUndefined()
  })

  it('later leaves the last good keys in use, also for tokens not seen before', async () => {
    await using issuer = await TestIssuer.start()
    await using host = await hostFor(issuer, { refreshMs: 50 }).untilReady()
    await issuer.stop()
    await eventually(() => host.logger.lines.some((line) => line.includes('the last good ones go on')))
    expect(host.ready()).toBe(true)
    expect(await codeOf(host, await issuer.sign())).toBeUndefined()
  })

  it('for longer than staleMs means 503, for cached tokens too', async () => {
    await using issuer = await TestIssuer.start()
    await using host = await hostFor(issuer, { refreshMs: 50, staleMs: 300 }).untilReady()
    const token = await issuer.sign()
    expect(await codeOf(host, token)).toBeUndefined()
    issuer.behaviour = 'cut'
    await eventually(() => host.ready() !== true)
    expect(await codeOf(host, token)).toBe('GW_AUTH_KEYS_UNAVAILABLE')
    issuer.behaviour = 'up'
    await host.untilReady()
    expect(await codeOf(host, token)).toBeUndefined()
  })

  it('answers an unknown key with 503, not 401: the key may be new and nobody can be asked', async () => {
    await using issuer = await TestIssuer.start()
    await using host = await hostFor(issuer, { refreshMs: 50 }).untilReady()
    issuer.behaviour = 'broken'
    await eventually(() => host.logger.lines.some((line) => line.includes('the last good ones go on')))
    expect(await codeOf(host, await issuer.sign({ header: { kid: 'new' } }))).toBe('GW_AUTH_KEYS_UNAVAILABLE')
  })

  it('is not asked again by every request', async () => {
    await using issuer = await TestIssuer.start()
    issuer.behaviour = 'broken'
    await using host = hostFor(issuer, { cooldownMs: 1 })
    await host.withToken(await issuer.sign())
    const { fetches } = issuer
    for (let i = 0; i < 50; i++) await host.withToken(await issuer.sign())
    expect(issuer.fetches - fetches).toBeLessThanOrEqual(1)
  })

  it('and stalls makes nobody wait for the whole timeout', async () => {
    await using issuer = await TestIssuer.start()
    issuer.behaviour = 'stalled'
    await using host = hostFor(issuer, { timeoutMs: 60_000 })
    expect(await codeOf(host, await issuer.sign())).toBe('GW_AUTH_KEYS_UNAVAILABLE')
    // Once it is known to stall, the answer comes at once: no promise waits for the fetch.
    const second = await Promise.race([
      codeOf(host, await issuer.sign()),
      new Promise((r) => setTimeout(r, 1_000, 'waited')),
    ])
    expect(second).toBe('GW_AUTH_KEYS_UNAVAILABLE')
  })
})

describe('an endpoint that answers wrongly', () => {
  it.each<[Behaviour, string]>([
    ['broken', 'status 500'],
    ['cut', 'the connection failed (ECONNRESET)'],
    ['stalled', 'no complete answer within 200 ms'],
    ['garbage', 'the answer is not JSON'],
    ['not-a-set', 'it is not a JWK Set'],
    ['huge', 'the answer is larger than 262144 bytes'],
    ['redirect', 'status 302: redirects are refused'],
    ['half', 'the answer was cut'],
  ])('(%s) is refused and the reason is told: %s', async (behaviour, reason) => {
    await using issuer = await TestIssuer.start()
    issuer.behaviour = behaviour
    await using host = hostFor(issuer, { timeoutMs: 200 })
    expect(await codeOf(host, await issuer.sign())).toBe('GW_AUTH_KEYS_UNAVAILABLE')
    expect(host.ready()).toContain(`cannot be used: ${reason}`)
  })

  it('and publishes no usable key ends what the old keys allowed', async () => {
    await using issuer = await TestIssuer.start()
    await using host = await hostFor(issuer, { refreshMs: 50 }).untilReady()
    const token = await issuer.sign()
    expect(await codeOf(host, token)).toBeUndefined()
    issuer.published = []
    await eventually(() => host.ready() !== true)
    expect(host.ready()).toContain('publishes no key that can be used')
    expect(await codeOf(host, token)).toBe('GW_AUTH_KEYS_UNAVAILABLE')
  })
})

describe('rotation', () => {
  it('is followed without a restart when a token names the new key', async () => {
    await using issuer = await TestIssuer.start()
    await using host = await hostFor(issuer, { cooldownMs: 1 }).untilReady()
    expect(await codeOf(host, await issuer.sign())).toBeUndefined()
    await issuer.rotate()
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await codeOf(host, await issuer.sign())).toBeUndefined()
  })

  it('ends cached tokens of the key that is gone', async () => {
    await using issuer = await TestIssuer.start()
    await using host = await hostFor(issuer, { cooldownMs: 1 }).untilReady()
    const old = await issuer.sign()
    expect((await host.withToken(old)).error).toBeUndefined()
    expect((await host.withToken(old)).sync).toBe(true)
    await issuer.rotate()
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await codeOf(host, await issuer.sign())).toBeUndefined()
    expect(await codeOf(host, old)).toBe('GW_AUTH_KEY_UNKNOWN')
  })

  it('keeps cached tokens of a key that stays', async () => {
    await using issuer = await TestIssuer.start()
    await using host = await hostFor(issuer, { refreshMs: 50 }).untilReady()
    const token = await issuer.sign()
    await host.withToken(token)
    issuer.published = [...issuer.published, (await makeKey()).publicJwk]
    const { fetches } = issuer
    await eventually(() => issuer.fetches > fetches + 2)
    expect((await host.withToken(token)).sync).toBe(true)
  })

  it('is followed for tokens that name no key', async () => {
    await using issuer = await TestIssuer.start()
    const first = await makeKey('ES256', undefined)
    issuer.published = [{ ...first.publicJwk, kid: undefined } as never]
    await using host = await hostFor(issuer, { cooldownMs: 1 }).untilReady()
    const noKid = { header: { kid: undefined } }
    expect(await codeOf(host, await issuer.sign({ key: first, ...noKid }))).toBeUndefined()
    const second = await makeKey('ES256')
    issuer.published = [second.publicJwk]
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await codeOf(host, await issuer.sign({ key: second, ...noKid }))).toBeUndefined()
  })

  it('asks the issuer once for many tokens with an unknown key, and then not before the cooldown', async () => {
    await using issuer = await TestIssuer.start()
    await using host = await hostFor(issuer, { cooldownMs: 400 }).untilReady()
    await new Promise((resolve) => setTimeout(resolve, 450))
    const { fetches } = issuer
    const tokens = await Promise.all(
      Array.from({ length: 20 }, (_, i) => issuer.sign({ header: { kid: `no-${i}` } })),
    )
    const codes = await Promise.all(tokens.map((token) => codeOf(host, token)))
    expect(new Set(codes)).toEqual(new Set(['GW_AUTH_KEY_UNKNOWN']))
    expect(issuer.fetches).toBe(fetches + 1)
  })
})

describe('choosing a key', () => {
  it('tries both of two keys with the same kid', async () => {
    await using issuer = await TestIssuer.start()
    const [first, second] = [await makeKey('ES256', 'same'), await makeKey('ES256', 'same')]
    issuer.published = [first.publicJwk, second.publicJwk]
    await using host = await hostFor(issuer).untilReady()
    for (const key of [first, second]) expect(await codeOf(host, await issuer.sign({ key }))).toBeUndefined()
  })

  it('tries up to four keys that fit a token without a kid', async () => {
    await using issuer = await TestIssuer.start()
    const keys = await Promise.all(Array.from({ length: 5 }, () => makeKey()))
    issuer.published = [(await makeKey('RS256')).publicJwk, ...keys.map((key) => key.publicJwk)]
    await using host = await hostFor(issuer).untilReady()
    const codes = []
    for (const key of keys)
      codes.push(await codeOf(host, await issuer.sign({ key, header: { kid: undefined } })))
    expect(codes).toEqual([undefined, undefined, undefined, undefined, 'GW_AUTH_TOKEN_INVALID'])
  })

  it.each([
    'ES256',
    'ES384',
    'ES512',
    'RS256',
    'RS384',
    'RS512',
    'PS256',
    'PS384',
    'PS512',
    'EdDSA',
    'Ed25519',
  ] as const)('verifies %s, with and without alg in the key', async (alg) => {
    await using issuer = await TestIssuer.start(alg)
    await using host = await hostFor(issuer, {}, { algorithms: [alg] }).untilReady()
    expect(await codeOf(host, await issuer.sign())).toBeUndefined()
    const { alg: _, ...bare } = issuer.key.publicJwk
    issuer.published = [bare]
    await using other = await hostFor(issuer, { refreshMs: 60_000 }, { algorithms: [alg] }).untilReady()
    expect(await codeOf(other, await issuer.sign())).toBeUndefined()
  })

  it('leaves out keys that must not verify tokens, and says so', async () => {
    await using issuer = await TestIssuer.start()
    const good = issuer.key
    const weak = generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey.export({ format: 'jwk' })
    const leaked = await generateKeyPair('ES256', { extractable: true })
    issuer.published = [
      { ...(await makeKey()).publicJwk, use: 'enc' },
      { ...(await makeKey()).publicJwk, key_ops: ['encrypt'] },
      { ...(await makeKey()).publicJwk, alg: 'RS256' },
      { kty: 'oct', k: 'c2VjcmV0', kid: 'oct' },
      { ...(await exportJWK(leaked.privateKey)), kid: 'leaked' },
      { ...weak, kid: 'weak' },
      { ...good.publicJwk, x: 'AAAA', kid: 'off-curve' },
      { ...good.publicJwk, crv: 'secp256k1', kid: 'curve' },
      null as never,
      good.publicJwk,
    ]
    await using host = await hostFor(issuer).untilReady()
    expect(await codeOf(host, await issuer.sign({ key: good }))).toBeUndefined()
    const line = host.logger.lines.find((one) => one.includes('Keys fetched')) ?? ''
    for (const reason of [
      '(use)',
      '(key_ops)',
      'alg',
      'kty',
      'private key',
      '2048 bits',
      'not a valid key',
      'not an object',
    ]) {
      expect(line).toContain(reason)
    }
    expect(line).toContain('"keys":1')
  })
})

describe('discovery', () => {
  const discovering = (issuer: TestIssuer) => new FakeHost(optionsFor(issuer, { jwksUrl: undefined }))

  it('finds the keys', async () => {
    await using issuer = await TestIssuer.start()
    await using host = await discovering(issuer).untilReady()
    expect(await codeOf(host, await issuer.sign())).toBeUndefined()
  })

  it.each([
    ['names another issuer', { issuer: 'https://evil.example' }, 'names another issuer'],
    ['names the issuer with a slash more', { issuer: 'SLASH' }, 'names another issuer'],
    ['has no jwks_uri', { jwks_uri: undefined }, 'has no jwks_uri'],
    [
      'has a jwks_uri that is no web address',
      { jwks_uri: 'file:///etc/keys' },
      'not a plain http:// or https:// address',
    ],
    [
      'has a jwks_uri with a password',
      { jwks_uri: 'http://a:b@127.0.0.1/' },
      'not a plain http:// or https:// address',
    ],
  ])('is refused when the document %s', async (_what, changes, reason) => {
    await using issuer = await TestIssuer.start()
    Object.assign(issuer.discovery, changes)
    if (issuer.discovery['issuer'] === 'SLASH') issuer.discovery['issuer'] = `${issuer.url}/`
    await using host = discovering(issuer)
    expect(await codeOf(host, await issuer.sign())).toBe('GW_AUTH_KEYS_UNAVAILABLE')
    expect(host.ready()).toContain(reason)
    expect(issuer.fetches).toBe(0)
  })
})

describe('a reload', () => {
  it('while the issuer is down keeps the keys that were good before', async () => {
    await using issuer = await TestIssuer.start()
    const before = await hostFor(issuer).untilReady()
    await issuer.stop()
    await using after = new FakeHost(optionsFor(issuer, {}, { jwks: {} }), undefined, 'enforce', before)
    await before.close()
    await before.close()
    expect(after.ready()).toBe(true)
    expect(await codeOf(after, await issuer.sign())).toBeUndefined()
  })
})
