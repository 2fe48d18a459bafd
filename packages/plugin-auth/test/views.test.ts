/** What the plugin shows operators. */
import { createTestGateway } from '@postern/core/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AuthOptions, type AuthReport, auth, authCensus, authView } from '../src/index.ts'
import { viewed } from './support/figures.ts'
import { TestFolder } from './support/folder.ts'
import { optionsFor } from './support/options.ts'
import { TestIssuer } from './support/test-issuer.ts'

let issuer: TestIssuer
beforeAll(async () => {
  issuer = await TestIssuer.start()
})
afterAll(() => issuer.stop())

const bearer = async (changes = {}) => ({ authorization: `Bearer ${await issuer.sign(changes)}` })
const KEYED = { 'x-api-key': 's3cr3t' }

describe('the view auth', () => {
  it('shows what a host sees through its own window', async () => {
    const view = authView()
    await using test = await createTestGateway([auth(optionsFor(issuer, {}, { view }))])
    await (await test.fetch('/', { headers: await bearer() })).text()
    expect(viewed(test.gateway, 'auth')).toEqual(view.stats())
    expect(view.stats()).toMatchObject({ checks: { jwt: { ok: 1 } }, access: { ok: 1 } })
  })
})

describe('the view revocations', () => {
  it('shows how the list stands and none of its entries, and nothing without one', async () => {
    using folder = new TestFolder()
    const path = folder.replace('revoked.json', '[{"token":"t0k3n-1d"},{"subject":"svc-basket"}]')
    await using test = await createTestGateway([
      auth(optionsFor(issuer, {}, { revocations: { file: { path } } })),
    ])
    const shown = viewed(test.gateway, 'revocations')
    expect(Object.keys(shown as object)).toEqual(['entries', 'fileReadMs', 'fault'])
    expect(shown).toMatchObject({ entries: 2, fault: undefined })
    await using none = await createTestGateway([auth(optionsFor(issuer))])
    expect(viewed(none.gateway, 'revocations')).toBeUndefined()
  })
})

describe('the view census', () => {
  type Shown = { readonly report: AuthReport; readonly rows: readonly { readonly requests: number }[] }

  it('is there without a census of the host, over reloads, and draws up a policy', async () => {
    const options: AuthOptions = optionsFor(issuer)
    await using test = await createTestGateway([auth(options)])
    await (await test.fetch('/', { headers: await bearer() })).text()
    await (await test.fetch('/', { headers: KEYED })).text()
    await test.gateway.reload([auth({ ...options, realm: 'other' })], {
      upstream: test.upstream.url,
      logger: false,
    })
    await (await test.fetch('/', { headers: KEYED })).text()
    await expect
      .poll(() => viewed(test.gateway, 'census'))
      .toMatchObject({
        report: { requests: 3, refusals: 2, byReason: [{ name: 'GW_AUTH_TOKEN_MISSING', refusals: 2 }] },
      })
    expect(JSON.stringify(viewed(test.gateway, 'census'))).not.toContain('s3cr3t')
    expect(viewed(test.gateway, 'census', 'draft=1')).toMatchObject({
      options: { jwt: [{ issuer: issuer.url }] },
      fixFirst: [{ caller: '127.0.0.1' }],
    })
    const routes = (query: string) =>
      (viewed(test.gateway, 'census', query) as { routes: Record<string, object> }).routes['default']
    expect(routes('draft=1')).not.toHaveProperty('callers')
    expect(routes('draft=1&callers=1')).toHaveProperty('callers')
  })

  it('counts a caller with one token as one row, whatever came beside it', async () => {
    await using test = await createTestGateway([auth(optionsFor(issuer))])
    const headers = await bearer()
    for (let i = 0; i < 3; i++) await (await test.fetch('/', { headers })).text()
    await (await test.fetch('/', { headers: { ...headers, ...KEYED } })).text()
    await (await test.fetch('/', { headers })).text()
    await expect
      .poll(() => (viewed(test.gateway, 'census') as Shown).rows.map((row) => row.requests))
      .toEqual([4, 1])
  })

  it('shows the census of the host, where it gives one, also after it was cleared', async () => {
    const census = authCensus()
    await using test = await createTestGateway([auth(optionsFor(issuer, {}, { census }))])
    const headers = await bearer()
    const ask = async () => (await test.fetch('/', { headers })).text()
    await ask()
    await ask()
    await expect.poll(() => census.report().requests).toBe(2)
    expect(viewed(test.gateway, 'census')).toEqual({ report: census.report(), rows: census.census() })
    census.clear()
    await ask()
    await expect.poll(() => census.census().map((row) => row.requests)).toEqual([1])
  })

  it('keeps as many rows as asked for, and is not there when it is switched off', async () => {
    const own = { maxRows: 1, apiKeyHeaders: ['x-team-key'] }
    await using test = await createTestGateway([auth({ census: own }, { mode: 'observe' })])
    for (const headers of [{ 'x-team-key': 's' }, {}]) await (await test.fetch('/', { headers })).text()
    await expect
      .poll(() => viewed(test.gateway, 'census'))
      .toMatchObject({
        report: { requests: 2, overflow: 1 },
        rows: [{ credentials: { names: ['x-team-key'] } }, { callerKind: 'others' }],
      })
    await using off = await createTestGateway([auth(optionsFor(issuer, {}, { census: false }))])
    expect([...off.gateway.views().keys()]).toEqual(['policy', 'auth', 'revocations'])
  })

  it('makes no way to authenticate needed only when it is asked for', async () => {
    await using test = await createTestGateway([auth({ census: {} }, { mode: 'observe' })])
    expect((await test.fetch('/')).status).toBe(200)
    await expect(createTestGateway([auth({ census: false }, { mode: 'observe' })])).rejects.toThrow(
      'Name at least one way to authenticate',
    )
    await expect(createTestGateway([auth({ census: { maxRow: 1 } as never })])).rejects.toThrow('maxRow')
  })
})
