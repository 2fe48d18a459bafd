import { createTestGateway } from '@postern/core/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AuthRouteOptions, auth } from '../../src/index.ts'
import { byPath } from '../support/by-path.ts'
import { optionsFor } from '../support/options.ts'
import { ask, routeGateway } from '../support/route-gateway.ts'
import { TestIssuer } from '../support/test-issuer.ts'

let issuer: TestIssuer
beforeAll(async () => {
  issuer = await TestIssuer.start()
})
afterAll(() => issuer.stop())

describe('a route that says nothing', () => {
  it('needs an authenticated caller', async () => {
    await using test = await routeGateway([issuer], {})
    expect(await ask(test)).toEqual({ status: 401, code: 'GW_AUTH_TOKEN_MISSING', challenge: 'Bearer' })
    expect((await ask(test, await issuer.sign())).status).toBe(200)
  })
})

describe('a public route', () => {
  it('asks nobody, looks at no credentials and knows no caller', async () => {
    await using test = await routeGateway(
      [issuer],
      { access: 'public' },
      { identityHeaders: { subject: 'x-caller' } },
    )
    const forged = { 'X-Caller': 'admin', x_caller: 'admin' }
    for (const authorization of [undefined, 'Bearer nonsense', `Bearer ${await issuer.sign()}`]) {
      const headers = authorization === undefined ? forged : { ...forged, authorization }
      expect((await test.fetch('/', { headers })).status).toBe(200)
    }
    // Nothing was verified, so nothing may look as if it had been.
    for (const { rawHeaders } of test.upstream.requests)
      expect(rawHeaders.join('\n')).not.toMatch(/x[-_]caller/i)
    await test.finished(3)
    expect(test.exchanges.map(({ caller, verdicts }) => [caller, verdicts])).toEqual([
      ['127.0.0.1', []],
      ['127.0.0.1', []],
      ['127.0.0.1', []],
    ])
  })

  it('stands beside routes that are not', async () => {
    await using test = await createTestGateway([
      auth(optionsFor(issuer)),
      byPath({ '/health': { auth: { access: 'public' } }, '/orders': {} }),
    ])
    expect((await test.fetch('/health')).status).toBe(200)
    expect((await test.fetch('/healthy')).status).toBe(401)
    expect((await test.fetch('/orders')).status).toBe(401)
  })
})

describe('options that contradict each other stop the start and name the route', () => {
  const cases: readonly [AuthRouteOptions, string][] = [
    [{ access: 'public', scopes: ['a'] }, 'Route "default" is public, so nothing asks for its scopes.'],
    [{ access: 'public', check: () => true, kinds: ['service'] }, 'nothing asks for its kinds, check.'],
    [{ access: 'public', anonymous: true }, 'nothing asks for its anonymous.'],
    [
      { access: 'authenticated', anonymous: true },
      'Route "default" asks for authenticated callers and lets anonymous',
    ],
    [
      { anonymous: true, scopes: ['a'] },
      'Route "default" is anonymous: whoever does not satisfy its scopes passes',
    ],
    [
      { schemes: ['basic'] },
      'Route "default" names the scheme "basic", which is not configured. There: none',
    ],
    [
      { callers: [{ scheme: 'mtls' }] },
      'Route "default" names the scheme "mtls", which is not configured. There: jwt',
    ],
    [{ issuers: ['https://typo'] }, 'Route "default" accepts only the issuer "https://typo"'],
  ]
  it.each(cases)('%j', async (route, message) => {
    await expect(routeGateway([issuer], route)).rejects.toThrow(message)
  })

  it.each([
    [{ schemes: ['jwtt'] }, 'There is no scheme "jwtt". Use one of jwt, introspection, api-key'],
    [{ schemes: [] }, 'Name at least one scheme, or leave it out'],
    [{ callers: [{}] }, 'Say id, issuer or scheme'],
    [{ callers: [''] }, 'Expected a text that is not empty'],
    [{ claims: [{ claim: 'a' }] }, 'Say exactly one of equals, oneOf, includes, matches'],
    [{ claims: [{ claim: 'a', equals: 'b', oneOf: ['c'] }] }, 'Say exactly one of'],
    [{ claims: [{ claim: 'a', matches: '^a+$', regex: true }] }, 'regex'],
    [{ check: 'true' }, 'Expected a function; it can be given only in code'],
    [{ kinds: ['robot'] }, 'kinds'],
    [{ access: 'open' }, 'access'],
    [{ scopes: ['a'], scope: ['b'] }, 'scope'],
  ])('%j', async (route, message) => {
    const started = routeGateway([issuer], route as AuthRouteOptions)
    await expect(started).rejects.toThrow('on route "default"')
    await expect(started).rejects.toThrow(message)
  })
})
