import type { Endpoint } from '@postern/core'
import { EndpointHealth } from '../health/endpoint-health.ts'
import { hashText } from './hash.ts'

/** One endpoint of a service, with what balancing keeps about it. */
export class Member {
  readonly endpoint: Endpoint
  /** Tells it from all others; the same text after a reload and in every replica. */
  readonly address: string
  /** Its zone; `undefined` without one. */
  zone: string | undefined
  /** Weight once it has been there for a while. */
  fullWeight: number
  /** Weight that counts now: below `fullWeight` during its slow start. */
  weight: number
  /** Place of its address among hashes: the same in every gateway and after every reload. */
  readonly seed: number
  /** What it is ahead of its turn, in units of weight. Of smooth weighted round robin alone. */
  credit = 0
  /** What is known of its health. Its service hands over what outlives a reload. */
  health = new EndpointHealth()

  /**
   * @param address one spelling, whatever the options say.
   * @param weight above 0.
   */
  constructor(endpoint: Endpoint, address: string, weight: number, zone: string | undefined) {
    this.endpoint = endpoint
    this.address = address
    this.seed = hashText(address)
    this.fullWeight = this.weight = weight
    this.zone = zone
  }

  /**
   * Takes another weight and zone. Its balancer, which has worked with the old ones, must be made anew.
   * @param weight above 0.
   */
  resettle(weight: number, zone: string | undefined): void {
    this.fullWeight = this.weight = weight
    this.zone = zone
  }
}

/** Whether `a` has less to do for its weight than `b`. */
export function isLessLoaded(a: Member, b: Member): boolean {
  return a.endpoint.inFlight * b.weight < b.endpoint.inFlight * a.weight
}

/** The weight of all of them, whatever their slow start. */
export function totalFullWeight(members: readonly Member[]): number {
  let total = 0
  for (const member of members) total += member.fullWeight
  return total
}

/** The weight of all of them. */
export function totalWeight(members: readonly Member[]): number {
  let total = 0
  for (const member of members) total += member.weight
  return total
}
