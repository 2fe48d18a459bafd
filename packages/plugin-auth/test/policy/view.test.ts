import { createGateway } from '@postern/core'
import { describe, expect, it } from 'vitest'
import { auth, type RoutePolicyDescription } from '../../src/index.ts'
import { byPath } from '../support/by-path.ts'

const SECRET = 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA=='

/** Nothing of it is asked for anything: every route only observes. */
async function policiesOf(
  paths: Parameters<typeof byPath>[0],
  options: Partial<Parameters<typeof auth>[0]> = {},
) {
  const gateway = createGateway(
    [
      auth(
        {
          jwt: [
            { issuer: 'https://a', audience: 'gw', algorithms: ['ES256'], jwksUrl: 'http://127.0.0.1:1/' },
            { issuer: 'https://b', audience: 'gw', algorithms: ['ES256'], jwksUrl: 'http://127.0.0.1:1/' },
          ],
          ...options,
        },
        { mode: 'observe' },
      ),
      byPath(paths),
    ],
    { logger: false, upstream: 'http://127.0.0.1:1' },
  )
  const read = (query = '') => gateway.views().get('policy')?.read(new URLSearchParams(query))
  const all = read() as RoutePolicyDescription[]
  const one = read(`route=${Object.keys(paths)[0]?.slice(1)}`) as RoutePolicyDescription
  const none = read('route=nowhere')
  await gateway.close()
  return { all, one, none }
}

describe('the view of policies', () => {
  it('says what a route asks, in which mode, and of which issuers', async () => {
    const { all, one, none } = await policiesOf({
      '/orders': {
        auth: {
          issuers: ['https://a'],
          schemes: ['jwt'],
          scopes: ['orders.read'],
          claims: [],
          check: () => true,
        },
      },
      '/health': { auth: { access: 'public' } },
      '/open': { auth: { anonymous: true } },
    })
    expect(one).toMatchObject({
      route: 'orders',
      mode: 'observe',
      access: 'authenticated',
      schemes: [{ name: 'jwt', issuers: ['https://a'], asksService: false }],
      requires: { issuers: ['https://a'], scopes: ['orders.read'], check: true },
    })
    // An empty list asks nothing.
    expect(one.requires).not.toHaveProperty('claims')
    expect(all.map(({ route, access, schemes }) => [route, access, schemes.length])).toEqual([
      ['default', 'authenticated', 1],
      ['orders', 'authenticated', 1],
      ['health', 'public', 0],
      ['open', 'anonymous', 1],
    ])
    expect(none).toBeUndefined()
  })

  it('names the headers that are added, removed and put on by the gateway itself, and none of their values', async () => {
    const { one } = await policiesOf(
      { '/orders': {} },
      {
        apiKeys: {
          header: 'x-api-key',
          keys: [{ hash: `sha256:${'0'.repeat(64)}`, id: 'svc' }],
        },
        identityHeaders: { subject: 'x-caller' },
        identity: { credentials: 'strip' },
        outbound: { billing: { header: { name: 'X-Billing', value: SECRET } } },
      },
    )
    expect(one.addsHeaders).toEqual(['x-caller'])
    expect(one.removesHeaders).toEqual(expect.arrayContaining(['x-caller', 'x-api-key', 'authorization']))
    expect(one.outbound).toEqual([{ target: 'billing', kind: 'header', headers: ['x-billing'] }])
    expect(JSON.stringify(one)).not.toContain(SECRET)
    expect(one.schemes.map(({ credentials }) => credentials)).toContain('an API key in x-api-key')
  })
})
