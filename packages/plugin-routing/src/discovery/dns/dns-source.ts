import type { DnsOptions } from '../../options/discovery-options.ts'
import type { Discovery, DiscoveryListener, DiscoveryWatch } from '../discovery.ts'
import { Host } from './host-addresses.ts'
import { makeResolver, refreshTimes } from './make-resolver.ts'
import { RefreshLoop, type RefreshSources } from './refresh-loop.ts'

/** The latest that a name is asked for again when nobody says. */
const DEFAULT_MAX_TTL_MS = 300_000

/** Endpoints from A and AAAA records: one for each address, all under the name. */
export class DnsSource implements Discovery {
  readonly #options: DnsOptions
  readonly #sources: RefreshSources | undefined

  constructor(options: DnsOptions, sources?: RefreshSources) {
    this.#options = options
    this.#sources = sources
  }

  watch(_service: string, listener: DiscoveryListener): DiscoveryWatch {
    const { name, port, scheme = 'http', path = '', type = 'both' } = this.#options
    const resolver = makeResolver(this.#options)
    const host = new Host(resolver, name, type)
    const url = `${scheme}://${name}:${port}${path}`
    const find = async () => {
      const { addresses, ttlMs } = await host.resolve()
      return { endpoints: addresses.map((address) => ({ url, address })), ttlMs }
    }
    const times = refreshTimes(this.#options, DEFAULT_MAX_TTL_MS)
    return new RefreshLoop({ find, cancel: () => resolver.cancel() }, listener, times, this.#sources)
  }
}
