/** What was valid in shadow passes the drafted policy in enforce, and nothing that was not. */
import type { Mode } from '@postern/core'
import { createTestGateway, type TestGateway } from '@postern/core/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type AuthCensus,
  type AuthOptions,
  type AuthRouteOptions,
  auth,
  authCensus,
} from '../../src/index.ts'
import { byPath } from '../support/by-path.ts'
import { optionsFor } from '../support/options.ts'
import { TestIssuer } from '../support/test-issuer.ts'

let idp: TestIssuer
let partner: TestIssuer
let unused: TestIssuer
beforeAll(async () => {
  idp = await TestIssuer.start()
  partner = await TestIssuer.start('RS256')
  unused = await TestIssuer.start()
})
afterAll(() => Promise.all([idp.stop(), partner.stop(), unused.stop()]))

const INVALID = 'GW_AUTH_TOKEN_INVALID: The token was not issued for this gateway or its signature is wrong.'

interface Call {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly isValid: boolean
  readonly times?: number
}

const token = async (from: TestIssuer, claims: Record<string, unknown>, changes = {}) => ({
  authorization: `Bearer ${await from.sign({ claims, ...changes })}`,
})

/** A day's traffic of a small shop. */
async function traffic(): Promise<readonly Call[]> {
  const call = (path: string, headers: Call['headers'], isValid: boolean, times = 1) => ({
    path,
    headers,
    isValid,
    times,
  })
  return [
    call('/orders', await token(idp, { sub: 'svc-basket', scope: 'orders.read orders.write' }), true, 5),
    call('/orders', await token(idp, { sub: 'svc-mail', scope: 'orders.read mail.send' }), true, 3),
    call('/orders', await token(idp, { sub: 'alice', azp: 'web-shop', scope: 'orders.read' }), true, 4),
    call(
      '/stock',
      await token(partner, { sub: 'svc-basket', aud: ['gateway', 'stock'], scope: 'stock.read' }),
      true,
      2,
    ),
    call('/stock', await token(partner, { sub: 'svc-depot', scope: 'stock.read stock.write' }), true, 2),
    call('/orders', {}, false, 6),
    call('/orders', { 'x-api-key': 's3cr3t' }, false, 9),
    call('/stock', await token(idp, { sub: 'svc-late' }, { expiresInS: -60 }), false, 2),
    call('/stock', await token(partner, { sub: 'svc-forged' }, { key: idp.key }), false, 1),
    call('/orders', await token(idp, { iss: 'https://evil.example' }), false, 1),
  ]
}

const base = (): AuthOptions => ({
  jwt: [
    ...(optionsFor(idp, { algorithms: ['ES256', 'RS256'], audience: ['gateway', 'legacy'] }).jwt ?? []),
    ...(optionsFor(partner, { algorithms: ['RS256', 'PS256'] }).jwt ?? []),
    ...(optionsFor(unused, { algorithms: ['ES256', 'EdDSA'] }).jwt ?? []),
  ],
  workers: { threads: 0 },
})

const start = (options: AuthOptions, mode: Mode, routes: Readonly<Record<string, AuthRouteOptions>>) =>
  createTestGateway([
    auth(options, { mode }),
    byPath({ '/orders': { auth: { ...routes['orders'] } }, '/stock': { auth: { ...routes['stock'] } } }),
  ])

async function replay(test: TestGateway, calls: readonly Call[]): Promise<readonly number[]> {
  const statuses: number[] = []
  for (const { path, headers, times = 1 } of calls) {
    for (let i = 0; i < times; i++) {
      const response = await test.fetch(path, { headers })
      await response.arrayBuffer()
      statuses.push(response.status)
    }
  }
  await test.finished(statuses.length)
  return statuses
}

/** Through shadow, and what is drafted from it. */
async function shadowed(calls: readonly Call[], census: AuthCensus): Promise<void> {
  await using test = await start({ ...base(), census }, 'shadow', {})
  // The keys have to be there first: in shadow nobody notices that they are not.
  await expect.poll(() => test.gateway.readiness().ready, { timeout: 20_000 }).toBe(true)
  expect(new Set(await replay(test, calls))).toEqual(new Set([200]))
}

