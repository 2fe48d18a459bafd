import type { Pool } from 'undici'
import { GatewayError } from '../errors.ts'
import type { Endpoint } from '../route.ts'
import type { PoolRegistry } from './pools.ts'

/** An address with its connections. Belongs to one generation; the connections may be shared with the next. */
export class UpstreamEndpoint implements Endpoint {
  readonly url: string
  readonly origin: string
  readonly authority: string
  readonly basePath: string
  readonly service: string
  inFlight = 0
  readonly #pools: PoolRegistry
  #pool: Pool | null = null
  #closed = false

  /** @throws {GatewayError} GW_OPTIONS_INVALID when the URL cannot be an upstream. */
  constructor(url: string, service: string, pools: PoolRegistry) {
    const parsed = parseUpstream(url)
    this.url = url
    this.origin = parsed.origin
    this.authority = parsed.host
    this.basePath = parsed.pathname.replace(/\/+$/, '')
    this.service = service
    this.#pools = pools
  }

  /** The connections, opened on first use. `connectMs` bounds how long a connection may take to open. */
  pool(connectMs: number): Pool {
    this.#pool ??= this.#pools.acquire(this.origin, connectMs)
    return this.#pool
  }

  /** Gives the connections back. They close when no endpoint of a living generation uses them. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    if (this.#pool) this.#pools.release(this.#pool)
  }
}

function parseUpstream(url: string): URL {
  const invalid = (why: string): never => {
    throw new GatewayError('GW_OPTIONS_INVALID', {
      message: `Upstream "${redact(url)}" ${why}. Give it as http://host:port or https://host:port, with a base path if it has one`,
    })
  }
  if (!URL.canParse(url)) return invalid('is not a URL')
  const parsed = new URL(url)
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') return invalid('is neither http nor https')
  if (parsed.username !== '' || parsed.password !== '') return invalid('has credentials in it')
  if (parsed.search !== '' || parsed.hash !== '') return invalid('has a query or fragment')
  return parsed
}

/** A URL for a message: whatever stands before an `@` may be a password. */
function redact(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//…@')
}
