import { createTestGateway, type TestGateway } from '@postern/core/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AuthCensus, auth, authCensus } from '../../src/index.ts'
import { byPath } from '../support/by-path.ts'
import { optionsFor } from '../support/options.ts'
import { TestIssuer, type TokenChanges } from '../support/test-issuer.ts'

let issuer: TestIssuer
let census: AuthCensus
beforeAll(async () => {
  issuer = await TestIssuer.start()
})
beforeEach(() => {
  census = authCensus()
})
afterAll(() => issuer.stop())

const bearer = async (changes: TokenChanges = {}) => ({
  authorization: `Bearer ${await issuer.sign(changes)}`,
})
const plugins = (mode: 'observe' | 'shadow' | 'enforce', more = {}) =>
  [
    auth({ ...optionsFor(issuer), census }, { mode, ...more }),
    byPath({
      '/orders': { auth: { scopes: ['orders.read'] } },
      '/stock': {},
      '/public': { auth: { access: 'public' } },
    }),
  ] as const

async function send(
  test: TestGateway,
  count: number,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  for (let i = 0; i < count; i++) await (await test.fetch(path, { headers })).arrayBuffer()
}

describe('the report', () => {
  it('says in shadow who would be refused, where and why, and lets everybody pass', async () => {
    await using test = await createTestGateway(plugins('shadow'))
    const good = await bearer()
    await send(test, 5, '/orders', good)
    await send(test, 2, '/orders', await bearer({ claims: { sub: 'svc-basket', scope: '' } }))
    await send(test, 1, '/stock')
    await send(test, 3, '/public')
    expect(test.upstream.requests).toHaveLength(11)
    await test.finished(11)
    const report = census.report()
    expect(report).toMatchObject({
      requests: 8,
      refusals: 3,
      share: 3 / 8,
      refused: 0,
      checked: 8,
      overflow: 0,
    })
    expect(report.byRoute).toEqual([
      { name: 'orders', requests: 7, refusals: 2, share: 2 / 7 },
      { name: 'stock', requests: 1, refusals: 1, share: 1 },
    ])
    expect(report.byCaller).toEqual([
      { caller: 'svc-basket', callerKind: 'principal', requests: 2, refusals: 2, share: 1 },
      { caller: '127.0.0.1', callerKind: 'address', requests: 1, refusals: 1, share: 1 },
      { caller: 'svc-orders', callerKind: 'principal', requests: 5, refusals: 0, share: 0 },
    ])
    expect(report.byReason).toEqual([
      { name: 'GW_AUTH_SCOPE_MISSING', requests: 8, refusals: 2, share: 2 / 8 },
      { name: 'GW_AUTH_TOKEN_MISSING', requests: 8, refusals: 1, share: 1 / 8 },
    ])
    expect(report.refusalRows[0]).toMatchObject({
      caller: 'svc-basket',
      route: 'orders',
      reason: 'GW_AUTH_SCOPE_MISSING',
      basis: 'checked',
      requests: 2,
      refused: 0,
    })
  })

  it('answers from observe as well, and says that it is foreseen', async () => {
    await using test = await createTestGateway(plugins('observe'))
    await send(test, 3, '/stock', await bearer())
    await send(test, 1, '/stock')
    await test.finished(4)
    expect(census.report()).toMatchObject({ requests: 4, refusals: 1, share: 1 / 4, checked: 0 })
    expect(census.report().refusalRows).toMatchObject([
      { reason: 'GW_AUTH_TOKEN_MISSING', basis: 'observed' },
    ])
  })

  it('counts in enforce what was refused in truth, but for those who are excepted', async () => {
    await using test = await createTestGateway(plugins('enforce', { except: { 'svc-basket': 'shadow' } }))
    await send(test, 2, '/orders')
    await send(test, 1, '/orders', await bearer({ claims: { sub: 'svc-basket', scope: '' } }))
    await test.finished(3)
    expect(census.report()).toMatchObject({ requests: 3, refusals: 3, refused: 2 })
  })

  it('knows first and last', async () => {
    let nowMs = 1_000
    census = authCensus({ now: () => nowMs })
    await using test = await createTestGateway(plugins('shadow'))
    nowMs = 2_000
    await send(test, 1, '/stock')
    await test.finished(1)
    nowMs = 5_000
    await send(test, 1, '/stock')
    await test.finished(2)
    expect(census.report()).toMatchObject({
      sinceMs: 1_000,
      refusalRows: [{ firstSeenMs: 2_000, lastSeenMs: 5_000, requests: 2 }],
    })
    census.clear()
    expect(census.report()).toMatchObject({ sinceMs: 5_000, requests: 0, share: 0, refusalRows: [] })
  })

  it('outlives a reload, from mode to mode', async () => {
    await using test = await createTestGateway(plugins('observe'))
    await send(test, 2, '/stock')
    await test.reload(plugins('shadow'))
    await send(test, 2, '/stock')
    await test.finished(4)
    expect(census.report()).toMatchObject({ requests: 4, refusals: 4, checked: 2 })
    await expect(
      test.reload([
        auth({ ...optionsFor(issuer), jwt: [], census }, { mode: 'shadow' }),
        byPath({ '/stock': {} }),
      ]),
    ).rejects.toThrow('no way to authenticate')
    // The reload failed: what is drafted is still by the options in force.
    expect(census.draftPolicy().options.jwt?.map((one) => one.issuer)).toEqual([issuer.url])
  })

  it('keeps no name of a person, but the service that acts for it', async () => {
    await using test = await createTestGateway(plugins('shadow'))
    const { authorization } = await bearer({ claims: { sub: 'alice@example.org', client_id: 'web-shop' } })
    await send(test, 1, '/stock', { authorization })
    await test.finished(1)
    expect(census.census()).toMatchObject([
      { caller: 'web-shop', callerKind: 'client', verified: { kind: 'user' } },
    ])
    expect(JSON.stringify([census.census(), census.report(), census.draftPolicy()])).not.toContain('alice')
  })

  it('counts a guard that fails, and blames no caller for it', async () => {
    const broken = await TestIssuer.start()
    broken.behaviour = 'broken'
    await using test = await createTestGateway([auth({ ...optionsFor(broken), census }, { mode: 'shadow' })])
    await send(test, 1, '/', { authorization: `Bearer ${await broken.sign()}` })
    await test.finished(1)
    await broken.stop()
    expect(census.report().byReason).toMatchObject([{ name: 'GW_AUTH_KEYS_UNAVAILABLE', refusals: 1 }])
    expect(census.draftPolicy().fixFirst).toEqual([])
  })
})
