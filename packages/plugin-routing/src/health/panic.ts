import { capacityOf } from '../balancing/capacity.ts'
import { type Member, totalFullWeight } from '../balancing/member.ts'

const DEFAULT_THRESHOLD = 0.5

/**
 * Whether so few endpoints are usable that the sick are used as well: the few would go down under the load of all. With a zone of
 * the gateway's own, that zone and the others are two levels, as priorities are in Envoy: while what one loses is carried by
 * the other, nobody sick is used, and else each level is judged by itself.
 */
export class PanicRule {
  readonly #threshold: number
  readonly #zone: string | undefined
  #near = false
  #far = false

  /**
   * @param threshold share of usable endpoints, 0 to 1, below which it begins; with 0 only when none is left. Default: 0.5.
   * @param zone the gateway's own; `undefined` when every zone is as good.
   */
  constructor(threshold: number | undefined, zone: string | undefined) {
    this.#threshold = threshold ?? DEFAULT_THRESHOLD
    this.#zone = zone
  }

  /** Whether sick endpoints are used anywhere. */
  get isOn(): boolean {
    return this.#near || this.#far
  }

  /** Whether the endpoint is used although it is sick. */
  covers({ zone }: Member): boolean {
    return zone === this.#zone ? this.#near : this.#far
  }

  /** Judges anew. */
  update(members: readonly Member[], isSick: (member: Member) => boolean): void {
    const near = levelOf(
      members.filter(({ zone }) => zone === this.#zone),
      isSick,
    )
    const far = levelOf(
      members.filter(({ zone }) => zone !== this.#zone),
      isSick,
    )
    if (this.#zone === undefined || near.all === 0 || far.all === 0) {
      this.#near = this.#far = this.#isTooFew(levelOf(members, isSick))
      return
    }
    const capacity = near.capacity + far.capacity
    // A level of which nothing is left gets nothing, as long as the other has something.
    this.#near = capacity < 1 && (near.usable > 0 || capacity === 0) && this.#isTooFew(near)
    this.#far = capacity < 1 && (far.usable > 0 || capacity === 0) && this.#isTooFew(far)
  }

  #isTooFew({ all, usable }: Level): boolean {
    return usable < all && (usable === 0 || usable < this.#threshold * all)
  }
}

/** Endpoints that stand in for each other. */
interface Level {
  readonly all: number
  readonly usable: number
  /** How much of all traffic the usable ones carry, 0 to 1. */
  readonly capacity: number
}

function levelOf(members: readonly Member[], isSick: (member: Member) => boolean): Level {
  const usable = members.filter((member) => !isSick(member))
  return {
    all: members.length,
    usable: usable.length,
    capacity: members.length === 0 ? 0 : capacityOf(totalFullWeight(usable), totalFullWeight(members)),
  }
}
