import type { Endpoint, Exchange, Route } from '@postern/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Balance } from '../../src/index.ts'
import { afterAttempts, balancer, countPicks, exchange, fleet, member } from './_fleet.ts'

const policies: Balance[] = ['p2c', 'least-requests', 'round-robin', { hash: 'caller' }]
const somebody: Partial<Exchange> = { caller: 'somebody' }

describe.each(policies)('whatever the policy: %o', (balance) => {
  it('attempts of one exchange reach every endpoint once before any of them twice', () => {
    const zones = fc.array(fc.constantFrom(undefined, 'a', 'b'), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(zones, fc.integer(), fc.array(fc.nat(7)), fc.boolean(), (given, seed, ejected, busy) => {
        const members = given.map((zone, i) => member(`a${i}`, zone === undefined ? {} : { zone }))
        const { pick, attemptEnded } = balancer(members, { balance, zone: 'a' }, seed)
        for (const i of ejected) if (members[i]) attemptEnded(afterAttempts([members[i].endpoint]))
        const route = { limits: { concurrencyPerEndpoint: busy ? 1 : 100 } } as Route
        for (const { endpoint } of members) endpoint.inFlight = 1
        const tried: Endpoint[] = []
        for (const _ of members) {
          const { attempt } = afterAttempts(tried)
          tried.push(pick(exchange({ ...somebody, route, attempt })))
        }
        expect(new Set(tried).size).toBe(members.length)
        // One more than there are goes somewhere all the same.
        expect(members.map(({ endpoint }) => endpoint)).toContain(
          pick(exchange({ ...somebody, route, attempt: afterAttempts(tried).attempt })),
        )
      }),
    )
  })

  it('an endpoint that could not be connected to is passed over for its time, and no longer', () => {
    const members = fleet(3)
    const { pick, attemptEnded, clock } = balancer(members, { balance, ejectMs: 500 })
    const [dead] = members
    if (!dead) throw new Error('Three members')
    let caller = 0
    const counts = (): Record<string, number> =>
      countPicks(() => pick(exchange({ caller: String(caller++) })), 300)
    attemptEnded(afterAttempts([dead.endpoint]))
    expect(Object.keys(counts()).sort()).toEqual(['a1', 'a2'])
    clock.nowMs += 499
    expect(Object.keys(counts()).sort()).toEqual(['a1', 'a2'])
    clock.nowMs += 1
    expect(Object.keys(counts()).sort()).toEqual(['a0', 'a1', 'a2'])
  })

  it('an endpoint that has as much as the route allows is passed over, until all have', () => {
    const members = fleet(3)
    const route = { limits: { concurrencyPerEndpoint: 10 } } as Route
    const { pick } = balancer(members, {
      balance: typeof balance === 'object' ? { ...balance, boundedLoad: 100 } : balance,
    })
    let caller = 0
    const counts = (): Record<string, number> =>
      countPicks(() => pick(exchange({ route, caller: String(caller++) })), 300)
    for (const { endpoint } of members.slice(0, 2)) endpoint.inFlight = 10
    expect(counts()).toEqual({ a2: 300 })
    for (const { endpoint } of members) endpoint.inFlight = 10
    expect(Object.keys(counts()).sort()).toEqual(['a0', 'a1', 'a2'])
  })
})

describe('ejection', () => {
  it('is for endpoints that could not be connected to, not for those that answer badly', () => {
    const members = fleet(2)
    const { pick, attemptEnded } = balancer(members)
    for (const { endpoint } of members.slice(0, 1)) {
      attemptEnded(afterAttempts([endpoint], 'GW_UPSTREAM_RESET'))
      attemptEnded(afterAttempts([endpoint], 'GW_UPSTREAM_HEADERS_TIMEOUT'))
      attemptEnded(exchange({ attempt: { endpoint, error: null } } as Partial<Exchange>))
    }
    expect(Object.keys(countPicks(() => pick(exchange()), 100)).sort()).toEqual(['a0', 'a1'])
  })

  it('of an endpoint that another plugin picked is nothing to it', () => {
    const { pick, attemptEnded } = balancer(fleet(2))
    attemptEnded(afterAttempts([member('stranger').endpoint]))
    expect(Object.keys(countPicks(() => pick(exchange()), 100)).sort()).toEqual(['a0', 'a1'])
  })

  it('of all endpoints leaves all of them in use', () => {
    const members = fleet(3)
    const { pick, attemptEnded } = balancer(members)
    for (const { endpoint } of members) attemptEnded(afterAttempts([endpoint]))
    expect(Object.keys(countPicks(() => pick(exchange()), 300)).sort()).toEqual(['a0', 'a1', 'a2'])
  })
})
