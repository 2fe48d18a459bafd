import type { Exchange } from '@postern/core'
import { placedPath, seenFromOldPlace } from '../names/old-name.ts'
import type { HostRewrite } from '../options/rewrite-options.ts'
import type { Service } from '../service.ts'
import type { PathRewrite } from './path-rewrite.ts'

/** How the upstream sees an exchange, as far as its answer may speak of it. */
export class UpstreamView {
  /** Beginning of the client's path, and of the upstream's, base path included; `null` when nothing can be mapped back. */
  readonly prefixes: { readonly client: string; readonly upstream: string } | null
  readonly #basePath: string
  readonly #host: string
  readonly #authority: string
  readonly #service: Service
  readonly #own: string

  constructor(exchange: Exchange, service: Service, path: PathRewrite, host: HostRewrite) {
    const endpoint = exchange.attempt?.endpoint ?? null
    const prefixes = seenFromOldPlace(exchange, path.prefixesFor(placedPath(exchange)))
    this.#basePath = endpoint?.basePath ?? ''
    this.#own = prefixes?.upstream ?? ''
    this.prefixes = prefixes
      ? { client: prefixes.client, upstream: this.#basePath + prefixes.upstream }
      : null
    this.#authority = endpoint?.authority ?? ''
    // The host's own handler, in the callee seat, gets what the client sent.
    this.#host = (endpoint === null ? exchange.authority : hostFor(exchange, host)).toLowerCase()
    this.#service = service
  }

  /** Names of the upstream, without port. */
  get hostNames(): readonly string[] {
    return [this.#host, this.#authority].map((authority) => authority.replace(/:\d*$/, ''))
  }

  /**
   * Beginning of the paths that stand for the client's, at an absolute URL: it may name the endpoint, the host that it was
   * told, or another endpoint of the service. `undefined` when it is somebody else's.
   */
  prefixAt({ host, hostname, protocol }: URL): string | undefined {
    const withPort = `${hostname}:${protocol === 'https:' ? 443 : 80}`
    const is = (authority: string) => authority === host || authority === withPort
    if (is(this.#host) || is(this.#authority)) return this.#basePath + this.#own
    const other = this.#service.members.find(({ endpoint }) => is(endpoint.authority))
    return other && other.endpoint.basePath + this.#own
  }
}

/** What the upstream gets as `Host`. */
export function hostFor({ authority, attempt, endpoint }: Exchange, host: HostRewrite): string {
  const own = (attempt?.endpoint ?? endpoint)?.authority ?? ''
  if (host === 'upstream') return own
  if (host === 'keep') return authority === '' ? own : authority
  return host.name
}
