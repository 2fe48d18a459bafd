import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AUTH_ERRORS } from '../src/index.ts'
import { FakeHost, headerOf } from './support/fake-host.ts'
import { optionsFor } from './support/options.ts'
import { makeKey, TestIssuer, type TokenChanges } from './support/test-issuer.ts'

let issuer: TestIssuer
let host: FakeHost

beforeAll(async () => {
  issuer = await TestIssuer.start()
  host = await new FakeHost(optionsFor(issuer, { clockToleranceMs: 0 }, { realm: 'internal' })).untilReady()
})
afterAll(async () => {
  await host.close()
  await issuer.stop()
})

describe('a good token', () => {
  it('fills the principal slot and names the caller', async () => {
    const { error, principal, caller } = await host.withToken(await issuer.sign())
    expect(error).toBeUndefined()
    expect(caller).toBe('svc-orders')
    expect(principal).toMatchObject({
      id: 'svc-orders',
      issuer: issuer.url,
      scheme: 'jwt',
      scopes: ['orders.read', 'orders.write'],
    })
    expect(principal?.claims['aud']).toBe('gateway')
  })

  it('passes whatever the case of scheme and header name', async () => {
    const token = await issuer.sign()
    for (const [name, scheme] of [
      ['authorization', 'bearer'],
      ['AUTHORIZATION', 'BEARER'],
      ['Authorization', 'Bearer '],
    ]) {
      expect((await host.request([name as string, `${scheme} ${token}`])).error).toBeUndefined()
    }
  })

  it('shares one frozen principal, so that no plugin can change what the next request gets', async () => {
    const { principal } = await host.withToken(await issuer.sign({ claims: { nested: { roles: ['a'] } } }))
    expect(Object.isFrozen(principal)).toBe(true)
    expect(Object.isFrozen(principal?.scopes)).toBe(true)
    expect(Object.isFrozen((principal?.claims['nested'] as { roles: string[] } | undefined)?.roles)).toBe(
      true,
    )
  })
})

describe('a request without usable credentials', () => {
  it('is told that a token is needed, without an error attribute', async () => {
    const { error } = await host.request()
    expect(error).toMatchObject({
      code: 'GW_AUTH_TOKEN_MISSING',
      status: 401,
      source: 'client',
      plugin: '@postern/plugin-auth',
    })
    expect(headerOf(error, 'www-authenticate')).toBe('Bearer realm="internal"')
  })

  it('counts another scheme as no token', async () => {
    const { error } = await host.request(['Authorization', 'Basic dXNlcjpwYXNz'])
    expect(error?.code).toBe('GW_AUTH_TOKEN_MISSING')
  })

  it.each([
    ['nothing after the scheme', 'Bearer'],
    ['only blanks after the scheme', 'Bearer   '],
    ['two tokens', 'Bearer a.b.c d.e.f'],
    ['characters that no token has', 'Bearer "quoted"'],
    ['a list', 'Bearer a.b.c,d.e.f'],
  ])('answers 400 invalid_request to %s', async (_what, value) => {
    const { error } = await host.request(['Authorization', value])
    expect(error).toMatchObject({ code: 'GW_AUTH_REQUEST_INVALID', status: 400 })
    expect(headerOf(error, 'www-authenticate')).toContain('error="invalid_request"')
  })

  it('answers 400 to a token with a blank that is none of HTTP: it is part of the value', async () => {
    const token = await issuer.sign()
    expect((await host.withToken(`  ${token}`)).error).toBeUndefined()
    for (const value of [`${token}\xa0`, ` ${token}\xa0`, ` \xa0${token}`])
      expect((await host.withToken(value)).error?.status).toBe(400)
  })

  it('answers 400 to two Authorization headers, even when both are good', async () => {
    const token = await issuer.sign()
    const { error } = await host.request([
      'Authorization',
      `Bearer ${token}`,
      'authorization',
      `Bearer ${token}`,
    ])
    expect(error).toMatchObject({ code: 'GW_AUTH_REQUEST_INVALID', status: 400 })
  })
})

