import type { Logger, PluginHost } from '@postern/core'
import type { ReadEndpoint } from '../endpoints.ts'
import type { EndpointMaker, Members } from '../members.ts'
import { isDiscovery, type ServiceDiscovery } from '../options/discovery-options.ts'
import type { MemberSource, Service } from '../service.ts'
import type { Discovery } from './discovery.ts'
import { DnsSource } from './dns/dns-source.ts'
import { SrvSource } from './dns/srv-source.ts'
import { FileSource } from './file/file-source.ts'
import { DiscoveryCounts, type DiscoveryState, type Follower, WatchedEndpoints } from './watched-endpoints.ts'

/** What services are defined with. */
export type ServiceHost = EndpointMaker & Pick<PluginHost, 'keep' | 'logger' | 'request'>

/**
 * A service of one generation that follows a watch. The watch is kept beyond a reload that does not change it, with
 * the endpoints that it knows; the members are the generation's own.
 */
export class Following implements MemberSource, Follower {
  readonly logger: Logger
  readonly #members: Members
  readonly #watched: WatchedEndpoints
  #service: Service | null = null

  constructor(gateway: ServiceHost, service: string, discovery: ServiceDiscovery, members: Members) {
    this.logger = gateway.logger
    this.#members = members
    const key = JSON.stringify(['discovery', service, isDiscovery(discovery) ? idOf(discovery) : discovery])
    const counts = gateway.keep(`discovery-counts ${service}`, () => new DiscoveryCounts())
    this.#watched = gateway.keep(key, () => new WatchedEndpoints(service, discoveryOf(discovery), counts))
  }

  follow(service: Service): void {
    this.#service = service
    this.#watched.follow(this)
  }

  changed(endpoints: readonly ReadEndpoint[]): void {
    this.#members.update(endpoints, (addresses) => this.#service?.replace(addresses))
  }

  state(): DiscoveryState {
    return this.#watched.state()
  }

  close(): void {
    this.#watched.unfollow(this)
  }
}

function discoveryOf(given: ServiceDiscovery): Discovery {
  if (isDiscovery(given)) return given
  if ('dns' in given) return new DnsSource(given.dns)
  if ('srv' in given) return new SrvSource(given.srv)
  return new FileSource(given.file)
}

/** Numbers for objects that have no text of their own to be told apart by. */
const ids = new WeakMap<Discovery, number>()
let lastId = 0

function idOf(discovery: Discovery): number {
  const id = ids.get(discovery) ?? ++lastId
  ids.set(discovery, id)
  return id
}
