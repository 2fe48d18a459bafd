import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RoundRobin } from '../../src/balancing/round-robin.ts'
import { fleet, member, seeded } from './_fleet.ts'

/** The names of the next picks. */
function names(policy: RoundRobin, members: readonly ReturnType<typeof member>[], times: number): string {
  return Array.from({ length: times }, () => policy.pick(members).endpoint.url.slice(7)).join(' ')
}

it('lets endpoints of equal weight take turns', () => {
  const members = [member('a'), member('b'), member('c')]
  expect(names(new RoundRobin(members, () => 0), members, 7)).toBe('a b c a b c a')
})

it('interleaves weights smoothly', () => {
  const members = [member('a', { weight: 5 }), member('b'), member('c')]
  expect(names(new RoundRobin(members, () => 0), members, 7)).toBe('a a b a c a a')
})

it('owes nobody anything from before others came', () => {
  const members = [member('a'), member('b')]
  const [a] = members
  for (const one of members) one.credit = -100
  const more = [...members, member('c')]
  expect(a?.credit).toBe(-100)
  expect(names(new RoundRobin(more, () => 0), more, 6)).toBe('a b c a b c')
})

it('begins at a random turn', () => {
  const random = seeded(1)
  const first = (): string => {
    const members = fleet(4)
    return names(new RoundRobin(members, random), members, 1)
  }
  expect(new Set(Array.from({ length: 100 }, first)).size).toBe(4)
})

it('gives each exactly its weight in every round, wherever one begins to count', () => {
  const weights = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(
      weights,
      fc.nat(50),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (given, skip, chance) => {
        const members = given.map((weight, i) => member(`a${i}`, { weight }))
        const policy = new RoundRobin(members, () => chance)
        for (let i = 0; i < skip; i++) policy.pick(members)
        const counts = new Map(members.map((one) => [one, 0]))
        const round = given.reduce((sum, weight) => sum + weight, 0)
        for (let i = 0; i < round; i++) {
          const picked = policy.pick(members) as (typeof members)[number]
          counts.set(picked, (counts.get(picked) ?? 0) + 1)
        }
        expect([...counts.values()]).toEqual(given)
      },
    ),
  )
})

it('gives the turns of one that is passed over to the others by their weight, and a fair share again afterwards', () => {
  const members = [member('a', { weight: 2 }), member('b'), member('c')]
  const policy = new RoundRobin(members, () => 0)
  const rest = members.slice(1)
  expect(names(policy, rest, 4)).toBe('b c b c')
  expect(names(policy, members, 8).split(' ').sort().join('')).toBe('aaaabbcc')
})
