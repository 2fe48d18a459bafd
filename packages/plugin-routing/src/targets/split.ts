import type { Exchange } from '@postern/core'
import { scoreOf } from '../balancing/consistent-hash.ts'
import { hashText } from '../balancing/hash.ts'
import { type HashKeyReader, hashKeyReader, NO_KEY } from '../balancing/hash-key.ts'
import type { HashKey } from '../options/balance-options.ts'
import type { Service } from '../service.ts'
import type { Target, TargetDescription } from './target.ts'

/** A service of a split. */
export interface WeightedService {
  readonly service: Service
  /** Above 0. */
  readonly weight: number
}

interface Part extends WeightedService {
  /** Place of its name among hashes: the same in every gateway and after every reload. */
  readonly seed: number
}

/**
 * Several services by weight: by chance, or by rendezvous hashing of a key, so that a weight that changes moves keys only
 * from or to its service. The seed is the name: a service that moves to other addresses keeps its keys.
 */
export class Split implements Target {
  readonly services: readonly [Service, ...Service[]]
  readonly varies = true
  readonly #parts: readonly Part[]
  readonly #total: number
  readonly #by: HashKey | undefined
  readonly #key: HashKeyReader
  readonly #random: () => number

  /**
   * @param parts at least one; the heaviest gives the route its name.
   * @param by what is hashed; `undefined` for chance.
   * @param random gives numbers from 0 up to, not including, 1.
   */
  constructor(
    parts: readonly WeightedService[],
    by: HashKey | undefined,
    random: () => number = () => Math.random(),
  ) {
    this.#parts = parts.map((part) => ({ ...part, seed: hashText(part.service.name) }))
    const byWeight = parts.toSorted((a, b) => b.weight - a.weight).map(({ service }) => service)
    this.services = byWeight as [Service, ...Service[]]
    this.#total = parts.reduce((total, { weight }) => total + weight, 0)
    this.#by = by
    this.#key = by === undefined ? () => NO_KEY : hashKeyReader(by)
    this.#random = random
  }

  serviceFor(exchange: Exchange): Service {
    const key = this.#key(exchange)
    return key === NO_KEY ? this.#byChance() : this.#byKey(key)
  }

  describe(): TargetDescription {
    return {
      kind: 'split',
      by: describeKey(this.#by),
      parts: this.#parts.map(({ service, weight }) => ({
        service: service.name,
        share: weight / this.#total,
      })),
    }
  }

  #byKey(key: number): Service {
    let best = this.#parts[0] as Part
    let bestScore = 0
    for (const part of this.#parts) {
      const score = scoreOf(part, key)
      if (score <= bestScore) continue
      best = part
      bestScore = score
    }
    return best.service
  }

  #byChance(): Service {
    let left = this.#random() * this.#total
    for (const { service, weight } of this.#parts) {
      left -= weight
      if (left < 0) return service
    }
    // Sums of fractions may fall short of their total by a rounding.
    return this.services[0]
  }
}

function describeKey(by: HashKey | undefined): string {
  if (by === undefined) return 'chance'
  if (typeof by === 'string') return by
  return 'header' in by ? `header ${by.header.toLowerCase()}` : `cookie ${by.cookie}`
}
