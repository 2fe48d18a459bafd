import { isLessLoaded, type Member } from './member.ts'
import type { Policy } from './policy.ts'

/** Takes the endpoint with the least in flight for its weight; of several such, one at random by weight. */
export class LeastRequests implements Policy {
  readonly reason = 'least-requests'
  readonly #random: () => number

  constructor(random: () => number) {
    this.#random = random
  }

  pick(candidates: readonly Member[]): Member {
    let best = candidates[0] as Member
    let tied = best.weight
    for (let i = 1; i < candidates.length; i++) {
      const member = candidates[i] as Member
      if (isLessLoaded(member, best)) {
        best = member
        tied = member.weight
      } else if (!isLessLoaded(best, member)) {
        // The newcomer takes the place with its share of what is tied so far, which leaves each its share in the end.
        tied += member.weight
        if (this.#random() * tied < member.weight) best = member
      }
    }
    return best
  }
}
