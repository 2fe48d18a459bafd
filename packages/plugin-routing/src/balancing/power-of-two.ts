import { isLessLoaded, type Member, totalWeight } from './member.ts'
import type { Policy } from './policy.ts'

/**
 * Power of two choices: draws two endpoints by weight and takes the one with less in flight for its weight. As good as
 * looking at all of them, and many gateways that do so at once do not all run to the one that was idle a moment ago
 * (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing").
 */
export class PowerOfTwo implements Policy {
  readonly reason = 'p2c'
  readonly #draw: (candidates: readonly Member[], random: () => number, except: Member | null) => Member
  readonly #random: () => number

  /** @param members all that it will ever be asked about. */
  constructor(members: readonly Member[], random: () => number) {
    const isEven = members.every(({ fullWeight }) => fullWeight === members[0]?.fullWeight)
    this.#draw = isEven ? drawEven : drawByWeight
    this.#random = random
  }

  pick(candidates: readonly Member[]): Member {
    const first = this.#draw(candidates, this.#random, null)
    if (candidates.length === 1) return first
    const second = this.#draw(candidates, this.#random, first)
    // The first stays when both are equally loaded: an idle service is then shared exactly by weight.
    return isLessLoaded(second, first) ? second : first
  }
}

/**
 * Draws without looking at all of them, where full weights are equal: a member in its slow start is left in the draw as
 * often as its weight says, which is once in ten times at least.
 */
function drawEven(candidates: readonly Member[], random: () => number, except: Member | null): Member {
  for (;;) {
    const member = candidates[Math.floor(random() * candidates.length)] as Member
    if (member === except) continue
    if (member.weight === member.fullWeight || random() * member.fullWeight < member.weight) return member
  }
}

/** Lays the weights end to end, and draws the member on whose stretch a random point lies. */
function drawByWeight(candidates: readonly Member[], random: () => number, except: Member | null): Member {
  let rest = random() * (totalWeight(candidates) - (except?.weight ?? 0))
  // Rounding may leave the point behind the end: then it is the last one's.
  let last = candidates[0] as Member
  for (const member of candidates) {
    if (member === except) continue
    last = member
    rest -= member.weight
    if (rest < 0) break
  }
  return last
}
