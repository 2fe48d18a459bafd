import type { Principal } from '@postern/core/contracts'
import { describe, expect, it } from 'vitest'
import type { Sighting } from '../../src/census/rows.ts'
import { authCensus } from '../../src/index.ts'

const principal: Principal = {
  id: 'svc',
  kind: 'service',
  scheme: 'jwt',
  scopes: ['a', 'b'],
  claims: {},
  via: [],
}

const sighting = (changes: Partial<Sighting> & { readonly from?: string } = {}): Sighting => {
  const { from = '10.0.0.1', ...rest } = changes
  return {
    route: 'orders',
    caller: { caller: from, callerKind: rest.principal ? 'principal' : 'address' },
    credentials: { form: { kinds: [], names: [] }, key: '', token: undefined },
    basis: 'checked',
    reason: rest.principal ? '' : 'GW_AUTH_TOKEN_MISSING',
    refused: false,
    principal: undefined,
    ...rest,
  }
}

describe('the memory of a census', () => {
  it('is bounded, and nothing is lost from the sums', () => {
    const census = authCensus({ maxRows: 100 })
    for (let i = 0; i < 5_000; i++) census.record(sighting({ from: `10.0.${i}` }))
    expect(census.census().length).toBeLessThanOrEqual(101)
    expect(census.report()).toMatchObject({ requests: 5_000, refusals: 5_000, overflow: 4_925 })
    expect(census.report().byRoute).toEqual([{ name: 'orders', requests: 5_000, refusals: 5_000, share: 1 }])
  })

  it('has room for verified callers whatever the others do', () => {
    const census = authCensus({ maxRows: 100 })
    for (let i = 0; i < 1_000; i++) census.record(sighting({ from: `10.0.${i}` }))
    for (let i = 0; i < 25; i++) census.record(sighting({ from: `svc-${i}`, principal }))
    expect(census.census().filter((row) => row.callerKind === 'principal')).toHaveLength(25)
  })

  it('is bounded in routes and forms of those who had no room, too', () => {
    const census = authCensus({ maxRows: 1 })
    for (let i = 0; i < 3_000; i++) census.record(sighting({ route: `r${i}`, principal }))
    expect(census.census().length).toBeLessThanOrEqual(1_002)
    expect(census.report().requests).toBe(3_000)
    census.attach({ jwt: [], routes: new Map([['r5', {}]]) })
    // What is not known to be complete narrows nothing.
    expect(census.draftPolicy()).toMatchObject({
      routes: { r5: {} },
      notes: ['The census was full and does not know the routes of some requests. Routes are as they were.'],
    })
    expect(census.draftPolicy().routes['r5']).toEqual({})
  })

  it('keeps a few of many keys', () => {
    const census = authCensus()
    for (let i = 0; i < 100; i++) {
      const token = {
        form: { issuer: 'i', alg: 'ES256', audiences: [] },
        key: 'one',
        kid: `k${i}`,
        exp: 1,
        iat: 1,
        claimedBy: `c${i}`,
        head: { alg: 'ES256', kid: `k${i}`, issuer: 'i', claims: {} },
      }
      census.record(sighting({ credentials: { form: { kinds: ['jwt'], names: [] }, key: 'one', token } }))
    }
    const [row, ...others] = census.census()
    expect(others).toEqual([])
    expect(row?.keyIds).toHaveLength(8)
    expect(row?.life).toEqual({ expired: 100 })
  })

  it('knows the scopes that everybody has', () => {
    const census = authCensus()
    for (const scopes of [
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'b'],
    ])
      census.record(sighting({ principal: { ...principal, scopes } }))
    expect(census.census()[0]?.scopes).toEqual(['b'])
  })

  it.each([0, 1.5, Number.NaN, -1])('cannot have %s rows', (maxRows) => {
    expect(() => authCensus({ maxRows })).toThrow(RangeError)
  })
})
