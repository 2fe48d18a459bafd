/** Keys that the options hold or a file holds: JWK Sets, PEM and secrets. */
import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import type { AuthOptions, JwtIssuerOptions } from '../src/index.ts'
import { eventually, FakeHost, resolve } from './support/fake-host.ts'
import { TestFolder } from './support/folder.ts'
import { makeKey, TestIssuer, type TestKey } from './support/test-issuer.ts'

/** Made for this test, with a private key that nobody kept. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBdDCCARugAwIBAgIUMAjkp1WK/KgsvILc6lWT7zdSr/EwCgYIKoZIzj0EAwIw
DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjQxNTEyMDlaGA8yMTI2MTAzMTE1MTIw
OVowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABAlD
qBUB0LIdQjHayp58mKVrn1ZeRZGRTOE8kVbwy64QZu9LH+FXvA2bghD6ZXkV7C82
WdiPNDGWrzwP/ErYLWujUzBRMB0GA1UdDgQWBBRcCYvpOz3piGPf3TmkVVe2v9K3
8zAfBgNVHSMEGDAWgBRcCYvpOz3piGPf3TmkVVe2v9K38zAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0cAMEQCIEgl0yvGEGb/7StnpVNy4McZR6K28q66B4ct
jsed7u4KAiAuIkC1ybuKVA7dF73UAGZquKZz5w/IjOCP4jx/jKcTdg==
-----END CERTIFICATE-----`

const NAME = 'my-idp'
const withKeys = (keys: Partial<JwtIssuerOptions>, threads = 0): AuthOptions => ({
  jwt: [{ issuer: NAME, audience: 'gateway', algorithms: ['ES256'], ...keys }],
  workers: { threads },
})
const pemOf = (key: TestKey): string =>
  createPublicKey({ key: { ...key.publicJwk }, format: 'jwk' }).export({
    type: 'spki',
    format: 'pem',
  })
const codeOf = async (host: FakeHost, token: string) => (await host.withToken(token)).error?.code

/** A token of a key, without any server. */
const sign = (key: TestKey, changes = {}) =>
  TestIssuer.prototype.sign.call({ url: NAME, key } as TestIssuer, changes)

const segment = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const hmac = (alg: string, secret: string | Buffer, claims = {}, header = {}) => {
  const exp = Math.floor(Date.now() / 1_000) + 60
  const input = `${segment({ alg, ...header })}.${segment({ iss: NAME, aud: 'gateway', sub: 'svc-a', exp, ...claims })}`
  return `${input}.${createHmac(`sha${alg.slice(2)}`, secret)
    .update(input)
    .digest('base64url')}`
}

describe('a key set in the options', () => {
  it('is used at once, in workers too', async () => {
    const key = await makeKey()
    for (const threads of [0, 1]) {
      await using host = new FakeHost(withKeys({ jwks: { keys: [{ ...key.publicJwk }] } }, threads))
      expect(host.ready()).toBe(true)
      expect((await host.withToken(await sign(key))).principal).toMatchObject({
        id: 'svc-orders',
        issuer: NAME,
      })
      expect(await codeOf(host, await sign(await makeKey()))).toBe('GW_AUTH_KEY_UNKNOWN')
    }
  })

  it('is refused when a key in it cannot be used', async () => {
    const key = await makeKey()
    const bad = (jwk: object) => () =>
      resolve(withKeys({ jwks: { keys: [{ ...key.publicJwk }, { ...jwk }] } }))
    expect(bad({ kty: 'oct', k: 'c2VjcmV0' })).toThrow('Key 1 has a kty or crv that is not supported.')
    expect(bad({ ...key.publicJwk, d: 'AAAA' })).toThrow('Key 1 is a private key.')
    expect(bad({ ...key.publicJwk, use: 'enc' })).toThrow('Key 1 is not for signatures (use).')
  })
})

