import { isLessLoaded, type Member, totalWeight } from './member.ts'
import type { Policy } from './policy.ts'

/**
 * Power of two choices: draws two endpoints by weight and takes the one with less in flight for its weight. As good as
 * looking at all of them, and many gateways that do so at once do not all run to the one that was idle a moment ago
 * (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing").
 */
export class PowerOfTwo implements Policy {
  readonly #random: () => number

  constructor(random: () => number) {
    this.#random = random
  }

  pick(candidates: readonly Member[]): Member {
    const total = totalWeight(candidates)
    const first = draw(candidates, this.#random() * total, null)
    if (candidates.length === 1) return first
    const second = draw(candidates, this.#random() * (total - first.weight), first)
    // The first stays when both are equally loaded: an idle service is then shared exactly by weight.
    return isLessLoaded(second, first) ? second : first
  }
}

/** The member on whose stretch of the weights, laid end to end without those of `except`, the point `at` lies. */
function draw(candidates: readonly Member[], at: number, except: Member | null): Member {
  let rest = at
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
