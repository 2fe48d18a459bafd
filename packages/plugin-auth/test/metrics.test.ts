/** The figures that the plugin gives a gateway: over reloads, with attributes of the configuration and fixed lists alone. */
import { createGateway } from '@postern/core'
import { prometheusText } from '@postern/core/metrics'
import { createTestGateway } from '@postern/core/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AuthOptions, auth, hashApiKey, revocationList } from '../src/index.ts'
import { byPath } from './support/by-path.ts'
import { figures, observations } from './support/figures.ts'
import { IntrospectionServer } from './support/introspection-server.ts'
import { optionsFor } from './support/options.ts'
import { startService } from './support/service.ts'
import { services } from './support/services-plugin.ts'
import { TestIssuer } from './support/test-issuer.ts'
import { startTokenServer } from './support/token-server.ts'

let issuer: TestIssuer
beforeAll(async () => {
  issuer = await TestIssuer.start()
})
afterAll(() => issuer.stop())

const bearer = async (changes = {}) => ({ authorization: `Bearer ${await issuer.sign(changes)}` })
const withKey = (more: Partial<AuthOptions> = {}): AuthOptions =>
  optionsFor(issuer, {}, { apiKeys: { keys: [{ id: 'batch', hash: hashApiKey('k'.repeat(32)) }] }, ...more })

