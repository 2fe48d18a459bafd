import type { Endpoint, Exchange } from '@postern/core'
import type { Health } from '../health/health.ts'
import type { Balance } from '../options/balance-options.ts'
import { Candidates, hasRoom } from './candidates.ts'
import type { Member } from './member.ts'
import { type Policy, policyFor } from './policy.ts'
import { reasonText } from './reason.ts'
import { SlowStart } from './slow-start.ts'

/** What a service says about its balancing, every default filled in. */
export interface BalancerSettings {
  readonly balance: Balance
  readonly slowStartMs: number
  /** The gateway's own zone; `undefined` without one. */
  readonly zone: string | undefined
}

/** Where chance and time come from; tests bring their own. */
export interface Sources {
  /** Gives numbers from 0 up to, not including, 1. */
  readonly random: () => number
  /** The clock of `endpoint.sinceMs`. */
  readonly nowMs: () => number
}

const SOURCES: Sources = { random: () => Math.random(), nowMs: () => performance.now() }

/**
 * Chooses among the endpoints of one service, for all of its routes. While nothing is wrong a choice reads no clock,
 * makes no object and asks only the policy.
 */
export class Balancer {
  readonly #health: Health
  readonly #candidates: Candidates
  readonly #policy: Policy
  readonly #slowStart: SlowStart
  /** Whether there is nothing to choose. */
  readonly #isOnly: boolean

  /**
   * @param members at least one.
   * @param health watches the same members.
   */
  constructor(
    members: readonly Member[],
    settings: BalancerSettings,
    health: Health,
    { random, nowMs }: Sources = SOURCES,
  ) {
    this.#health = health
    this.#candidates = new Candidates(members, settings.zone, random)
    this.#policy = policyFor(settings.balance, members, random)
    this.#slowStart = new SlowStart(members, settings.slowStartMs, nowMs)
    this.#isOnly = members.length === 1
  }

  /** The endpoint for the coming attempt of an exchange: one that it has not tried, while there is one. */
  readonly pick = (exchange: Exchange): Endpoint => {
    this.#slowStart.apply()
    if (this.#health.sick > 0) {
      const ejected = this.#health.probeFor(exchange)
      if (ejected) {
        exchange.endpointReason = 'probe'
        return ejected.endpoint
      }
    } else if (exchange.attempt === null) {
      const member = this.#policy.pick(this.#candidates.preferred, exchange)
      if (hasRoom(member, exchange)) return this.#chosen(member, exchange, this.#candidates.preferredNarrowed)
    }
    const usable = this.#candidates.usable(exchange, this.#health)
    return this.#chosen(this.#policy.pick(usable, exchange), exchange, this.#candidates.narrowed)
  }

  /** Says why; the texts are there already. */
  #chosen({ endpoint }: Member, exchange: Exchange, narrowed: number): Endpoint {
    exchange.endpointReason = reasonText(this.#isOnly ? 'only' : this.#policy.reason, narrowed)
    return endpoint
  }

  /** An endpoint came back: it starts slowly. */
  endpointsChanged(): void {
    this.#slowStart.restart()
  }
}