describe('PEM in the options', () => {
  it('verifies whatever kid a token names, and with the right key of several', async () => {
    const [first, second, other] = await Promise.all([makeKey(), makeKey(), makeKey()])
    await using host = new FakeHost(withKeys({ pem: [pemOf(first), pemOf(second)] }))
    expect(host.ready()).toBe(true)
    expect(await codeOf(host, await sign(first))).toBeUndefined()
    expect(await codeOf(host, await sign(second))).toBeUndefined()
    expect(await codeOf(host, await sign(other))).toBe('GW_AUTH_TOKEN_INVALID')
  })

  it('may be a certificate, or several blocks in one text', async () => {
    const key = await makeKey()
    const issuer = withKeys({ pem: `${CERTIFICATE}\n${pemOf(key)}`, algorithms: ['ES256'] })
    await using host = new FakeHost(issuer)
    expect(await codeOf(host, await sign(key))).toBeUndefined()
  })

  it('is refused when it is a private key, no PEM, or a key that signs nothing', () => {
    const bad = (pem: string) => () => resolve(withKeys({ pem }))
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' })
    expect(bad(privatePem)).toThrow('Key 0 is a private key.')
    expect(bad('/etc/keys/idp.pem')).toThrow('Key 0 is not PEM')
    const { publicKey } = generateKeyPairSync('x25519')
    expect(bad(publicKey.export({ type: 'spki', format: 'pem' }))).toThrow('Key 0')
    const weak = generateKeyPairSync('rsa', { modulusLength: 1_024 }).publicKey
    expect(bad(weak.export({ type: 'spki', format: 'pem' }))).toThrow('shorter than 2048 bits')
  })
})

describe('a file of keys', () => {
  const setOf = (...keys: TestKey[]) => JSON.stringify({ keys: keys.map((key) => key.publicJwk) })

  it('is read again when another file takes its place, and what the old key verified ends', async () => {
    using folder = new TestFolder()
    const [old, next] = await Promise.all([makeKey(), makeKey()])
    const jwksFile = folder.replace('keys.json', setOf(old))
    await using host = new FakeHost(withKeys({ jwksFile }))
    expect(host.ready()).toBe(true)
    const token = await sign(old)
    expect(await codeOf(host, token)).toBeUndefined()
    folder.replace('keys.json', setOf(next))
    const fresh = await sign(next)
    await eventually(async () => (await codeOf(host, fresh)) === undefined)
    expect(await codeOf(host, token)).toBe('GW_AUTH_KEY_UNKNOWN')
  })

  it('may hold PEM', async () => {
    using folder = new TestFolder()
    const [old, next] = await Promise.all([makeKey(), makeKey()])
    await using host = new FakeHost(withKeys({ pemFile: folder.replace('idp.pem', pemOf(old)) }))
    expect(await codeOf(host, await sign(old))).toBeUndefined()
    const fresh = await sign(next)
    // That its signature is wrong is remembered, and only true as long as the keys are the same.
    expect(await codeOf(host, fresh)).toBe('GW_AUTH_TOKEN_INVALID')
    folder.replace('idp.pem', pemOf(next))
    await eventually(async () => (await codeOf(host, fresh)) === undefined, 5_000)
  })

  it('that becomes broken, empty or goes away leaves the last good keys in use and says so', async () => {
    using folder = new TestFolder()
    const key = await makeKey()
    const jwksFile = folder.replace('keys.json', setOf(key))
    await using host = new FakeHost(withKeys({ jwksFile }))
    const told = (reason: string) =>
      eventually(() => host.logger.lines.some((line) => line.includes('last good') && line.includes(reason)))
    writeFileSync(jwksFile, '{"keys": [')
    await told('it is not JSON')
    folder.replace('keys.json', '{"keys": []}')
    await told('it has no key that can be used')
    folder.remove('keys.json')
    await told('ENOENT')
    expect(host.ready()).toBe(true)
    expect(await codeOf(host, await sign(key))).toBeUndefined()
  })

  it('that is missing at the start means 503 and not ready, and recovers by itself', async () => {
    using folder = new TestFolder()
    const key = await makeKey()
    await using host = new FakeHost(withKeys({ jwksFile: folder.at('keys.json') }))
    expect(host.ready()).toBe(
      `The keys of issuer "${NAME}" cannot be used: ${folder.at('keys.json')}: ENOENT.`,
    )
    expect(await codeOf(host, await sign(key))).toBe('GW_AUTH_KEYS_UNAVAILABLE')
    folder.replace('keys.json', setOf(key))
    await host.untilReady()
    expect(await codeOf(host, await sign(key))).toBeUndefined()
  })
})