describe('a token that is not accepted', () => {
  const segment = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

  it.each([
    ['is opaque', () => 'c2VjcmV0'],
    ['has two parts', () => 'abc.def'],
    ['has five parts', () => 'a.b.c.d.e'],
    ['has a header that is not JSON', () => `abc.${segment({})}.abc`],
    ['has a payload that is an array', () => `${segment({ alg: 'ES256' })}.${segment([])}.abc`],
    ['has no alg', () => `${segment({})}.${segment({})}.abc`],
    ['has a kid that is not a string', () => `${segment({ alg: 'ES256', kid: 7 })}.${segment({})}.abc`],
    ['is larger than 16 KiB', () => `${segment({ alg: 'ES256' })}.${'a'.repeat(16_384)}.abc`],
  ])('is malformed when it %s', async (_what, make) => {
    const { error, sync } = await host.withToken(make())
    expect(error).toMatchObject({ code: 'GW_AUTH_TOKEN_MALFORMED', status: 401 })
    expect(headerOf(error, 'www-authenticate')).toContain('error="invalid_token"')
    expect(sync).toBe(true)
  })

  const changed: [string, string, TokenChanges][] = [
    ['has expired', 'GW_AUTH_TOKEN_EXPIRED', { expiresInS: -10 }],
    [
      'is not valid yet',
      'GW_AUTH_TOKEN_NOT_YET_VALID',
      { claims: { nbf: Math.floor(Date.now() / 1_000) + 600 } },
    ],
    ['has another audience', 'GW_AUTH_TOKEN_INVALID', { claims: { aud: 'other' } }],
    ['has no audience', 'GW_AUTH_TOKEN_INVALID', { claims: { aud: undefined } }],
    ['has another issuer', 'GW_AUTH_TOKEN_INVALID', { claims: { iss: 'https://evil.example' } }],
    ['has no issuer', 'GW_AUTH_TOKEN_INVALID', { claims: { iss: undefined } }],
    ['has no subject', 'GW_AUTH_TOKEN_INVALID', { claims: { sub: undefined } }],
    ['has an empty subject', 'GW_AUTH_TOKEN_INVALID', { claims: { sub: '' } }],
    ['never expires', 'GW_AUTH_TOKEN_INVALID', { eternal: true }],
    ['has an exp that is a string', 'GW_AUTH_TOKEN_INVALID', { claims: { exp: '2099-01-01' } }],
    ['has an nbf that is a string', 'GW_AUTH_TOKEN_INVALID', { claims: { nbf: 'now' } }],
    ['names a key that nobody publishes', 'GW_AUTH_KEY_UNKNOWN', { header: { kid: 'nobody' } }],
  ]
  it.each(changed)('answers 401 when it %s', async (_what, code, changes) => {
    const { error, principal } = await host.withToken(await issuer.sign(changes))
    expect(error).toMatchObject({ code, status: 401, source: 'client', retryable: false })
    expect(headerOf(error, 'www-authenticate')).toBe(
      `Bearer realm="internal", error="invalid_token", error_description="${AUTH_ERRORS[code as keyof typeof AUTH_ERRORS].text}"`,
    )
    expect(principal).toBeUndefined()
  })

  it('answers 401 to a signature by another key under the same kid', async () => {
    const impostor = await makeKey('ES256', issuer.key.kid)
    const { error } = await host.withToken(await issuer.sign({ key: impostor }))
    expect(error?.code).toBe('GW_AUTH_TOKEN_INVALID')
  })

  it('is never quoted in a message or a log line', async () => {
    const token = await issuer.sign({ claims: { aud: 'other', sub: 'secret-subject' } })
    const { error } = await host.withToken(token)
    const told = [
      error?.message,
      error?.text,
      ...(error?.headers ?? []),
      String(error?.cause),
      ...host.logger.lines,
    ].join('\n')
    for (const part of token.split('.')) expect(told).not.toContain(part)
    expect(told).not.toContain('secret-subject')
  })
})

describe('claims that an issuer can be asked for', () => {
  it('checks typ', async () => {
    await using strict = await new FakeHost(optionsFor(issuer, { typ: 'at+jwt' })).untilReady()
    expect((await strict.withToken(await issuer.sign())).error?.code).toBe('GW_AUTH_TOKEN_INVALID')
    expect((await strict.withToken(await issuer.sign({ header: { typ: 'at+jwt' } }))).error).toBeUndefined()
    expect(
      (await strict.withToken(await issuer.sign({ header: { typ: 'application/AT+JWT' } }))).error,
    ).toBeUndefined()
  })

  it('checks required claims, and accepts a token without exp only when told so', async () => {
    await using strict = await new FakeHost(optionsFor(issuer, { requiredClaims: ['tenant'] })).untilReady()
    expect((await strict.withToken(await issuer.sign())).error?.code).toBe('GW_AUTH_TOKEN_INVALID')
    expect(
      (await strict.withToken(await issuer.sign({ eternal: true, claims: { tenant: 'a' } }))).error,
    ).toBeUndefined()
  })

  it('allows the clock of the issuer to differ by clockToleranceMs', async () => {
    await using tolerant = await new FakeHost(optionsFor(issuer, { clockToleranceMs: 60_000 })).untilReady()
    expect((await tolerant.withToken(await issuer.sign({ expiresInS: -20 }))).error).toBeUndefined()
    const soon = Math.floor(Date.now() / 1_000) + 20
    expect((await tolerant.withToken(await issuer.sign({ claims: { nbf: soon } }))).error).toBeUndefined()
  })

  it('accepts one of several audiences', async () => {
    await using several = await new FakeHost(
      optionsFor(issuer, { audience: ['billing', 'gateway'] }),
    ).untilReady()
    expect(
      (await several.withToken(await issuer.sign({ claims: { aud: ['x', 'billing'] } }))).error,
    ).toBeUndefined()
    expect((await several.withToken(await issuer.sign({ claims: { aud: ['x'] } }))).error?.code).toBe(
      'GW_AUTH_TOKEN_INVALID',
    )
  })
})
