import { type Endpoint, type Exchange, GatewayError } from '@postern/core'
import { Balancer, type BalancerSettings } from './balancing/balancer.ts'
import { wasTried } from './balancing/candidates.ts'
import type { Member } from './balancing/member.ts'
import { FirstAnswer } from './discovery/first-answer.ts'
import type { DiscoveryState } from './discovery/watched-endpoints.ts'
import type { Addresses, Draining } from './draining.ts'
import type { Health } from './health/health.ts'
import type { ServiceHealthState } from './health/states.ts'
import { PLUGIN_NAME } from './problems.ts'

/** Where the members of a service come from while it runs. */
export interface MemberSource {
  /**
   * Starts to replace the members of the service.
   * @throws {GatewayError} GW_OPTIONS_INVALID when what is known already cannot be connected to.
   */
  follow(service: Service): void
  /** How it stands. */
  state(): DiscoveryState
  /** Stops. Safe to call twice. */
  close(): void
}

/** Those of a service that has found none yet, or has none. */
export const NO_ADDRESSES: Addresses = { members: [], drained: [] }

/** What is known of a service's addresses. */
export interface AddressKnowledge {
  readonly health: Health
  readonly draining: Draining
}

/** A logical name with the addresses behind it, for all routes that lead there. */
export class Service {
  readonly name: string
  /** Whether it has no address, and never will: the host's own handler is the service. */
  readonly isInProcess: boolean
  readonly #settings: BalancerSettings
  readonly #health: Health
  readonly #draining: Draining
  #addresses: Addresses
  readonly #source: MemberSource | null
  readonly #firstAnswer: FirstAnswer
  /** `null` while there are no members. */
  #balancer: Balancer | null

  /**
   * @param addresses each once; none of a service that has no address.
   * @param knowledge its own health, and what drains, which all generations share.
   * @param source where others come from later; `null` when they never do.
   */
  constructor(
    name: string,
    addresses: Addresses,
    settings: BalancerSettings,
    { health, draining }: AddressKnowledge,
    source: MemberSource | null = null,
  ) {
    const { members } = addresses
    this.name = name
    this.isInProcess = members.length === 0 && source === null
    this.#settings = settings
    this.#source = source
    this.#firstAnswer = new FirstAnswer(name)
    this.#health = health
    this.#draining = draining
    this.#addresses = addresses
    health.watch(members)
    this.#balancer = members.length === 0 ? null : new Balancer(members, settings, health)
    health.onChange = () => this.#balancer?.endpointsChanged()
  }

  /** Starts to look after its members, and to take them from its source, if it has one. See `MemberSource.follow`. */
  follow(): void {
    this.#health.start()
    this.#draining.join(this)
    this.#source?.follow(this)
  }

  /** Stops that. What is known of its addresses stays for the next generation. */
  close(): void {
    this.#health.close()
    this.#draining.leave(this)
    this.#source?.close()
    this.#firstAnswer.close()
  }

  /** Its state as plain data. */
  state(): ServiceHealthState {
    const endpoints = [...this.#health.states(), ...this.#draining.states(this, performance.now())]
    const ready = this.isInProcess || endpoints.some(({ state }) => state === 'healthy')
    return {
      name: this.name,
      ready,
      panic: this.#health.isPanic,
      ...this.#health.counts,
      discovery: this.#source?.state() ?? null,
      endpoints,
    }
  }

  /** Its addresses that get traffic now. */
  get members(): readonly Member[] {
    return this.#addresses.members
  }

  /** Its addresses now. */
  get addresses(): Addresses {
    return this.#addresses
  }

  /**
   * Takes other addresses, all at once. What runs on those that are gone goes on to its end; a member that stays is the
   * same object, so that nothing known about it is lost.
   * @param addresses at least one gets traffic.
   */
  replace(addresses: Addresses): void {
    const { members } = addresses
    const stays = new Set(members)
    this.#draining.left(this.members.filter((member) => !stays.has(member)))
    this.#addresses = addresses
    this.#health.watch(members)
    this.#balancer = new Balancer(members, this.#settings, this.#health)
    this.#firstAnswer.came()
  }

  /**
   * The endpoint for the coming attempt of an exchange. Waits only while none has ever been known.
   * @throws {GatewayError} GW_UPSTREAM_NO_ENDPOINT, also as a rejection, when none becomes known in time, or there is none.
   */
  pick(exchange: Exchange): Endpoint | Promise<Endpoint> {
    if (this.isInProcess) throw noAddress(this.name)
    if (this.#balancer === null) return this.#firstAnswer.wait(exchange, () => this.pick(exchange))
    return this.#balancer.pick(exchange)
  }

  /** Whether there is an endpoint that the exchange has not tried: those that it tried may be gone. */
  hasUntried(exchange: Exchange): boolean {
    for (const member of this.members) if (!wasTried(member, exchange)) return true
    return false
  }

  /**
   * Told of every attempt on one of its endpoints, once it is over.
   * @param slowMs the `hedge.afterMs` of the route; 0 without one.
   */
  attemptEnded(exchange: Exchange, slowMs = 0): void {
    this.#health.attemptEnded(exchange, slowMs)
  }
}

function noAddress(name: string): GatewayError {
  const message = `Service ${name} has no address: it is inProcess, for gateway.middleware()`
  return new GatewayError('GW_UPSTREAM_NO_ENDPOINT', { plugin: PLUGIN_NAME, message })
}
