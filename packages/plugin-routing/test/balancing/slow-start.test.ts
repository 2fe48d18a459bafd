import { describe, it } from 'vitest'
import type { Balance } from '../../src/index.ts'
import { balancer, countPicks, exchange, expectShare, fleet, member, shares, simulate } from './_fleet.ts'

const START = 1_000_000
const policies: Balance[] = ['p2c', 'least-requests', 'round-robin', { hash: { header: 'x-user' } }]

/** The share of the newest of four endpoints at an age. */
function shareAt(balance: Balance, ageMs: number, weight = 1): number {
  const members = [...fleet(3), member('new', { sinceMs: START, weight })]
  const { pick, clock } = balancer(members, { balance, slowStartMs: 10_000 })
  clock.nowMs = START + ageMs
  let key = 0
  const next = () => pick(exchange({ requestHeaders: ['x-user', String(key++)] }))
  return shares(countPicks(next, 40_000))['new'] ?? 0
}

describe.each(policies)('slow start with %o', (balance) => {
  it.each([
    ['is a tenth at first', 0, 0.1],
    ['is a tenth until it has grown beyond that', 999, 0.1],
    ['grows in a straight line', 2_500, 0.25],
    ['grows in a straight line', 5_000, 0.5],
    ['is whole in the end', 10_000, 1],
    ['stays whole', 60_000, 1],
  ])('a new endpoint has a weight that %s: after %d ms %f', (_, ageMs, weight) => {
    expectShare(shareAt(balance, ageMs), weight / (3 + weight))
  })

  it('grows towards the weight that the endpoint has', () => {
    expectShare(shareAt(balance, 5_000, 4), 2 / 5)
  })
})

describe('slow start', () => {
  it('changes nothing while all endpoints are equally new', () => {
    const members = fleet(4, { sinceMs: START })
    const { pick } = balancer(members, { slowStartMs: 10_000 })
    for (const share of Object.values(shares(countPicks(() => pick(exchange()), 40_000))))
      expectShare(share, 0.25)
  })

  it('gives an endpoint its whole weight as soon as its time is over, while another still grows', () => {
    const members = [
      member('old'),
      member('newer', { sinceMs: START }),
      member('newest', { sinceMs: START + 5_000 }),
    ]
    const { pick, clock } = balancer(members, { slowStartMs: 10_000 })
    clock.nowMs = START + 10_000
    const share = shares(countPicks(() => pick(exchange()), 40_000))
    expectShare(share['newer'], 0.4)
    expectShare(share['newest'], 0.2)
  })

  it.each(['p2c', 'least-requests'] as const)('holds under load, too, with %s', (balance) => {
    const members = [...fleet(3), member('new', { sinceMs: START })]
    const { pick, clock } = balancer(members, { balance, slowStartMs: 10_000 })
    clock.nowMs = START + 2_500
    const counts = simulate(
      () => pick(exchange()),
      () => 10,
      { callers: 65, answers: 20_000 },
    )
    // A quarter of 3.25, which is 5 of 65.
    expectShare(shares(counts)['new'], 0.25 / 3.25)
  })
})
