/** Attack: a token that was not signed by the issuer, made to look as if it was. */
import { createHmac } from 'node:crypto'
import { exportSPKI, importJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FakeHost } from '../support/fake-host.ts'
import { optionsFor } from '../support/options.ts'
import { makeKey, TestIssuer } from '../support/test-issuer.ts'

let issuer: TestIssuer
let host: FakeHost

beforeAll(async () => {
  issuer = await TestIssuer.start('RS256')
  host = await new FakeHost(optionsFor(issuer, { algorithms: ['RS256', 'ES256'] })).untilReady()
})
afterAll(async () => {
  await host.close()
  await issuer.stop()
})

const segment = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const refused = async (token: string) => (await host.withToken(token)).error?.code

/** The payload of an honest token under another header and signature. */
async function forge(header: Record<string, unknown>, sign: (input: string) => string): Promise<string> {
  const payload = (await issuer.sign()).split('.')[1]
  const input = `${segment({ kid: issuer.key.kid, ...header })}.${payload}`
  return `${input}.${sign(input)}`
}

describe('algorithm confusion', () => {
  it('refuses HS256 signed with the public key in PEM, as text, and as JWK', async () => {
    const publicKey = (await importJWK(issuer.key.publicJwk, 'RS256')) as CryptoKey
    const pem = await exportSPKI(publicKey)
    for (const secret of [
      pem,
      pem.trim(),
      JSON.stringify(issuer.key.publicJwk),
      issuer.key.publicJwk.n as string,
    ]) {
      const token = await forge({ alg: 'HS256' }, (input) =>
        createHmac('sha256', secret).update(input).digest('base64url'),
      )
      const { error, sync } = await host.withToken(token)
      expect(error?.code).toBe('GW_AUTH_TOKEN_INVALID')
      // Refused by name, before any key was used.
      expect(sync).toBe(true)
    }
  })

  it.each(['none', 'None', 'NONE', 'nOnE', ''])(
    'refuses alg %j with and without a signature',
    async (alg) => {
      expect(await refused(await forge({ alg }, () => ''))).toBe('GW_AUTH_TOKEN_INVALID')
      expect(await refused(await forge({ alg }, () => 'AAAA'))).toBe('GW_AUTH_TOKEN_INVALID')
    },
  )

  it('refuses an algorithm that is safe but not the issuer’s', async () => {
    const signed = (await issuer.sign()).split('.')[2] as string
    expect(await refused(await forge({ alg: 'PS256' }, () => signed))).toBe('GW_AUTH_TOKEN_INVALID')
  })

  it('never uses a key for an algorithm that it was not published for', async () => {
    // ES256 is allowed for this issuer, but its only key is an RSA key for RS256.
    const signed = (await issuer.sign()).split('.')[2] as string
    expect(await refused(await forge({ alg: 'ES256' }, () => signed))).toBe('GW_AUTH_KEY_UNKNOWN')
  })
})

describe('keys of the attacker’s choice', () => {
  it('ignores jwk, jku, x5u and x5c in the header', async () => {
    const own = await makeKey('RS256', issuer.key.kid)
    const header = {
      jwk: own.publicJwk,
      jku: 'https://evil.example/jwks',
      x5u: 'https://evil.example/cert',
      x5c: ['MIIB'],
    }
    expect(await refused(await issuer.sign({ key: own, header }))).toBe('GW_AUTH_TOKEN_INVALID')
  })
})

describe('extensions', () => {
  it('refuses crit, even with a good signature', async () => {
    const token = await forge({ alg: 'RS256', crit: ['exp'] }, () => 'AAAA')
    expect(await refused(token)).toBe('GW_AUTH_TOKEN_MALFORMED')
    // crit hides the payload's encoding from a naive reader (RFC 7797).
    expect(await refused(await forge({ alg: 'RS256', b64: false, crit: ['b64'] }, () => 'AAAA'))).toBe(
      'GW_AUTH_TOKEN_MALFORMED',
    )
  })
})

describe('changed parts of an honest token', () => {
  it('refuses another payload under the same signature, also when the honest token is cached', async () => {
    const token = await issuer.sign()
    const [header, payload, signature] = token.split('.') as [string, string, string]
    expect(await refused(token)).toBeUndefined()
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
    const admin = `${header}.${segment({ ...claims, sub: 'admin' })}.${signature}`
    const first = await host.withToken(admin)
    expect(first.error?.code).toBe('GW_AUTH_TOKEN_INVALID')
    expect(first.principal).toBeUndefined()
    // The honest token did not suffer, and the forged one stays out.
    expect((await host.withToken(token)).principal?.id).toBe('svc-orders')
    expect(await refused(admin)).toBe('GW_AUTH_TOKEN_INVALID')
  })

  it('refuses a signature that is cut, empty, padded or extended', async () => {
    const token = await issuer.sign()
    const bare = token.slice(0, token.lastIndexOf('.') + 1)
    for (const changed of [token.slice(0, -4), `${token}AAAA`, bare]) {
      expect(['GW_AUTH_TOKEN_INVALID', 'GW_AUTH_TOKEN_MALFORMED']).toContain(await refused(changed))
    }
    expect(await refused(`${token}=`)).toBe('GW_AUTH_TOKEN_MALFORMED')
  })

  it('refuses a payload that is not valid UTF-8, which two parsers may read differently', async () => {
    const raw = Buffer.concat([
      Buffer.from(`{"iss":"${issuer.url}","aud":"gateway","exp":4102444800,"sub":"a`),
      Buffer.from([0xff]),
      Buffer.from('"}'),
    ])
    const head = segment({ alg: 'RS256', kid: issuer.key.kid })
    const input = `${head}.${raw.toString('base64url')}`
    const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', issuer.key.privateKey, Buffer.from(input))
    expect(await refused(`${input}.${Buffer.from(signature).toString('base64url')}`)).toBe(
      'GW_AUTH_TOKEN_MALFORMED',
    )
  })
})