describe('a policy drafted from shadow', () => {
  it.each([false, true])('lets pass what was valid, and nothing else (callers: %s)', async (callers) => {
    const calls = await traffic()
    const census = authCensus()
    await shadowed(calls, census)
    const draft = census.draftPolicy({ callers })
    // As data in a file has it: nothing is lost on the way through JSON.
    const { options, routes } = JSON.parse(JSON.stringify(draft)) as typeof draft
    await using test = await start({ ...base(), ...options }, 'enforce', routes)
    await expect.poll(() => test.gateway.readiness().ready, { timeout: 20_000 }).toBe(true)
    const statuses = await replay(test, calls)
    expect(statuses.map((status) => status === 200)).toEqual(
      calls.flatMap(({ isValid, times = 1 }) => Array.from({ length: times }, () => isValid)),
    )
    // Valid anywhere today is not valid everywhere tomorrow.
    expect(
      (await test.fetch('/orders', { headers: await token(partner, { scope: 'orders.read' }) })).status,
    ).toBe(403)
    expect((await test.fetch('/stock', { headers: await token(partner, { scope: 'other' }) })).status).toBe(
      403,
    )
    const stranger = await test.fetch('/stock', {
      headers: await token(partner, { sub: 'svc-new', scope: 'stock.read' }),
    })
    expect(stranger.status).toBe(callers ? 403 : 200)
  })

  it('is no wider than what came', async () => {
    const census = authCensus()
    await shadowed(await traffic(), census)
    const { options, routes, unknownIssuers, notes } = census.draftPolicy({ callers: true })
    const common = { clockToleranceMs: 5_000, requiredClaims: ['exp'] }
    expect(options.jwt).toEqual([
      { issuer: idp.url, audience: 'gateway', algorithms: ['ES256'], jwksUrl: `${idp.url}/jwks`, ...common },
      {
        issuer: partner.url,
        audience: 'gateway',
        algorithms: ['RS256'],
        jwksUrl: `${partner.url}/jwks`,
        ...common,
      },
      // Nothing is known of this one: it stays as it is.
      {
        issuer: unused.url,
        audience: 'gateway',
        algorithms: ['ES256', 'EdDSA'],
        jwksUrl: `${unused.url}/jwks`,
        ...common,
      },
    ])
    expect(routes).toEqual({
      // Whoever acts for people is named, people are not: so nobody is.
      orders: { schemes: ['jwt'], issuers: [idp.url], scopes: ['orders.read'] },
      stock: {
        schemes: ['jwt'],
        kinds: ['service'],
        issuers: [partner.url],
        scopes: ['stock.read'],
        callers: [
          { id: 'svc-basket', issuer: partner.url, scheme: 'jwt' },
          { id: 'svc-depot', issuer: partner.url, scheme: 'jwt' },
        ],
      },
    })
    expect(unknownIssuers).toEqual([
      {
        issuer: 'https://evil.example',
        algorithms: ['ES256'],
        audiences: ['gateway'],
        callers: 1,
        requests: 1,
      },
    ])
    expect(notes).toEqual([`No valid token of ${unused.url} was seen. Remove the issuer if nobody needs it.`])
    expect(JSON.stringify(census.draftPolicy())).not.toContain('s3cr3t')
  })

  it('says whom to fix first, and why', async () => {
    const census = authCensus()
    await shadowed(await traffic(), census)
    const [first, ...others] = census.draftPolicy().fixFirst
    expect(others.map(({ caller, claimedBy, requests, why }) => [caller, claimedBy, requests, why])).toEqual([
      [
        '127.0.0.1',
        'svc-late',
        2,
        ['GW_AUTH_TOKEN_EXPIRED: The token has expired.', `It sends a token of ${idp.url} for gateway.`],
      ],
      ['127.0.0.1', 'svc-forged', 1, [INVALID, `It sends a token of ${partner.url} for gateway.`]],
      ['127.0.0.1', 'svc-orders', 1, [INVALID, 'It sends a token of https://evil.example for gateway.']],
    ])
    expect(first).toMatchObject({
      caller: '127.0.0.1',
      callerKind: 'address',
      routes: ['orders'],
      requests: 15,
    })
    expect(first?.why).toEqual([
      'GW_AUTH_TOKEN_MISSING: This route needs credentials.',
      'It sends x-api-key.',
      'It sends no credentials.',
    ])
  })

  it('orders callers by traffic, and watches those that pass with poor credentials', async () => {
    const census = authCensus()
    const eternal = optionsFor(idp, { requiredClaims: [] })
    await using test = await createTestGateway([auth({ ...eternal, census }, { mode: 'shadow' })], {
      route: { plugins: { auth: { scopes: ['a'] } } },
    })
    await replay(test, [
      { path: '/', headers: await token(idp, { sub: 'seldom' }), isValid: false },
      { path: '/', headers: await token(idp, { sub: 'often' }), isValid: false, times: 3 },
      {
        path: '/',
        headers: await token(idp, { sub: 'old', scope: 'a', iat: 1 }, { eternal: true }),
        isValid: true,
      },
      {
        path: '/',
        headers: { ...(await token(idp, { sub: 'both', scope: 'a' })), 'x-api-key': 'a' },
        isValid: true,
      },
      { path: '/', headers: await token(idp, { sub: 'good', scope: 'a' }), isValid: true },
    ])
    const { fixFirst, watch } = census.draftPolicy()
    expect(fixFirst.map(({ caller, requests }) => [caller, requests])).toEqual([
      ['often', 3],
      ['seldom', 1],
    ])
    expect(watch.map(({ caller, why }) => [caller, why])).toEqual([
      ['old', ['Its tokens were issued more than a year ago.', 'Its tokens never expire.']],
      ['both', ['It sends several credentials at once: api-key, jwt.']],
    ])
  })
})

describe('a policy drafted from observe', () => {
  it('trusts no issuer that only its tokens name, and narrows no route', async () => {
    const census = authCensus()
    await using test = await start({ census }, 'observe', {})
    await replay(test, await traffic())
    const { options, routes, unknownIssuers, notes } = census.draftPolicy({ callers: true })
    expect(options.jwt).toEqual([])
    expect(routes).toEqual({ orders: {}, stock: {} })
    expect(unknownIssuers.map(({ issuer, requests }) => [issuer, requests])).toEqual([
      [idp.url, 14],
      [partner.url, 5],
      ['https://evil.example', 1],
    ])
    expect(notes).toEqual(['Nothing was checked yet: run in shadow before you narrow a route.'])
  })

  it('keeps what a route says, but for a check in code', async () => {
    const census = authCensus()
    const orders = { scopes: ['orders.read'], check: () => true }
    await using test = await start({ ...base(), census }, 'observe', { orders })
    await replay(test, await traffic())
    const { routes, notes } = census.draftPolicy()
    expect(routes['orders']).toEqual({ scopes: ['orders.read'] })
    expect(notes).toContain('Route "orders" has a check in code, which is not repeated. Keep it.')
  })

  it('has to have run', () => {
    expect(() => authCensus().draftPolicy()).toThrow('give it to auth({ census, … })')
  })
})
