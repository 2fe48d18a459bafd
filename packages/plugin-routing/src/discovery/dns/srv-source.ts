import type { promises, SrvRecord } from 'node:dns'
import type { SrvOptions } from '../../options/discovery-options.ts'
import type { DiscoveredEndpoint, Discovery, DiscoveryListener, DiscoveryWatch } from '../discovery.ts'
import { type AddressType, Host, type HostAddresses } from './host-addresses.ts'
import { makeResolver, refreshTimes } from './make-resolver.ts'
import { type Found, type LookUp, RefreshLoop, type RefreshSources } from './refresh-loop.ts'

/** The latest that a name is asked for again when nobody says: Node does not tell the TTL of SRV records. */
const DEFAULT_MAX_TTL_MS = 30_000
/** Weight of a record with weight 0 beside others: "a very small chance of being selected" (RFC 2782). */
const SMALL_WEIGHT = 0.01

/** Endpoints from SRV records and the addresses of their targets. */
export class SrvSource implements Discovery {
  readonly #options: SrvOptions
  readonly #sources: RefreshSources | undefined

  constructor(options: SrvOptions, sources?: RefreshSources) {
    this.#options = options
    this.#sources = sources
  }

  watch(_service: string, listener: DiscoveryListener): DiscoveryWatch {
    const times = refreshTimes(this.#options, DEFAULT_MAX_TTL_MS)
    return new RefreshLoop(new SrvLookUp(this.#options), listener, times, this.#sources)
  }
}

class SrvLookUp implements LookUp {
  readonly #resolver: promises.Resolver
  readonly #name: string
  readonly #scheme: string
  readonly #path: string
  readonly #type: AddressType
  /** The targets of the last answer, with the addresses that they had. */
  #hosts: ReadonlyMap<string, Host> = new Map()

  constructor(options: SrvOptions) {
    this.#resolver = makeResolver(options)
    this.#name = options.name
    this.#scheme = options.scheme ?? 'http'
    this.#path = options.path ?? ''
    this.#type = options.type ?? 'both'
  }

  cancel(): void {
    this.#resolver.cancel()
  }

  /** The records of the lowest priority that lead anywhere (RFC 2782). */
  async find(): Promise<Found> {
    const records = (await this.#resolver.resolveSrv(this.#name)).map(withoutDot)
    this.#hosts = new Map(records.map(({ name }) => [name, this.#host(name)]))
    let failure: unknown = new Error(`No target of ${this.#name}`)
    for (const group of byPriority(records)) {
      const found = await Promise.allSettled(group.map(({ name }) => this.#resolve(name)))
      const endpoints = group.flatMap((record, i) => this.#endpoints(record, group, found[i]))
      const ttlsMs = found.flatMap((one) => (one.status === 'fulfilled' ? [one.value.ttlMs] : []))
      if (endpoints.length > 0) return { endpoints, ttlMs: Math.min(...ttlsMs) }
      failure = found.find((one) => one.status === 'rejected')?.reason ?? failure
    }
    throw failure
  }

  #host(target: string): Host {
    return this.#hosts.get(target) ?? new Host(this.#resolver, target, this.#type)
  }

  /** What cannot be resolved now stays where it was: others of the group must not take its part for that. */
  async #resolve(target: string): Promise<HostAddresses> {
    const host = this.#hosts.get(target) as Host
    try {
      return await host.resolve()
    } catch (thrown) {
      if (host.last) return { ...host.last, ttlMs: 0 }
      throw thrown
    }
  }

  /** One for each address of a target; the target's weight is theirs together. */
  #endpoints(
    { name, port, weight }: SrvRecord,
    group: readonly SrvRecord[],
    found: PromiseSettledResult<HostAddresses> | undefined,
  ): DiscoveredEndpoint[] {
    if (found?.status !== 'fulfilled') return []
    const { addresses } = found.value
    const isAllZero = group.every((record) => record.weight === 0)
    const share = (isAllZero ? 1 : Math.max(weight, SMALL_WEIGHT)) / addresses.length
    return addresses.map((address) => ({
      url: `${this.#scheme}://${name}:${port}${this.#path}`,
      address,
      weight: share,
    }))
  }
}

/** The root as a target says that the service is not there (RFC 2782). */
function byPriority(records: readonly SrvRecord[]): SrvRecord[][] {
  const groups = Map.groupBy(
    records.filter(({ name }) => name !== ''),
    ({ priority }) => priority,
  )
  return [...groups].sort(([a], [b]) => a - b).map(([, group]) => group)
}

function withoutDot(record: SrvRecord): SrvRecord {
  return { ...record, name: record.name.replace(/\.$/, '').toLowerCase() }
}