describe('secrets', () => {
  const SECRET = 'a secret of at least sixty-four bytes, which is what HS512 needs!'

  it.each(['HS256', 'HS384', 'HS512'] as const)('verify %s', async (alg) => {
    for (const threads of [0, 1]) {
      await using host = new FakeHost(withKeys({ algorithms: [alg], secrets: [{ value: SECRET }] }, threads))
      expect((await host.withToken(hmac(alg, SECRET))).principal?.id).toBe('svc-a')
      expect(await codeOf(host, hmac(alg, `${SECRET}!`))).toBe('GW_AUTH_TOKEN_INVALID')
      expect(await codeOf(host, hmac(alg, ''))).toBe('GW_AUTH_TOKEN_INVALID')
    }
  })

  it('rotate by kid, or by being tried in turn', async () => {
    const bytes = Buffer.alloc(32, 7)
    const secrets = [
      { value: SECRET, kid: 'old' },
      { value: bytes.toString('base64'), encoding: 'base64' as const },
    ]
    await using host = new FakeHost(withKeys({ algorithms: ['HS256'], secrets }))
    expect(await codeOf(host, hmac('HS256', SECRET, {}, { kid: 'old' }))).toBeUndefined()
    expect(await codeOf(host, hmac('HS256', bytes))).toBeUndefined()
    expect(await codeOf(host, hmac('HS256', SECRET, {}, { kid: 'new' }))).toBe('GW_AUTH_TOKEN_INVALID')
  })

  it('are refused when they are shorter than the hash (RFC 7518 section 3.2) or not what they say', () => {
    const bad = (secret: object, alg: string) => () =>
      resolve(withKeys({ algorithms: [alg as 'HS256'], secrets: [secret as { value: string }] }))
    expect(bad({ value: 'x'.repeat(31) }, 'HS256')).toThrow('Secret 0 has 31 bytes, but HS256 needs 32')
    expect(bad({ value: 'x'.repeat(47) }, 'HS384')).toThrow('Secret 0 has 47 bytes, but HS384 needs 48')
    expect(bad({ value: 'x'.repeat(63) }, 'HS512')).toThrow('Secret 0 has 63 bytes, but HS512 needs 64')
    expect(bad({ value: `${'0'.repeat(64)}zz`, encoding: 'hex' }, 'HS256')).toThrow('Secret 0 is not hex')
    expect(bad({ value: 'x'.repeat(32) }, 'HS256')).not.toThrow()
  })

  it('never share an issuer with a public key or an asymmetric algorithm', async () => {
    const { publicJwk } = await makeKey()
    const secrets = [{ value: SECRET }]
    expect(() => resolve(withKeys({ algorithms: ['HS256', 'ES256'], secrets }))).toThrow(
      'An issuer with secrets can only have HS256, HS384 and HS512',
    )
    expect(() =>
      resolve(withKeys({ algorithms: ['HS256'], secrets, jwks: { keys: [{ ...publicJwk }] } })),
    ).toThrow('Keys come from one place, but jwks and secrets are given')
  })

  it('are told in no message and no log line', async () => {
    const short = 'hunter2-hunter2'
    try {
      resolve(withKeys({ algorithms: ['HS256'], secrets: [{ value: short }] }))
      expect.unreachable()
    } catch (error) {
      expect((error as Error).message).not.toContain(short)
    }
    await using host = new FakeHost(withKeys({ algorithms: ['HS256'], secrets: [{ value: SECRET }] }))
    const { error } = await host.withToken(hmac('HS256', 'another'))
    expect([error?.message, ...host.logger.lines].join()).not.toContain(SECRET)
  })
})

describe('iat', () => {
  const nowS = () => Math.floor(Date.now() / 1_000)

  it('in the future is refused, unless options say otherwise', async () => {
    const key = await makeKey()
    const token = await sign(key, { claims: { iat: nowS() + 60 } })
    const jwks = { keys: [{ ...key.publicJwk }] }
    await using strict = new FakeHost(withKeys({ jwks }))
    expect(await codeOf(strict, token)).toBe('GW_AUTH_TOKEN_NOT_YET_VALID')
    expect(await codeOf(strict, await sign(key, { claims: { iat: nowS() + 3 } }))).toBeUndefined()
    await using lenient = new FakeHost(withKeys({ jwks, futureIat: true }))
    expect(await codeOf(lenient, token)).toBeUndefined()
  })

  it('limits the age of a token by maxTokenAgeMs, also of one that is remembered', async () => {
    const key = await makeKey()
    const jwks = { keys: [{ ...key.publicJwk }] }
    await using host = new FakeHost(withKeys({ jwks, maxTokenAgeMs: 60_000, clockToleranceMs: 0 }))
    expect(await codeOf(host, await sign(key, { claims: { iat: nowS() - 61 } }))).toBe(
      'GW_AUTH_TOKEN_EXPIRED',
    )
    expect(await codeOf(host, await sign(key))).toBe('GW_AUTH_TOKEN_INVALID')
    const ageing = await sign(key, { claims: { iat: nowS() } })
    expect(await codeOf(host, ageing)).toBeUndefined()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 })
    expect(await codeOf(host, ageing)).toBe('GW_AUTH_TOKEN_EXPIRED')
    vi.useRealTimers()
  })
})
