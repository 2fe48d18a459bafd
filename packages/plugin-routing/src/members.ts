import type { Endpoint, PluginHost } from '@postern/core'
import { Member } from './balancing/member.ts'
import type { Addresses } from './draining.ts'
import { partDrained, type ReadEndpoint } from './endpoints.ts'
import type { ServiceOptions } from './options/service-options.ts'

/** What members are made with. */
export type EndpointMaker = Pick<PluginHost, 'endpoint' | 'release'>

/** The members of a service while its endpoints come and go: one that stays is the same object. */
export class Members {
  readonly #gateway: EndpointMaker
  readonly #service: string
  readonly #options: ServiceOptions
  #byKey: ReadonlyMap<string, Member> = new Map()

  constructor(gateway: EndpointMaker, service: string, options: ServiceOptions) {
    this.#gateway = gateway
    this.#service = service
    this.#options = options
  }

  /**
   * Takes other endpoints, all at once.
   * @param apply gets them before those that are gone are let go: from then on nobody may choose them.
   * @throws {GatewayError} GW_OPTIONS_INVALID on an endpoint that cannot be connected to; nothing has changed then.
   */
  update(endpoints: readonly ReadEndpoint[], apply: (addresses: Addresses) => void): void {
    const before = this.#byKey
    const { used, drained } = partDrained(endpoints)
    const given = used.map((endpoint) => [keyOf(endpoint), endpoint] as const)
    const made = this.#make(given.filter(([key]) => !before.has(key)))
    const after = new Map<string, Member>()
    for (const [key, { weight, zone }] of given) {
      const member = (before.get(key) ?? made.get(key)) as Member
      member.resettle(weight ?? 1, zone)
      after.set(key, member)
    }
    this.#byKey = after
    apply({ members: [...after.values()], drained })
    for (const [key, { endpoint }] of before) if (!after.has(key)) this.#gateway.release(endpoint)
  }

  #make(given: readonly (readonly [string, ReadEndpoint])[]): Map<string, Member> {
    const made = new Map<string, Member>()
    try {
      for (const [key, endpoint] of given) made.set(key, this.#member(endpoint))
    } catch (thrown) {
      for (const { endpoint } of made.values()) this.#gateway.release(endpoint)
      throw thrown
    }
    return made
  }

  #member({ key, url, weight, zone, ...own }: ReadEndpoint): Member {
    const tls = url.startsWith('https:') ? this.#options.tls : undefined
    const defaults = { service: this.#service, protocol: this.#options.protocol, tls }
    const endpoint: Endpoint = this.#gateway.endpoint(url, { ...defaults, ...own })
    return new Member(endpoint, key, weight ?? 1, zone)
  }
}

/** What makes it the same endpoint: another certificate or protocol means other connections. */
function keyOf({ key, protocol, tls }: ReadEndpoint): string {
  return protocol === undefined && tls === undefined ? key : `${key} ${JSON.stringify([protocol, tls])}`
}
