import type { Endpoint, Exchange } from '@postern/core'
import { Balancer, type BalancerSettings } from './balancing/balancer.ts'
import type { Member } from './balancing/member.ts'
import type { Health } from './health/health.ts'

/** A logical name with the addresses behind it, for all routes that lead there. */
export class Service {
  readonly name: string
  readonly #settings: BalancerSettings
  readonly #health: Health
  #members: readonly Member[]
  #balancer: Balancer

  /** @param members those that get traffic, each address once. */
  constructor(name: string, members: readonly Member[], settings: BalancerSettings, health: Health) {
    this.name = name
    this.#settings = settings
    this.#health = health
    this.#members = members
    health.watch(members)
    this.#balancer = new Balancer(members, settings, health)
    health.onChange = () => this.#balancer.endpointsChanged()
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
    this.#health.watch(members)
    this.#balancer = new Balancer(members, this.#settings, this.#health)
  }

  /** The endpoint for the coming attempt of an exchange. */
  pick(exchange: Exchange): Endpoint {
    return this.#balancer.pick(exchange)
  }

  /** Told of every attempt on one of its endpoints, once it is over. */
  attemptEnded(exchange: Exchange): void {
    this.#health.attemptEnded(exchange)
  }

  /** Its generation is over. What is known of its addresses stays for the next. */
  close(): void {
    this.#health.close()
  }
}
