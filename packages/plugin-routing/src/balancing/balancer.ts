import type { Endpoint, Exchange } from '@postern/core'
import type { Balance } from '../options/balance-options.ts'
import { Candidates, hasRoom } from './candidates.ts'
import { failedToConnect } from './connect-failure.ts'
import type { Member } from './member.ts'
import { type Policy, policyFor } from './policy.ts'
import { SlowStart } from './slow-start.ts'

/** What a service says about its balancing, every default filled in. */
export interface BalancerSettings {
  readonly balance: Balance
  readonly slowStartMs: number
  readonly ejectMs: number
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
  readonly #members: readonly Member[]
  readonly #candidates: Candidates
  readonly #policy: Policy
  readonly #slowStart: SlowStart
  readonly #ejectMs: number
  readonly #nowMs: () => number
  /** When the last ejection is over; 0 while there is none. */
  #ejectedUntilMs = 0

  /** @param members at least one. */
  constructor(members: readonly Member[], settings: BalancerSettings, { random, nowMs }: Sources = SOURCES) {
    this.#members = members
    this.#candidates = new Candidates(members, settings.zone, random)
    this.#policy = policyFor(settings.balance, members, random)
    this.#slowStart = new SlowStart(members, settings.slowStartMs, nowMs)
    this.#ejectMs = settings.ejectMs
    this.#nowMs = nowMs
    // Those that stayed when others came or went may be ejected.
    for (const { ejectedUntilMs } of members)
      this.#ejectedUntilMs = Math.max(this.#ejectedUntilMs, ejectedUntilMs)
  }

  /** The endpoint for the coming attempt of an exchange: one that it has not tried, while there is one. */
  readonly pick = (exchange: Exchange): Endpoint => {
    this.#slowStart.apply()
    if (exchange.attempt === null && !this.#hasEjected()) {
      const member = this.#policy.pick(this.#candidates.preferred, exchange)
      if (hasRoom(member, exchange)) return member.endpoint
    }
    return this.#policy.pick(this.#candidates.usable(exchange, this.#nowMs()), exchange).endpoint
  }

  /**
   * Ejects an endpoint that could not be connected to. It has nothing in flight, so every policy that looks at that would
   * else prefer it.
   */
  readonly attemptEnded = ({ attempt }: Exchange): void => {
    if (this.#ejectMs === 0 || attempt === null || !failedToConnect(attempt)) return
    const member = this.#members.find(({ endpoint }) => endpoint === attempt.endpoint)
    if (member) member.ejectedUntilMs = this.#ejectedUntilMs = this.#nowMs() + this.#ejectMs
  }

  #hasEjected(): boolean {
    if (this.#ejectedUntilMs === 0) return false
    if (this.#nowMs() < this.#ejectedUntilMs) return true
    this.#ejectedUntilMs = 0
    return false
  }
}
