import type { Kept } from '@postern/core'
import { EndpointHealth } from './endpoint-health.ts'
import type { HealthCheckCounts } from './states.ts'

/** A service of one generation, as far as the health of its addresses concerns it. */
export interface HealthUser {
  /** Whether it has the address now. */
  has(address: string): boolean
  /** The health of an address changed. */
  healthChanged(): void
}

/**
 * The health of all addresses of a service. It outlives reloads, and for a while two generations share it. An address that
 * none of them has is forgotten.
 */
export class ServiceHealth implements Kept {
  /** Whether it was said that too few endpoints are usable. */
  isPanicLogged = false
  /** How often an endpoint was ejected. */
  ejections = 0
  /** Health checks that an endpoint passed, and that it failed. */
  readonly checks: HealthCheckCounts = { passed: 0, failed: 0 }
  readonly #byAddress = new Map<string, EndpointHealth>()
  /** The newest last. */
  readonly #users: HealthUser[] = []

  /** Adds a user, which becomes the newest. */
  join(user: HealthUser): void {
    this.#users.push(user)
  }

  /** The user needs it no more. */
  leave(user: HealthUser): void {
    const at = this.#users.indexOf(user)
    if (at !== -1) this.#users.splice(at, 1)
    this.forgetUnused()
  }

  /** Whether it has joined, and not left. */
  isUser(user: HealthUser): boolean {
    return this.#users.includes(user)
  }

  /** Whether the user belongs to the newest generation: what is to be done once is for it to do. */
  isNewest(user: HealthUser): boolean {
    return this.#users.at(-1) === user
  }

  /** The health of an address: good, when nothing is known of it. */
  of(address: string): EndpointHealth {
    const known = this.#byAddress.get(address)
    if (known) return known
    const health = new EndpointHealth()
    this.#byAddress.set(address, health)
    return health
  }

  /** Forgets addresses that no user has. */
  forgetUnused(): void {
    for (const address of this.#byAddress.keys())
      if (!this.#users.some((user) => user.has(address))) this.#byAddress.delete(address)
  }

  /** Tells all users that the health of an address changed. */
  changed(): void {
    for (const user of this.#users) user.healthChanged()
  }

  /** Nothing to end: timers are the generations' own. */
  close(): void {}
}
