import { describe, expect, it } from 'vitest'
import type { Service } from '../../src/service.ts'
import { Split } from '../../src/targets/split.ts'
import { exchange, seeded } from '../balancing/_fleet.ts'

const service = (name: string) => ({ name }) as Service

function split(weights: Record<string, number>, keyed: boolean, seed = 7) {
  const parts = Object.entries(weights).map(([name, weight]) => ({ service: service(name), weight }))
  return new Split(parts, keyed ? { header: 'X-User' } : undefined, seeded(seed))
}

const user = (id: number) => exchange({ requestHeaders: ['x-user', `user-${id}`] })

/** How many of 20 000 went to each service. */
function count(target: Split, of: (i: number) => ReturnType<typeof user>): Record<string, number> {
  const counts: Record<string, number> = {}
  for (let i = 0; i < 20_000; i++) {
    const { name } = target.serviceFor(of(i))
    counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

describe('a split', () => {
  it('gives each service its share, by chance', () => {
    const counts = count(split({ old: 9, next: 1 }, false), user)
    expect(counts['next']).toBeGreaterThan(1_800)
    expect(counts['next']).toBeLessThan(2_200)
    expect((counts['next'] ?? 0) + (counts['old'] ?? 0)).toBe(20_000)
  })

  it('gives each service its share, by key', () => {
    const counts = count(split({ old: 70, next: 20, third: 10 }, true), user)
    expect(counts['old']).toBeGreaterThan(13_500)
    expect(counts['old']).toBeLessThan(14_500)
    expect(counts['third']).toBeGreaterThan(1_800)
    expect(counts['third']).toBeLessThan(2_200)
  })

  it('leads a key to the same service in every replica, whatever the order of the options', () => {
    const one = split({ old: 1, next: 1 }, true, 1)
    const other = split({ next: 1, old: 1 }, true, 2)
    for (let i = 0; i < 1_000; i++) expect(one.serviceFor(user(i)).name).toBe(other.serviceFor(user(i)).name)
  })

  it('moves only the share of the keys by which a weight changed, and those to it', () => {
    const before = split({ old: 90, next: 10 }, true)
    const after = split({ old: 80, next: 20 }, true)
    let moved = 0
    for (let i = 0; i < 20_000; i++) {
      const [from, to] = [before.serviceFor(user(i)).name, after.serviceFor(user(i)).name]
      if (from === to) continue
      moved++
      expect([from, to]).toEqual(['old', 'next'])
    }
    expect(moved).toBeGreaterThan(1_800)
    expect(moved).toBeLessThan(2_200)
  })

  it('leaves exchanges without the key to chance', () => {
    const counts = count(split({ old: 3, next: 1 }, true), () => exchange())
    expect(counts['next']).toBeGreaterThan(4_700)
    expect(counts['next']).toBeLessThan(5_300)
  })

  it('says what it is as data, and names the route after its heaviest service', () => {
    const target = split({ next: 1, old: 3 }, true)
    expect(target.services.map(({ name }) => name)).toEqual(['old', 'next'])
    expect(target.describe()).toEqual({
      kind: 'split',
      by: 'header x-user',
      parts: [
        { service: 'next', share: 0.25 },
        { service: 'old', share: 0.75 },
      ],
    })
  })
})
