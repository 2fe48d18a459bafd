import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuthRouteOptions } from '../src/index.ts'
import { FakeHost, headerOf } from './support/fake-host.ts'
import { optionsFor } from './support/options.ts'
import { TestIssuer } from './support/test-issuer.ts'

let issuer: TestIssuer
let partner: TestIssuer

beforeAll(async () => {
  issuer = await TestIssuer.start()
  partner = await TestIssuer.start()
})
afterAll(async () => {
  await issuer.stop()
  await partner.stop()
})

const route = (options: AuthRouteOptions, jwt = {}) => {
  const own = optionsFor(issuer, jwt)
  return new FakeHost(
    { ...own, jwt: [...(own.jwt ?? []), ...(optionsFor(partner).jwt ?? [])], realm: 'internal' },
    options,
  ).untilReady()
}

describe('scopes of a route', () => {
  it('must all be in the token', async () => {
    await using host = await route({ scopes: ['orders.read', 'orders.delete'] })
    const { error, principal } = await host.withToken(await issuer.sign())
    expect(error).toMatchObject({ code: 'GW_AUTH_SCOPE_MISSING', status: 403, source: 'client' })
    expect(headerOf(error, 'www-authenticate')).toBe(
      'Bearer realm="internal", error="insufficient_scope", error_description="The scope orders.delete is missing.", scope="orders.read orders.delete"',
    )
    // The caller is known all the same: logs of a 403 name it.
    expect(principal?.id).toBe('svc-orders')
    expect(
      (await host.withToken(await issuer.sign({ claims: { scope: 'orders.delete orders.read' } }))).error,
    ).toBeUndefined()
  })

  it('are not satisfied by a part of a name', async () => {
    await using host = await route({ scopes: ['orders'] })
    expect((await host.withToken(await issuer.sign())).error?.code).toBe('GW_AUTH_SCOPE_MISSING')
  })

  it('are read from scope, from scp, from an array, or from the claim that is configured', async () => {
    await using host = await route({ scopes: ['a'] })
    for (const claims of [
      { scope: 'b a' },
      { scope: undefined, scp: 'a' },
      { scope: ['a', 'b'] },
      { scope: undefined, scp: ['a'] },
    ]) {
      expect((await host.withToken(await issuer.sign({ claims }))).error).toBeUndefined()
    }
    await using other = await route({ scopes: ['a'] }, { scopeClaim: 'permissions' })
    expect(
      (await other.withToken(await issuer.sign({ claims: { permissions: ['a'] } }))).error,
    ).toBeUndefined()
    expect((await other.withToken(await issuer.sign({ claims: { scope: 'a' } }))).error?.code).toBe(
      'GW_AUTH_SCOPE_MISSING',
    )
  })

  it('are not granted by an array item that holds a blank', async () => {
    await using host = await route({ scopes: ['a'] })
    const { error, principal } = await host.withToken(
      await issuer.sign({ claims: { scope: ['b a', 7, null] } }),
    )
    expect(error?.code).toBe('GW_AUTH_SCOPE_MISSING')
    expect(principal?.scopes).toEqual([])
  })
})

describe('issuers of a route', () => {
  it('leave out the others, whose tokens are good elsewhere', async () => {
    await using host = await route({ issuers: [issuer.url] })
    expect((await host.withToken(await issuer.sign())).error).toBeUndefined()
    const { error } = await host.withToken(await partner.sign())
    expect(error).toMatchObject({ code: 'GW_AUTH_ISSUER_FORBIDDEN', status: 403 })
    expect(headerOf(error, 'www-authenticate')).toContain('error="insufficient_scope"')
  })

  it('must be configured: a route that nobody could pass stops the start', () => {
    expect(() => new FakeHost(optionsFor(issuer), { issuers: ['https://typo.internal'] })).toThrow(
      'https://typo.internal',
    )
  })

  it('never vouch for each other: the key of one does not verify a token that names the other', async () => {
    await using host = await route({})
    const forged = await partner.sign({ claims: { iss: issuer.url }, header: { kid: issuer.key.kid } })
    expect((await host.withToken(forged)).error?.code).toBe('GW_AUTH_TOKEN_INVALID')
    const unknown = await partner.sign({ claims: { iss: issuer.url } })
    expect((await host.withToken(unknown)).error?.code).toBe('GW_AUTH_KEY_UNKNOWN')
  })
})

describe('an anonymous route', () => {
  it('passes a request without a token and sets no principal', async () => {
    await using host = await route({ anonymous: true })
    const { error, principal, caller, sync } = await host.request()
    expect(error).toBeUndefined()
    expect(principal).toBeUndefined()
    expect(caller).toBe('127.0.0.1')
    expect(sync).toBe(true)
  })

  it('still refuses a bad token', async () => {
    await using host = await route({ anonymous: true })
    expect((await host.withToken(await issuer.sign({ expiresInS: -60 }))).error?.code).toBe(
      'GW_AUTH_TOKEN_EXPIRED',
    )
    expect((await host.request(['Authorization', 'Bearer'])).error?.code).toBe('GW_AUTH_REQUEST_INVALID')
  })

  it('knows the caller when a good token is there', async () => {
    await using host = await route({ anonymous: true })
    expect((await host.withToken(await issuer.sign())).principal?.id).toBe('svc-orders')
  })
})

describe('identity headers', () => {
  const identityHeaders = { subject: 'X-Caller', issuer: 'x-caller-issuer', scopes: 'x-caller-scopes' }

  it('tell the upstream who is calling', async () => {
    await using host = await new FakeHost(optionsFor(issuer, {}, { identityHeaders })).untilReady()
    const { upstreamRequestHeaders } = await host.withToken(await issuer.sign())
    expect(upstreamRequestHeaders).toEqual([
      'Host',
      'upstream',
      'x-caller',
      'svc-orders',
      'x-caller-issuer',
      issuer.url,
      'x-caller-scopes',
      'orders.read orders.write',
    ])
  })

  it('are left out without a token', async () => {
    await using host = await new FakeHost(optionsFor(issuer, {}, { identityHeaders }), {
      anonymous: true,
    }).untilReady()
    expect((await host.request()).upstreamRequestHeaders).toEqual(['Host', 'upstream'])
  })

  it.each(['a\r\nx-admin: 1', 'a\nb', 'a\u0000', ' a', 'a ', 'ä', '\u202e'])(
    'cannot be broken out of by a signed subject (%j)',
    async (sub) => {
      await using host = await new FakeHost(optionsFor(issuer, {}, { identityHeaders })).untilReady()
      expect((await host.withToken(await issuer.sign({ claims: { sub } }))).error?.code).toBe(
        'GW_AUTH_TOKEN_INVALID',
      )
    },
  )
})
