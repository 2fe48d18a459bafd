import type { Member } from './member.ts'
import type { Policy } from './policy.ts'

/**
 * Smooth weighted round robin, as in nginx: everybody earns its weight each time, and the one with the most credit goes
 * and pays for all. With equal weights they take turns; with 5, 1 and 1 it is `a a b a c a a`, not `a a a a a b c`.
 */
export class RoundRobin implements Policy {
  readonly reason = 'round-robin'

  /**
   * Starts at a random turn. Otherwise all replicas of a gateway would begin with the same endpoint, and each reload with
   * the first. What members have left of another round goes: beside old debts, a new member would get all turns.
   */
  constructor(members: readonly Member[], random: () => number) {
    for (const member of members) member.credit = 0
    for (let turns = Math.floor(random() * members.length); turns > 0; turns--) this.pick(members)
  }

  pick(candidates: readonly Member[]): Member {
    let next = candidates[0] as Member
    let total = 0
    for (const member of candidates) {
      total += member.weight
      member.credit += member.weight
      if (member.credit > next.credit) next = member
    }
    next.credit -= total
    return next
  }
}
