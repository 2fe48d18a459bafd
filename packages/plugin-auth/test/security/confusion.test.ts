/** Attack: a good key, token or remembered answer, used where it does not belong. */
import { createHmac, generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readKey } from '../../src/verify/jwk.ts'
import { FakeHost } from '../support/fake-host.ts'
import { optionsFor } from '../support/options.ts'
import { part } from '../support/raw-token.ts'
import { makeKey, TestIssuer } from '../support/test-issuer.ts'

let one: TestIssuer
let two: TestIssuer
let host: FakeHost
const SECRET = 'a secret of thirty-two bytes or more'

beforeAll(async () => {
  one = await TestIssuer.start()
  two = await TestIssuer.start()
  // Both publish a key under the same name.
  await one.rotate('ES256', 'shared-kid')
  await two.rotate('ES256', 'shared-kid')
  const jwt = [one, two].flatMap((issuer) => optionsFor(issuer).jwt ?? [])
  const legacy = {
    issuer: 'legacy',
    audience: 'gateway',
    algorithms: ['HS256' as const],
    secrets: [{ value: SECRET }],
  }
  host = await new FakeHost(optionsFor(one, {}, { jwt: [...jwt, legacy] })).untilReady()
})
afterAll(async () => {
  await host.close()
  await one.stop()
  await two.stop()
})

