import type { Endpoint, Exchange } from '@postern/core'
import { Balancer, type BalancerSettings } from './balancing/balancer.ts'
import type { Member } from './balancing/member.ts'

/** A logical name with the addresses behind it, for all routes that lead there. */
export class Service {
  readonly name: string
  readonly #settings: BalancerSettings
  #members: readonly Member[]
  #balancer: Balancer

  /** @param members those that get traffic, each address once. */
  constructor(name: string, members: readonly Member[], settings: BalancerSettings) {
    this.name = name
    this.#settings = settings
    this.#members = members
    this.#balancer = new Balancer(members, settings)
  }

  /** Its addresses that get traffic now. */
  get members(): readonly Member[] {
    return this.#members
  }

  /**
   * Takes other addresses, all at once. What runs on those that are gone goes on to its end; a member that stays is the
   * same object, so that nothing known about it is lost.
   */
  replace(members: readonly Member[]): void {
    this.#members = members
    this.#balancer = new Balancer(members, this.#settings)
  }

  /** The endpoint for the coming attempt of an exchange. */
  pick(exchange: Exchange): Endpoint {
    return this.#balancer.pick(exchange)
  }

  /** Told of every attempt on one of its endpoints, once it is over. */
  attemptEnded(exchange: Exchange): void {
    this.#balancer.attemptEnded(exchange)
  }
}
