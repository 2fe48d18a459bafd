import type { Kept } from '@postern/core'
import type { Member } from './balancing/member.ts'
import type { ReadEndpoint } from './endpoints.ts'
import type { EndpointState } from './health/states.ts'

/** The addresses of a service at one time. */
export interface Addresses {
  /** Those that get traffic. */
  readonly members: readonly Member[]
  /** Those of weight 0, which get nothing new. */
  readonly drained: readonly ReadEndpoint[]
}

/** A service of one generation. */
interface DrainingUser {
  readonly addresses: Addresses
}

/**
 * Addresses of a service that get nothing new and still have something to end, over all generations: those that a source took
 * away, those that a reload left out, and those whose weight is 0. It outlives reloads.
 */
export class Draining implements Kept {
  readonly #users = new Set<DrainingUser>()
  #left: readonly Member[] = []

  /** A service whose exchanges may run at its addresses. */
  join(user: DrainingUser): void {
    this.#users.add(user)
  }

  /** Its generation is over, and with it what ran there. */
  leave(user: DrainingUser): void {
    this.#users.delete(user)
  }

  /** A service let addresses go that it had. */
  left(members: readonly Member[]): void {
    this.#left = [...this.#left, ...members].filter(isBusy)
  }

  /**
   * What a service shows of such addresses: those of weight 0 always, the others until they are empty.
   * @param nowMs the clock of `endpoint.sinceMs`.
   */
  states(user: DrainingUser, nowMs: number): readonly EndpointState[] {
    this.left([])
    const { members, drained } = user.addresses
    const states = new Map(drained.map((endpoint) => [endpoint.key, ofDrained(endpoint)]))
    const used = new Set(members.map(({ address }) => address))
    for (const member of [...this.#left, ...this.#membersOfOthers(user)]) {
      const { address } = member
      if (isBusy(member) && !used.has(address)) states.set(address, added(states.get(address), member, nowMs))
    }
    return [...states.values()]
  }

  /** Nothing to end: what runs is the gateway's. */
  close(): void {}

  #membersOfOthers(user: DrainingUser): Member[] {
    return [...this.#users].flatMap((other) => (other === user ? [] : other.addresses.members))
  }
}

function isBusy({ endpoint }: Member): boolean {
  return endpoint.inFlight > 0
}

function ofDrained({ url, address = '', zone }: ReadEndpoint): EndpointState {
  return {
    url,
    address,
    state: 'draining',
    ejectedForMs: 0,
    consecutiveFailures: 0,
    inFlight: 0,
    weight: 0,
    currentWeight: 0,
    knownForMs: 0,
    zone,
  }
}

/** The same address may be that of several endpoints: of two generations, or because it came back in between. */
function added(known: EndpointState | undefined, { endpoint, zone }: Member, nowMs: number): EndpointState {
  const { url, address, inFlight, sinceMs } = endpoint
  const state = known ?? ofDrained({ key: '', url, address, zone })
  const knownForMs = Math.max(state.knownForMs, nowMs - sinceMs)
  return { ...state, inFlight: state.inFlight + inFlight, knownForMs }
}