describe('what is counted', () => {
  it('are checks by scheme and outcome, and what routes said', async () => {
    await using test = await createTestGateway([
      auth(withKey()),
      byPath({
        '/orders': {},
        '/scoped': { auth: { scopes: ['orders.delete'] } },
        '/anonymous': { auth: { anonymous: true } },
        '/odd': { auth: { check: () => 'not today' } },
      }),
    ])
    const good = await bearer()
    const asked: readonly [string, Record<string, string>][] = [
      ['/orders', good],
      ['/orders', good],
      ['/orders', { authorization: 'Bearer a.b.c' }],
      ['/orders', { 'x-api-key': 'k'.repeat(32) }],
      ['/orders', { 'x-api-key': 'x'.repeat(32) }],
      ['/orders', {}],
      ['/scoped', good],
      ['/anonymous', {}],
      ['/odd', good],
    ]
    for (const [path, headers] of asked) await (await test.fetch(path, { headers })).text()
    expect(figures(test.gateway, 'checks')).toEqual([
      'scheme=jwt outcome=ok 4',
      'scheme=jwt outcome=GW_AUTH_TOKEN_MALFORMED 1',
      'scheme=api-key outcome=ok 1',
      'scheme=api-key outcome=GW_AUTH_CREDENTIALS_INVALID 1',
    ])
    expect(figures(test.gateway, 'access')).toEqual([
      'outcome=ok 3',
      'outcome=GW_AUTH_TOKEN_MISSING 1',
      'outcome=GW_AUTH_SCOPE_MISSING 1',
      'outcome=anonymous 1',
      'outcome=GW_AUTH_CALLER_FORBIDDEN 1',
    ])
  })

  it('goes on over a reload with other options, and is of one gateway alone', async () => {
    await using test = await createTestGateway([auth(withKey())])
    await using other = await createTestGateway([auth(withKey())])
    const headers = await bearer()
    await test.fetch('/', { headers })
    await other.fetch('/', { headers })
    await test.gateway.reload([auth(withKey({ cache: { maxEntries: 5 } }))], {
      upstream: test.upstream.url,
      logger: false,
    })
    await test.fetch('/', { headers })
    await test.fetch('/', { headers })
    expect(figures(test.gateway, 'checks')).toEqual(['scheme=jwt outcome=ok 3'])
    expect(figures(test.gateway, 'tokens.verified')).toEqual(['outcome=ok 2'])
    expect(figures(test.gateway, 'cache.lookups').slice(0, 2)).toEqual([
      'cache=jwt outcome=hit 1',
      'cache=jwt outcome=miss 2',
    ])
    await expect.poll(() => figures(test.gateway, 'cache.entries')[0]).toBe('cache=jwt 1')
    expect(figures(other.gateway, 'checks')).toEqual(['scheme=jwt outcome=ok 1'])
  })

  it('are looks into the memory of tokens, good and bad, and what had no room', async () => {
    await using test = await createTestGateway([auth(withKey({ cache: { maxEntries: 1 } }))])
    const [one, two] = [await bearer({ sub: 'one' }), await bearer({ sub: 'two' })]
    const bad = { authorization: `${one.authorization.slice(0, -6)}AAAAAA` }
    for (const headers of [one, one, two, bad, bad]) await (await test.fetch('/', { headers })).text()
    const looks = figures(test.gateway, 'cache.lookups')
    expect(looks.filter((line) => line.startsWith('cache=jwt'))).toEqual([
      'cache=jwt outcome=hit 1',
      'cache=jwt outcome=miss 4',
      'cache=jwt-denied outcome=hit 1',
      'cache=jwt-denied outcome=miss 3',
    ])
    expect(figures(test.gateway, 'cache.evictions')).toContain('cache=jwt 1')
    expect(figures(test.gateway, 'cache.entries')).toEqual(['cache=jwt 1', 'cache=jwt-denied 1'])
  })

  it('are workers, their batches and the time in their queue', async () => {
    await using test = await createTestGateway([auth(withKey({ workers: { threads: 1, inline: 'never' } }))])
    await expect.poll(() => test.gateway.readiness().ready).toBe(true)
    await (await test.fetch('/', { headers: await bearer() })).text()
    expect(figures(test.gateway, 'workers.alive')).toEqual(['1'])
    for (const name of ['workers.died', 'workers.hung', 'workers.failed', 'tokens.inline', 'tokens.waiting'])
      expect(figures(test.gateway, name)).toEqual(['0'])
    expect(observations(test.gateway, 'tokens.queue.duration')).toEqual(['1'])
    expect(observations(test.gateway, 'tokens.batch.size')).toEqual(['1'])
  })

  it('are keys with their age, and whether the last good ones serve', async () => {
    await using own = await TestIssuer.start()
    const jwks = { refreshMs: 50, staleMs: 60_000 }
    await using test = await createTestGateway([auth(optionsFor(own, {}, { jwks }))])
    await expect.poll(() => test.gateway.readiness().ready).toBe(true)
    expect(figures(test.gateway, 'keys')).toEqual([`issuer=${own.url} 1`])
    expect(figures(test.gateway, 'keys.age')[0]).toMatch(/^issuer=\S+ 0\.\d/)
    expect(figures(test.gateway, 'keys.stale')).toEqual([`issuer=${own.url} 0`])
    await own.stop()
    await expect.poll(() => figures(test.gateway, 'keys.stale')).toEqual([`issuer=${own.url} 1`])
    expect(figures(test.gateway, 'keys.usable')).toEqual([`issuer=${own.url} 1`])
    expect(figures(test.gateway, 'keys.loads')[1]).toMatch(/outcome=failed [1-9]/)
  })

  it('are calls of introspection and of a decision service, answered or not', async () => {
    await using introspection = await IntrospectionServer.start()
    introspection.tokens.set('known', { sub: 'batch', client_id: 'batch' })
    let status = 200
    await using decisions = await startService((_seen, _request, response) =>
      response.writeHead(status, { 'x-user': 'alice' }).end(),
    )
    await using test = await createTestGateway([
      auth({
        introspection: {
          url: introspection.url,
          issuer: 'https://idp.internal',
          client: { id: 'gateway', secret: 'secret' },
        },
        forwardAuth: { url: decisions.url, idHeader: 'x-user', requestHeaders: ['x-session'] },
      }),
    ])
    const ask = async (headers: Record<string, string>) => (await test.fetch('/', { headers })).text()
    await ask({ authorization: 'Bearer known' })
    await ask({ authorization: 'Bearer known' })
    introspection.answering = (_, response) => void response.writeHead(500).end()
    await ask({ authorization: 'Bearer other' })
    await ask({ 'x-session': 's' })
    status = 500
    await ask({ 'x-session': 's' })
    expect(observations(test.gateway, 'authority.duration')).toEqual([
      'scheme=introspection outcome=answered 1',
      'scheme=introspection outcome=failed 1',
      'scheme=forward-auth outcome=answered 1',
      'scheme=forward-auth outcome=failed 1',
    ])
    expect(figures(test.gateway, 'cache.lookups')).toContain('cache=introspection outcome=hit 1')
  })

  it('are tokens for services', async () => {
    await using authority = await startTokenServer()
    await using upstream = await startService()
    const clientCredentials = { tokenUrl: `${authority.url}/token`, clientId: 'gateway', clientSecret: 's' }
    await using test = await createTestGateway([
      auth({ outbound: { orders: { clientCredentials } } }),
      services({ '/orders': ['orders', 'orders', upstream.url] }),
    ])
    await expect
      .poll(() => figures(test.gateway, 'outbound.tokens'))
      .toEqual(['target=orders outcome=fetched 1'])
    authority.behaviour = 'broken'
    await test.gateway.reload(
      [auth({ outbound: { orders: { clientCredentials: { ...clientCredentials, scopes: ['a'] } } } })],
      { logger: false },
    )
    await expect
      .poll(() => figures(test.gateway, 'outbound.tokens'))
      .toEqual(['target=orders outcome=fetched 1', 'target=orders outcome=failed 1'])
  })

  it('is how the list of revocations stands', async () => {
    const revocations = revocationList()
    revocations.revoke({ token: 't' })
    await using test = await createTestGateway([auth(withKey({ revocations }))])
    expect(figures(test.gateway, 'revocations')).toEqual(['1'])
    expect(figures(test.gateway, 'revocations.failing')).toEqual(['0'])
    expect(figures(test.gateway, 'revocations.age')).toEqual([])
  })
})

it('all of it is a text that Prometheus reads, without a point twice', async () => {
  const gateway = createGateway([auth(withKey())], { upstream: 'http://127.0.0.1:1', logger: false })
  await (await gateway.fetch('http://gateway/', { headers: await bearer() })).text()
  const lines = prometheusText(gateway.metrics())
    .split('\n')
    .filter((line) => line.startsWith('postern_auth_'))
  const names = lines.map((line) => line.slice(0, line.lastIndexOf(' ')))
  expect(new Set(names).size).toBe(names.length)
  expect(lines).toContain('postern_auth_checks_total{postern_scheme="jwt",postern_outcome="ok"} 1')
  await gateway.close()
})
