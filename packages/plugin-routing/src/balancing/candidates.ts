import type { Exchange } from '@postern/core'
import type { Health } from '../health/health.ts'
import { capacityOf } from './capacity.ts'
import { type Member, totalFullWeight } from './member.ts'
import { NARROWED } from './reason.ts'

/**
 * Which endpoints an exchange may go to: those of the gateway's own zone first. What is found out anew goes into lists
 * that are used again, so an outage makes no garbage.
 */
export class Candidates {
  /** Where an exchange goes while nothing is wrong. */
  readonly preferred: readonly Member[]
  /** What that leaves out: bits of `NARROWED`. */
  readonly preferredNarrowed: number
  /** What the last call of `usable` left out or let in. */
  narrowed = 0
  readonly #all: readonly Member[]
  readonly #zone: string | undefined
  readonly #nearWeight: number
  readonly #farWeight: number
  readonly #random: () => number
  readonly #usable: Member[] = []
  readonly #near: Member[] = []
  readonly #far: Member[] = []

  /** @param zone the gateway's own; `undefined` when every zone is as good. */
  constructor(members: readonly Member[], zone: string | undefined, random: () => number) {
    const local = zone === undefined ? [] : members.filter((member) => member.zone === zone)
    this.#all = members
    this.#zone = local.length === 0 ? undefined : zone
    this.#nearWeight = totalFullWeight(local)
    this.#farWeight = totalFullWeight(members) - this.#nearWeight
    this.preferred = local.length === 0 ? members : local
    this.preferredNarrowed = local.length === 0 ? 0 : NARROWED.zone
    this.#random = random
  }

  /**
   * What is left for an exchange while something is wrong: endpoints that it has not tried, that are not sick and that
   * have room; failing that, those that it has not tried; failing that, all. At least one. The list is used again. In a
   * panic the sick are as good as the others.
   */
  usable(exchange: Exchange, health: Health): readonly Member[] {
    const usable = this.#usable
    usable.length = 0
    let narrowed = 0
    for (const member of this.#all) {
      // First, since what was tried in vain is sick by now.
      if (wasTried(member, exchange)) narrowed |= NARROWED.retry
      else if (health.isOut(member)) narrowed |= NARROWED.sick
      else if (!hasRoom(member, exchange)) narrowed |= NARROWED.full
      else usable.push(member)
    }
    if (usable.length === 0) {
      narrowed |= NARROWED.left
      for (const member of this.#all) if (!wasTried(member, exchange)) usable.push(member)
    }
    if (health.isPanic) narrowed |= NARROWED.panic
    this.narrowed = narrowed
    if (usable.length > 0) return this.#nearest(usable, health)
    this.narrowed |= this.preferredNarrowed
    return this.preferred
  }

  /** The own zone's part, or the rest: a zone that lost endpoints keeps what the others can carry, and spills the rest. */
  #nearest(usable: readonly Member[], health: Health): readonly Member[] {
    if (this.#zone === undefined) return usable
    this.#near.length = this.#far.length = 0
    for (const member of usable) (member.zone === this.#zone ? this.#near : this.#far).push(member)
    if (this.#near.length === 0 || this.#far.length === 0) {
      this.narrowed |= this.#far.length === 0 ? NARROWED.zone : NARROWED.spilled
      return usable
    }
    // What is sick, and used in a panic all the same, draws nothing to its zone.
    const near = capacityOf(wellWeight(this.#near, health), this.#nearWeight)
    const far = capacityOf(wellWeight(this.#far, health), this.#farWeight)
    const share = near + far === 0 ? 1 : near / Math.min(1, near + far)
    const isNear = this.#random() < share
    this.narrowed |= isNear ? NARROWED.zone : NARROWED.spilled
    return isNear ? this.#near : this.#far
  }
}

/** Whether the endpoint can take the exchange at once: more than the route allows would wait, or be refused. */
export function hasRoom({ endpoint }: Member, { route }: Exchange): boolean {
  return route === null || endpoint.inFlight < route.limits.concurrencyPerEndpoint
}

/** Whether an attempt of the exchange went to the endpoint. */
export function wasTried({ endpoint }: Member, exchange: Exchange): boolean {
  for (let { attempt } = exchange; attempt !== null; attempt = attempt.previous) {
    if (attempt.endpoint === endpoint) return true
  }
  return false
}

function wellWeight(members: readonly Member[], health: Health): number {
  let total = 0
  for (const member of members) if (!health.isSick(member)) total += member.fullWeight
  return total
}
