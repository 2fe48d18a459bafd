import type { Exchange } from '@postern/core'
import type { Balance } from '../options/balance-options.ts'
import { ConsistentHash } from './consistent-hash.ts'
import { LeastRequests } from './least-requests.ts'
import type { Member } from './member.ts'
import { PowerOfTwo } from './power-of-two.ts'
import { RoundRobin } from './round-robin.ts'

/** How one of several endpoints is chosen. */
export interface Policy {
  /** How the last choice was made, in a word. */
  readonly reason: string
  /**
   * Chooses. Makes no object: it runs for every exchange.
   * @param candidates at least one; the list is another's and may be used again once this returns.
   */
  pick(candidates: readonly Member[], exchange: Exchange): Member
}

/**
 * The policy that the options name.
 * @param members all that it will ever be asked about.
 * @param random gives numbers from 0 up to, not including, 1.
 */
export function policyFor(balance: Balance, members: readonly Member[], random: () => number): Policy {
  switch (balance) {
    case 'p2c':
      return new PowerOfTwo(members, random)
    case 'least-requests':
      return new LeastRequests(random)
    case 'round-robin':
      return new RoundRobin(members, random)
    default:
      // Who brings no key has no endpoint to come back to.
      return new ConsistentHash(balance, new PowerOfTwo(members, random))
  }
}
