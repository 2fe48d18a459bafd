import type { Exchange } from '@postern/core'
import type { HashBalance } from '../options/balance-options.ts'
import { mix } from './hash.ts'
import { type HashKeyReader, hashKeyReader, NO_KEY } from './hash-key.ts'
import { type Member, totalWeight } from './member.ts'
import type { Policy } from './policy.ts'

/** How far above the mean an endpoint's load may be before its keys go to others. */
const DEFAULT_BOUNDED_LOAD = 1.25

/**
 * Consistent hash with bounded load. Every endpoint gets a score for the key and the highest wins (rendezvous hashing), so
 * an endpoint that leaves moves its own keys and no others; there is no ring to build and nothing to tune. A key whose
 * endpoint is at its bound goes to its next best (Mirrokni et al., "Consistent Hashing with Bounded Loads").
 */
export class ConsistentHash implements Policy {
  reason = 'hash'
  readonly #key: HashKeyReader
  readonly #boundedLoad: number
  readonly #keyless: Policy

  /** @param keyless chooses for exchanges that have no key. */
  constructor({ hash, boundedLoad }: HashBalance, keyless: Policy) {
    this.#key = hashKeyReader(hash)
    this.#boundedLoad = boundedLoad ?? DEFAULT_BOUNDED_LOAD
    this.#keyless = keyless
  }

  pick(candidates: readonly Member[], exchange: Exchange): Member {
    const key = this.#key(exchange)
    if (key === NO_KEY) {
      this.reason = this.#keyless.reason
      return this.#keyless.pick(candidates, exchange)
    }
    // What runs, and the one that comes.
    let load = 1
    for (const member of candidates) load += member.endpoint.inFlight
    const loadPerWeight = (this.#boundedLoad * load) / totalWeight(candidates)
    let best = candidates[0] as Member
    let bestScore = 0
    let boundScore = 0
    for (const member of candidates) {
      const score = scoreOf(member, key)
      if (member.endpoint.inFlight >= Math.ceil(loadPerWeight * member.weight)) {
        boundScore = Math.max(boundScore, score)
        continue
      }
      if (score <= bestScore) continue
      best = member
      bestScore = score
    }
    this.reason = boundScore > bestScore ? 'hash-bound' : 'hash'
    return best
  }
}

/**
 * The score for a key of a member, or of whatever else has a place among hashes and a weight: it wins as often as its weight says, and a change of one weight moves keys only from or to
 * that one (logarithmic rendezvous hashing, Schindelhauer and Schomaker).
 */
export function scoreOf({ seed, weight }: Pick<Member, 'seed' | 'weight'>, key: number): number {
  // Strictly between 0 and 1.
  const place = (mix(key ^ seed) + 0.5) / 2 ** 32
  return -weight / Math.log(place)
}
