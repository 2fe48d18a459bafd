import type { TestGateway } from '@postern/core/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClaimRule } from '../../src/index.ts'
import { ask, routeGateway } from '../support/route-gateway.ts'
import { TestIssuer, type TokenChanges } from '../support/test-issuer.ts'

let issuer: TestIssuer
let partner: TestIssuer
beforeAll(async () => {
  issuer = await TestIssuer.start()
  partner = await TestIssuer.start()
})
afterAll(() => Promise.all([issuer.stop(), partner.stop()]))

const withClaims = async (test: TestGateway, claims: TokenChanges['claims'] = {}, from = issuer) =>
  ask(test, await from.sign({ claims }))

const PASSES = { status: 200, code: undefined }
const FORBIDDEN = { status: 403, code: 'GW_AUTH_CALLER_FORBIDDEN' }

describe('anyScope', () => {
  it('takes one of several, and says which there are', async () => {
    await using test = await routeGateway([issuer], { scopes: ['orders.read'], anyScope: ['a', 'b'] })
    expect(await withClaims(test, { scope: 'orders.read b' })).toMatchObject(PASSES)
    expect(await withClaims(test, { scope: 'orders.read c' })).toEqual({
      status: 403,
      code: 'GW_AUTH_SCOPE_MISSING',
      challenge:
        'Bearer error="insufficient_scope", error_description="One of the scopes a, b is missing.", scope="orders.read a b"',
    })
    expect((await withClaims(test, { scope: 'a b' })).code).toBe('GW_AUTH_SCOPE_MISSING')
  })
})

describe('audiences', () => {
  it('are asked for beside the audience of the issuer', async () => {
    await using test = await routeGateway([issuer], { audiences: ['orders', 'stock'] })
    expect(await withClaims(test, { aud: ['gateway', 'stock'] })).toMatchObject(PASSES)
    expect(await withClaims(test, { aud: 'gateway' })).toMatchObject(FORBIDDEN)
    expect(await withClaims(test, { aud: ['gateway', 'order'] })).toMatchObject(FORBIDDEN)
    expect((await withClaims(test, { aud: 'stock' })).status).toBe(401)
  })
})

describe('kinds', () => {
  it('tell services from people', async () => {
    await using test = await routeGateway([issuer], { kinds: ['service'] })
    expect(await withClaims(test)).toMatchObject(PASSES)
    expect(await withClaims(test, { azp: 'web-shop' })).toMatchObject(FORBIDDEN)
  })
})

describe('claims', () => {
  const cases: readonly [ClaimRule, unknown, boolean][] = [
    [{ claim: 'c', equals: 'a' }, 'a', true],
    [{ claim: 'c', equals: 'a' }, 'b', false],
    [{ claim: 'c', equals: 'a' }, ['a'], false],
    [{ claim: 'c', equals: 1 }, 1, true],
    [{ claim: 'c', equals: 1 }, '1', false],
    [{ claim: 'c', equals: false }, false, true],
    [{ claim: 'c', equals: false }, undefined, false],
    [{ claim: 'c', equals: 'null' }, null, false],
    [{ claim: 'c', oneOf: ['a', 2] }, 2, true],
    [{ claim: 'c', oneOf: ['a', 2] }, 'ab', false],
    [{ claim: 'c', includes: 'a' }, ['b', 'a'], true],
    [{ claim: 'c', includes: 'a' }, ['b', ['a']], false],
    // A text holds letters, not values: "admin" must not be found in "not-admin".
    [{ claim: 'c', includes: 'a' }, 'a', false],
    [{ claim: 'c', matches: 'team-*' }, 'team-shop', true],
    [{ claim: 'c', matches: 'team-*' }, 'my-team-shop', false],
    [{ claim: 'c', matches: '*' }, undefined, false],
    [{ claim: 'c', matches: '*' }, ['a'], false],
    [{ claim: ['c', 'roles'], includes: 'a' }, { roles: ['a'] }, true],
    [{ claim: ['c', 'roles'], includes: 'a' }, { role: ['a'] }, false],
    [{ claim: ['c', '0'], equals: 'a' }, ['a'], false],
    [{ claim: ['c', 'length'], equals: 1 }, 'a', false],
    [{ claim: ['c', 'constructor', 'name'], equals: 'Object' }, {}, false],
    [{ claim: 'c.d', equals: 'a' }, { d: 'a' }, false],
  ]
  it.each(cases)('%j of %j: %s', async (rule, value, passes) => {
    await using test = await routeGateway([issuer], { claims: [rule] })
    expect(await withClaims(test, { c: value })).toMatchObject(passes ? PASSES : FORBIDDEN)
  })

  it('must all hold, and the answer does not tell which did not', async () => {
    await using test = await routeGateway([issuer], {
      claims: [
        { claim: 'tenant', equals: 'secret-tenant' },
        { claim: 'env', oneOf: ['prod', 'stage'] },
      ],
    })
    expect(await withClaims(test, { tenant: 'secret-tenant', env: 'prod' })).toMatchObject(PASSES)
    const refused = await withClaims(test, { tenant: 'other-tenant', env: 'prod' })
    expect(refused).toMatchObject(FORBIDDEN)
    expect(refused.challenge).not.toMatch(/tenant/)
    expect(JSON.stringify(test.logs)).toContain(
      'The claim \\"tenant\\" is missing or not what the route asks for.',
    )
    expect(JSON.stringify(test.logs)).not.toMatch(/secret-tenant|other-tenant/)
  })
})

describe('callers', () => {
  it('fit by the form of their id', async () => {
    await using test = await routeGateway([issuer], { callers: ['svc-*', 'spiffe://prod/*'] })
    expect(await withClaims(test, { sub: 'spiffe://prod/stock' })).toMatchObject(PASSES)
    expect(await withClaims(test)).toMatchObject(PASSES)
    expect(await withClaims(test, { sub: 'spiffe://test/stock' })).toMatchObject(FORBIDDEN)
    expect(await withClaims(test, { sub: 'my-svc-1' })).toMatchObject(FORBIDDEN)
  })

  it('are those of one issuer: another that calls its caller the same gets nowhere', async () => {
    await using test = await routeGateway([issuer, partner], {
      callers: [{ id: 'svc-*', issuer: issuer.url, scheme: 'jwt' }],
    })
    expect(await withClaims(test)).toMatchObject(PASSES)
    expect(await withClaims(test, {}, partner)).toMatchObject(FORBIDDEN)
  })

  it('of any issuer have to be asked for in so many words', async () => {
    await expect(routeGateway([issuer, partner], { callers: ['svc-*'] })).rejects.toThrow(
      `Route "default" accepts the caller "svc-*" without saying whose it is, and 2 issuers can name one so. Write { id: 'svc-*', issuer: '${issuer.url}' }`,
    )
    await using wide = await routeGateway([issuer, partner], { callers: [{ id: 'svc-*', issuer: '*' }] })
    expect(await withClaims(wide, {}, partner)).toMatchObject(PASSES)
    await using narrow = await routeGateway([issuer, partner], { callers: ['svc-*'], issuers: [issuer.url] })
    expect(await withClaims(narrow)).toMatchObject(PASSES)
    expect((await withClaims(narrow, {}, partner)).code).toBe('GW_AUTH_ISSUER_FORBIDDEN')
  })
})
