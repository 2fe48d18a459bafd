/** Power of two choices and least requests: the policies that look at what runs. */
import { describe, expect, it } from 'vitest'
import {
  balancer,
  countPicks,
  exchange,
  expectShare,
  fleet,
  member,
  seeded,
  shares,
  simulate,
} from './_fleet.ts'

const answer = exchange()

describe.each(['p2c', 'least-requests'] as const)('%s', (balance) => {
  it('keeps the share of a slow endpoint as low as its speed', () => {
    const { pick } = balancer(fleet(4), { balance })
    const random = seeded(7)
    // One is ten times as slow. Its share by speed is 0.1 of 3.1.
    const serviceMs = (name: string): number => (name === 'a3' ? 100 : 10) * (0.5 + random())
    const share = shares(simulate(() => pick(answer), serviceMs, { callers: 40, answers: 20_000 }))
    expect(share['a3']).toBeLessThan(0.05)
    for (const fast of ['a0', 'a1', 'a2']) expect(share[fast]).toBeGreaterThan(0.3)
  })

  it('shares by weight while nothing runs', () => {
    const { pick } = balancer([member('a', { weight: 1 }), member('b', { weight: 3 })], { balance })
    const share = shares(countPicks(() => pick(answer), 100_000))
    expectShare(share['a'], 1 / 4)
  })

  it('shares by weight while much runs', () => {
    const members = [member('a', { weight: 1 }), member('b', { weight: 3 }), member('c', { weight: 4 })]
    const { pick } = balancer(members, { balance })
    const share = shares(
      simulate(
        () => pick(answer),
        () => 10,
        { callers: 64, answers: 20_000 },
      ),
    )
    expectShare(share['a'], 1 / 8)
    expectShare(share['b'], 3 / 8)
  })

  it('takes the idle one of two', () => {
    const [a, b] = [member('a'), member('b')]
    const { pick } = balancer([a, b], { balance })
    a.endpoint.inFlight = 1
    expect(countPicks(() => pick(answer), 100)).toEqual({ b: 100 })
    b.endpoint.inFlight = 2
    expect(countPicks(() => pick(answer), 100)).toEqual({ a: 100 })
  })
})

it('round robin gives a slow endpoint as much as a fast one: what the others are measured against', () => {
  const { pick } = balancer(fleet(4), { balance: 'round-robin' })
  const counts = simulate(
    () => pick(answer),
    (name) => (name === 'a3' ? 100 : 10),
    { callers: 400, answers: 20_000 },
  )
  expect(shares(counts)['a3']).toBeGreaterThan(0.2)
})

it('least requests takes the only idle one of many, which two choices would miss', () => {
  const members = fleet(50)
  for (const { endpoint } of members) endpoint.inFlight = 1
  const [first] = members
  if (first) first.endpoint.inFlight = 0
  const { pick } = balancer(members, { balance: 'least-requests' })
  expect(countPicks(() => pick(answer), 100)).toEqual({ a0: 100 })
  const { pick: pickOfTwo } = balancer(members, { balance: 'p2c' })
  // One of two draws meets it: 2 in 50.
  expectShare(shares(countPicks(() => pickOfTwo(answer), 20_000))['a0'], 0.04)
})
