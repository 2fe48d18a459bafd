import type { Exchange, Route } from '@postern/core'
import { describe, expect, it } from 'vitest'
import type { Balance, HealthOptions } from '../../src/index.ts'
import {
  afterAttempts,
  balancer,
  countPicks,
  ended,
  exchange,
  expectShare,
  member,
  shares,
} from './_fleet.ts'

const policies: Balance[] = ['p2c', 'least-requests', 'round-robin', { hash: { header: 'x-user' } }]

/** Three endpoints in the gateway's zone and three in another. */
const twoZones = () =>
  [0, 1, 2].flatMap((i) => [member(`near${i}`, { zone: 'a' }), member(`far${i}`, { zone: 'b' })])

let key = 0
const someone = (parts: Partial<Exchange> = {}) =>
  exchange({ requestHeaders: ['x-user', String(key++)], ...parts })

/** The part of exchanges that stays in the own zone. */
const nearShare = (counts: Record<string, number>): number =>
  Object.entries(shares(counts)).reduce(
    (sum, [name, share]) => (name.startsWith('near') ? sum + share : sum),
    0,
  )

const fails = (one: ReturnType<typeof member>): Exchange => afterAttempts([one.endpoint])

describe.each(policies)('the own zone, with %o', (balance) => {
  it('gets everything while it is well, and shares it', () => {
    const { pick } = balancer(twoZones(), { balance, zone: 'a' })
    const counts = countPicks(() => pick(someone()), 3_000)
    expect(Object.keys(counts).sort()).toEqual(['near0', 'near1', 'near2'])
    for (const share of Object.values(shares(counts))) expect(share).toBeCloseTo(1 / 3, 1)
  })

  it('spills over as it loses endpoints, in proportion, and gets all back', () => {
    const members = twoZones()
    const near = members.filter(({ zone }) => zone === 'a')
    const { pick, attemptEnded, clock } = balancer(members, { balance, zone: 'a' })
    const share = (): number => nearShare(countPicks(() => pick(someone()), 20_000))
    for (const [lost, expected] of [2 / 3 / 0.7, 1 / 3 / 0.7, 0].entries()) {
      attemptEnded(fails(near[lost] as (typeof near)[number]))
      expectShare(share(), expected)
    }
    clock.nowMs += 10_000
    for (const _ of near) {
      const probe = someone()
      attemptEnded(ended(probe, pick(probe)))
    }
    expect(share()).toBe(1)
  })
})

describe('the own zone', () => {
  it('carries what it can when little is lost: above 70 % of its weight nothing spills', () => {
    const members = [
      member('near0', { zone: 'a', weight: 8 }),
      member('near1', { zone: 'a', weight: 2 }),
      member('far', { zone: 'b', weight: 100 }),
    ]
    const { pick, attemptEnded } = balancer(members, { zone: 'a' })
    attemptEnded(fails(members[1] as (typeof members)[number]))
    expect(countPicks(() => pick(exchange()), 1_000)).toEqual({ near0: 1_000 })
  })

  it('spills over what has no room', () => {
    const members = twoZones()
    for (const { zone, endpoint } of members) if (zone === 'a') endpoint.inFlight = 5
    const route = { limits: { concurrencyPerEndpoint: 5 } } as Route
    const { pick } = balancer(members, { zone: 'a' })
    expect(nearShare(countPicks(() => pick(exchange({ route })), 1_000))).toBe(0)
  })

  it('is still first for a repeated attempt, and the others come after it', () => {
    const members = [
      member('near0', { zone: 'a' }),
      member('near1', { zone: 'a', weight: 9 }),
      member('far', { zone: 'b' }),
    ]
    const [near0, near1] = members.map(({ endpoint }) => endpoint)
    if (!near0 || !near1) throw new Error('Three members')
    const { pick } = balancer(members, { zone: 'a' })
    expect(countPicks(() => pick(afterAttempts([near0])), 100)).toEqual({ near1: 100 })
    expect(countPicks(() => pick(afterAttempts([near0, near1])), 100)).toEqual({ far: 100 })
  })

  it('has all exchanges when every endpoint everywhere is ejected', () => {
    const members = twoZones()
    const { pick, attemptEnded } = balancer(members, { zone: 'a' })
    for (const one of members) attemptEnded(fails(one))
    expect(nearShare(countPicks(() => pick(exchange()), 1_000))).toBe(1)
  })

  it.each([
    ['the gateway has no zone', undefined],
    ['the service has nothing in it', 'c'],
  ])('does not matter where %s', (_, zone) => {
    const { pick } = balancer(twoZones(), zone === undefined ? {} : { zone })
    expectShare(nearShare(countPicks(() => pick(exchange()), 20_000)), 0.5)
  })
})

describe('a panic', () => {
  /** Four endpoints in the gateway's zone and four in another, of which so many each are ejected. */
  const lose = (near: number, far: number, health: HealthOptions = {}) => {
    const members = [0, 1, 2, 3].flatMap((i) => [
      member(`near${i}`, { zone: 'a' }),
      member(`far${i}`, { zone: 'b' }),
    ])
    const made = balancer(members, { zone: 'a', health })
    const eject = (zone: string, count: number): void => {
      for (const one of members.filter((given) => given.zone === zone).slice(0, count))
        made.attemptEnded(fails(one))
    }
    eject('a', near)
    eject('b', far)
    return { isPanic: made.health.isPanic, counts: countPicks(() => made.pick(exchange()), 20_000) }
  }
  const used = ({ counts }: ReturnType<typeof lose>): string[] => Object.keys(counts).sort()

  it('does not begin in a zone whose loss the others carry', () => {
    const lost = lose(3, 0)
    expect(lost.isPanic).toBe(false)
    expect(used(lost)).toEqual(['far0', 'far1', 'far2', 'far3', 'near3'])
    expectShare(nearShare(lost.counts), 1 / 4 / 0.7)
  })

  it('does not begin in the own zone for what another lost: the sick of both would get traffic for nothing', () => {
    const lost = lose(1, 4)
    expect(lost.isPanic).toBe(false)
    expect(used(lost)).toEqual(['near1', 'near2', 'near3'])
  })

  it('is that of the own zone alone where nothing is left of the others', () => {
    const lost = lose(3, 4)
    expect(lost.isPanic).toBe(true)
    expect(used(lost)).toEqual(['near0', 'near1', 'near2', 'near3'])
  })

  it('is that of the others alone where nothing is left of the own zone', () => {
    const lost = lose(4, 3)
    expect(lost.isPanic).toBe(true)
    expect(used(lost)).toEqual(['far0', 'far1', 'far2', 'far3'])
  })

  it('of both shares by what is well, not by what is used', () => {
    const lost = lose(3, 3)
    expect(lost.isPanic).toBe(true)
    expect(used(lost)).toHaveLength(8)
    expectShare(nearShare(lost.counts), 0.5)
  })

  it('does not begin at a threshold of 0 while one is left, and the rest is shared by what is well', () => {
    const lost = lose(3, 3, { panicThreshold: 0 })
    expect(lost.isPanic).toBe(false)
    expect(used(lost)).toEqual(['far3', 'near3'])
    expectShare(nearShare(lost.counts), 0.5)
  })

  it('stays in the own zone when everything everywhere is sick', () => {
    const lost = lose(4, 4)
    expect(lost.isPanic).toBe(true)
    expect(used(lost)).toEqual(['near0', 'near1', 'near2', 'near3'])
  })
})
