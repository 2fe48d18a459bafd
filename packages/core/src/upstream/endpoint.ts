import { isIP } from 'node:net'
import { GatewayError } from '../errors.ts'
import type { EndpointOptions } from '../plugin-host.ts'
import type { Endpoint } from '../route.ts'
import type { EndpointStats } from '../stats.ts'
import { type ConnectTarget, tlsSettings } from './connect.ts'
import { Places } from './places.ts'
import type { Connections, PoolRegistry } from './pools.ts'

/** An address with its connections. Belongs to one generation; the connections may be shared with the next. */
export class UpstreamEndpoint implements Endpoint {
  readonly url: string
  readonly origin: string
  readonly authority: string
  readonly basePath: string
  readonly service: string
  readonly address: string
  readonly protocol: 'http1' | 'http2'
  readonly sinceMs: number
  readonly places = new Places()
  readonly #target: ConnectTarget
  readonly #pools: PoolRegistry
  #connections: Connections | null = null

  /** @throws {GatewayError} GW_OPTIONS_INVALID when the URL cannot be an upstream. */
  constructor(
    url: string,
    options: EndpointOptions,
    pools: PoolRegistry,
    sinceMs: number = performance.now(),
  ) {
    const parsed = parseUpstream(url)
    if (options.tls && parsed.protocol !== 'https:') invalid(url, 'has TLS settings but is not https')
    if (options.address !== undefined && isIP(options.address) === 0)
      invalid(url, `is to be reached at ${JSON.stringify(options.address)}, which is not an IP address`)
    this.url = url
    this.origin = parsed.origin
    this.authority = parsed.host
    this.basePath = parsed.pathname.replace(/\/+$/, '')
    this.service = options.service ?? ''
    this.address = options.address ?? ''
    this.protocol = options.protocol ?? 'http1'
    this.sinceMs = sinceMs
    this.#target = {
      origin: parsed.origin,
      socketPath: options.socketPath,
      address: options.address,
      tls: options.tls ?? {},
    }
    this.#pools = pools
    if (options.tls) checkTls(url, this.#target)
  }

  get inFlight(): number {
    return this.places.taken
  }

  /** How it is used now. */
  get stats(): EndpointStats {
    const { service, origin, address, places } = this
    const { connected, idle } = this.#connections?.use ?? { connected: 0, idle: 0 }
    return { service, origin, address, inFlight: places.taken, waiting: places.waiting, connected, idle }
  }

  /** The connections, opened on first use. `connectMs` bounds how long a connection may take to open. */
  connections(connectMs: number): Connections {
    this.#connections ??= this.#pools.acquire(this.#target, connectMs)
    return this.#connections
  }

  /**
   * Nothing new is meant for it: its connections go when what runs on it has ended. An attempt that chose it before, and
   * starts only now, is served all the same, over new connections if need be.
   */
  release(): void {
    this.places.onIdle = () => this.close()
    if (this.places.taken === 0) this.close()
  }

  /** Gives the connections back. They close when no endpoint of a living generation uses them. */
  close(): void {
    if (!this.#connections) return
    this.#pools.release(this.#connections)
    this.#connections = null
  }
}

/** Found at the start, and not when the first request wants a connection. */
function checkTls(url: string, target: ConnectTarget): void {
  try {
    tlsSettings(target)
  } catch (cause) {
    const message = `Upstream "${redact(url)}": ca, cert or key of its tls cannot be used: ${(cause as Error).message}`
    throw new GatewayError('GW_OPTIONS_INVALID', { message, cause })
  }
}

function parseUpstream(url: string): URL {
  if (!URL.canParse(url)) return invalid(url, 'is not a URL')
  const parsed = new URL(url)
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:')
    return invalid(url, 'is neither http nor https')
  if (parsed.username !== '' || parsed.password !== '') return invalid(url, 'has credentials in it')
  if (parsed.search !== '' || parsed.hash !== '') return invalid(url, 'has a query or fragment')
  return parsed
}

function invalid(url: string, why: string): never {
  throw new GatewayError('GW_OPTIONS_INVALID', {
    message: `Upstream "${redact(url)}" ${why}. Give it as http://host:port or https://host:port, with a base path if it has one`,
  })
}

/** A URL for a message: whatever stands before an `@` may be a password. */
function redact(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//…@')
}