const codeOf = async (token: string, at = host) => (await at.withToken(token)).error?.code
const hmac = (secret: string, claims: object) => {
  const exp = Math.floor(Date.now() / 1_000) + 60
  const input = `${part({ alg: 'HS256' })}.${part({ aud: 'gateway', sub: 'admin', exp, ...claims })}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

describe('one issuer’s key for another issuer’s name', () => {
  it('is refused, although both call their key the same', async () => {
    expect(await codeOf(await one.sign())).toBeUndefined()
    expect(await codeOf(await two.sign())).toBeUndefined()
    expect(await codeOf(await two.sign({ claims: { iss: one.url } }))).toBe('GW_AUTH_TOKEN_INVALID')
    expect(await codeOf(await one.sign({ claims: { iss: two.url } }))).toBe('GW_AUTH_TOKEN_INVALID')
  })

  it('is refused when a secret is meant for one issuer and the token names another', async () => {
    expect(await codeOf(hmac(SECRET, { iss: 'legacy' }))).toBeUndefined()
    expect(await codeOf(hmac(SECRET, { iss: one.url }))).toBe('GW_AUTH_TOKEN_INVALID')
    expect(await codeOf(await one.sign({ claims: { iss: 'legacy' } }))).toBe('GW_AUTH_TOKEN_INVALID')
  })

  it('is refused when a public key is taken for the secret', async () => {
    const { x, y } = one.key.publicJwk
    for (const secret of [JSON.stringify(one.key.publicJwk), x, y])
      for (const iss of [one.url, 'legacy'])
        expect(await codeOf(hmac(secret as string, { iss }))).toBe('GW_AUTH_TOKEN_INVALID')
  })
})

describe('a kid that wants to be more than a name', () => {
  it.each([
    '../../../../dev/null',
    '/dev/null',
    'file:///etc/passwd',
    "' OR '1'='1",
    "x' UNION SELECT 'AAAA' --",
    '__proto__',
    'constructor',
    'hasOwnProperty',
    'toString',
    '0',
    '',
    'shared-kid\0',
    'SHARED-KID',
    'http://127.0.0.1:1/key',
    '$(id)',
    '{{7*7}}',
    'x'.repeat(4_000),
  ])('names no key: %j', async (kid) => {
    const token = await one.sign({ header: { kid } })
    expect(await codeOf(token)).toBe('GW_AUTH_KEY_UNKNOWN')
  })
})

describe('keys that a token brings along', () => {
  it('are not looked at, and addresses in it are not asked', async () => {
    let asked = 0
    const own = await makeKey('ES256', 'shared-kid')
    const server = createServer((_, response) => {
      asked += 1
      response.end(JSON.stringify({ keys: [own.publicJwk] }))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const headers = [
      { jku: url },
      { x5u: url },
      { jwk: own.publicJwk },
      { x5c: [Buffer.from('certificate').toString('base64')] },
      { x5t: 'AAAA', 'x5t#S256': 'AAAA' },
      { jku: url, x5u: url, jwk: own.publicJwk, kid: url },
      { kid: own.kid, jku: `${one.url}/../../@${url}` },
    ]
    try {
      for (const header of headers) {
        const forged = await one.sign({ key: own, header })
        expect(['GW_AUTH_TOKEN_INVALID', 'GW_AUTH_KEY_UNKNOWN']).toContain(await codeOf(forged))
        // With the issuer's own signature they change nothing either.
        const { kid: _, ...rest } = header as { kid?: string }
        expect(await codeOf(await one.sign({ header: rest }))).toBeUndefined()
      }
      expect(asked).toBe(0)
    } finally {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  })
})

describe('keys too weak to prove anything', () => {
  const rsa = (bits: number, publicExponent = 65_537) =>
    generateKeyPairSync('rsa', { modulusLength: bits, publicExponent }).publicKey.export({ format: 'jwk' })

  it('are not read: short RSA, an RSA exponent of 1 or an even one, and an EC point off its curve', () => {
    expect(readKey(rsa(1_024))).toBe('is shorter than 2048 bits')
    const good = rsa(2_048)
    expect(typeof readKey(good)).toBe('object')
    for (const e of ['AQ', 'Ag', 'AA']) expect(typeof readKey({ ...good, e })).toBe('string')
    const { x } = one.key.publicJwk
    expect(readKey({ kty: 'EC', crv: 'P-256', x, y: x })).toBe('is not a valid key')
    expect(readKey({ kty: 'oct', k: 'AAAA', alg: 'HS256' })).toBe('has a kty or crv that is not supported')
    expect(readKey({ kty: 'EC', crv: 'secp256k1', x, y: x })).toBe('has a kty or crv that is not supported')
  })
})

describe('what is remembered', () => {
  it('for one gateway is no answer for another that asks for another audience', async () => {
    await using strict = await new FakeHost(optionsFor(one, { audience: 'billing' })).untilReady()
    await using lenient = await new FakeHost(optionsFor(one, { audience: 'gateway' })).untilReady()
    const token = await one.sign()
    expect(await codeOf(token, lenient)).toBeUndefined()
    expect(await codeOf(token, strict)).toBe('GW_AUTH_TOKEN_INVALID')
    // And what is refused here is not held against it there.
    expect(await codeOf(token, lenient)).toBeUndefined()
  })

  it('for one route is no answer for another that asks for more', async () => {
    const token = await one.sign({ claims: { scope: 'orders.read' } })
    const options = optionsFor(one)
    await using read = await new FakeHost(options, { scopes: ['orders.read'] }).untilReady()
    await using write = await new FakeHost(options, { scopes: ['orders.write'] }).untilReady()
    await using foreign = await new FakeHost(
      { ...options, jwt: [one, two].flatMap((issuer) => optionsFor(issuer).jwt ?? []) },
      { issuers: [two.url] },
    ).untilReady()
    for (let i = 0; i < 3; i++) {
      expect(await codeOf(token, read)).toBeUndefined()
      expect(await codeOf(token, write)).toBe('GW_AUTH_SCOPE_MISSING')
      expect(await codeOf(token, foreign)).toBe('GW_AUTH_ISSUER_FORBIDDEN')
    }
  })

  it('of one tenant is no answer for another: same signature, same subject, other issuer', async () => {
    const token = await one.sign({ claims: { sub: 'svc', tenant: 'a' } })
    expect((await host.withToken(token)).principal?.claims['tenant']).toBe('a')
    const [header, , signature] = token.split('.') as [string, string, string]
    for (const iss of [two.url, 'legacy', one.url]) {
      const exp = Math.floor(Date.now() / 1_000) + 60
      const forged = `${header}.${part({ iss, aud: 'gateway', sub: 'svc', tenant: 'b', exp })}.${signature}`
      for (let i = 0; i < 2; i++) expect(await codeOf(forged)).toBe('GW_AUTH_TOKEN_INVALID')
    }
    expect((await host.withToken(token)).principal?.claims['tenant']).toBe('a')
  })

  it('of tokens that are good is not pushed out by a flood of bad ones', async () => {
    const options = optionsFor(one, {}, { cache: { maxEntries: 4 } })
    await using small = await new FakeHost(options).untilReady()
    const good = await Promise.all(Array.from({ length: 4 }, () => one.sign()))
    for (const token of good) expect(await codeOf(token, small)).toBeUndefined()
    const [header, payload] = (good[0] as string).split('.') as [string, string]
    await Promise.all(
      Array.from({ length: 600 }, (_, i) =>
        small.withToken(
          `${header}.${payload}.${Buffer.alloc(64, i)
            .fill(i >> 8, 0, 1)
            .toString('base64url')}`,
        ),
      ),
    )
    for (const token of good)
      expect(await small.withToken(token)).toMatchObject({ sync: true, error: undefined })
  })
})

describe('two credentials in one request', () => {
  it('are refused in any order, also when one is good', async () => {
    const good = `Bearer ${await one.sign()}`
    for (const other of ['Bearer a.b.c', 'Basic dTpw', 'Bearer', '', good]) {
      for (const lines of [
        [good, other],
        [other, good],
      ]) {
        const headers = lines.flatMap((value) => ['Authorization', value])
        expect((await host.request(headers)).error?.code).toBe('GW_AUTH_REQUEST_INVALID')
      }
    }
  })
})
