/** A route's policy for callers that came without a token: by the seam that every scheme stands behind. */
import type { Exchange, GatewayError } from '@postern/core'
import type { Principal } from '@postern/core/contracts'
import { expect, it } from 'vitest'
import { Challenges } from '../../src/challenge.ts'
import { Outcomes } from '../../src/counts/auth-counts.ts'
import type { RoutePolicyOptions } from '../../src/index.ts'
import { RoutePolicy } from '../../src/policy/route-policy.ts'
import type { Scheme } from '../../src/schemes/scheme.ts'

const caller: Principal = {
  id: 'batch',
  kind: 'service',
  scheme: 'api-key',
  scopes: ['a'],
  claims: {},
  via: [],
}

const apiKey: Scheme = {
  name: 'api-key',
  authenticate: () => ({ principal: caller }),
  ready: () => true,
  close: () => {},
}

/** What the policy says to a caller with a good key, which sends a token as well that nobody looks at. */
async function decide(options: RoutePolicyOptions) {
  const exchange = { requestHeaders: ['Authorization', 'Bearer a.b.c'], set: () => {} } as unknown as Exchange
  const refused = await new RoutePolicy(
    () => [apiKey],
    new Challenges('r', ['Bearer', 'ApiKey']),
    options,
    new Outcomes(),
  ).check(exchange)
  return refused && [(refused as GatewayError).code, refused.headers]
}

it.each<[RoutePolicyOptions, string | undefined]>([
  [{ scopes: ['a'], callers: [{ id: 'b*', scheme: 'api-key' }] }, undefined],
  [{ callers: [{ id: 'batch', scheme: 'jwt' }] }, 'GW_AUTH_CALLER_FORBIDDEN'],
  // Nobody vouches for it, so not even any issuer does.
  [{ callers: [{ issuer: '*' }] }, 'GW_AUTH_CALLER_FORBIDDEN'],
  [{ audiences: ['a'] }, 'GW_AUTH_CALLER_FORBIDDEN'],
  [{ claims: [{ claim: 'sub', matches: '*' }] }, 'GW_AUTH_CALLER_FORBIDDEN'],
  [{ scopes: ['b'] }, 'GW_AUTH_SCOPE_MISSING'],
  [{ check: () => false }, 'GW_AUTH_CALLER_FORBIDDEN'],
])('%j: %s, without a word about a token', async (options, code) => {
  expect(await decide(options)).toEqual(code && [code, []])
})
