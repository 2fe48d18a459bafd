import { type Exchange, setHeader } from '@postern/core'
import { placedPath } from '../names/old-name.ts'
import type { HostRewrite } from '../options/rewrite-options.ts'
import type { Target } from '../targets/target.ts'
import { changedNames, type HeaderRewrite, rewriteHeaders } from './header-rewrite.ts'
import { mapLocation } from './location.ts'
import type { PathRewrite } from './path-rewrite.ts'
import { type QueryRewrite, rewriteQuery } from './query-rewrite.ts'
import { mapSetCookie } from './set-cookie.ts'
import { hostFor, UpstreamView } from './upstream-view.ts'

/** What a rewrite is made of; `null` for what it leaves alone. */
export interface RewriteParts {
  readonly path: PathRewrite
  readonly host: HostRewrite
  readonly query: QueryRewrite | null
  readonly requestHeaders: HeaderRewrite | null
  readonly responseHeaders: HeaderRewrite | null
  readonly mapBack: boolean
}

/** A rewrite of the query as plain data. */
export interface QueryRewriteDescription {
  /** Names of parameters that are added or set. */
  readonly added: readonly string[]
  /** Names of parameters that are taken out. */
  readonly dropped: readonly string[]
}

/** A rewrite as plain data. Values of headers and of the query stay out: they may be secrets. */
export interface RewriteDescription {
  /** The path in words: `/orders/* → /*`, or the template. Not there when it stays. */
  readonly path?: string | undefined
  /** `upstream`, `keep`, or the host. */
  readonly host: string
  /** What happens to the parameters of the query. */
  readonly query: QueryRewriteDescription
  /** Names of headers that are changed. */
  readonly requestHeaders: readonly string[]
  /** Names of headers that are changed. */
  readonly responseHeaders: readonly string[]
  /** Whether references and cookies of the upstream are mapped back. */
  readonly mapBack: boolean
}

/** What a route changes of requests and answers, compiled once. The same for every attempt of an exchange. */
export class Rewrite {
  readonly #parts: RewriteParts

  constructor(parts: RewriteParts) {
    this.#parts = parts
  }

  /** Whether anything of the request changes. */
  get changesRequest(): boolean {
    const { path, host, query, requestHeaders } = this.#parts
    return path.describe() !== undefined || host !== 'upstream' || query !== null || requestHeaders !== null
  }

  /** Whether anything of the answer may change. */
  get changesResponse(): boolean {
    return this.#parts.responseHeaders !== null || this.#parts.mapBack
  }

  /** Names, lower case, of the request headers that it changes. */
  get changedRequestHeaders(): readonly string[] {
    const { requestHeaders } = this.#parts
    return requestHeaders === null ? [] : changedNames(requestHeaders)
  }

  /** The path that the upstream gets for a path at the route's place. */
  upstreamPath(path: string): string {
    return this.#parts.path.apply(path)
  }

  /** Changes the request of the coming attempt. */
  toUpstream(exchange: Exchange): void {
    const { path, host, query, requestHeaders } = this.#parts
    const placed = placedPath(exchange)
    exchange.upstreamPath = path.apply(placed)
    if (query !== null) exchange.upstreamQuery = rewriteQuery(query, exchange.query, placed)
    if (requestHeaders !== null) rewriteHeaders(requestHeaders, exchange.upstreamRequestHeaders, placed)
    if (host !== 'upstream' && exchange.endpoint !== null)
      setHeader(exchange.upstreamRequestHeaders, 'host', host === 'keep' ? keptHost(exchange) : host.name)
  }

  /** Changes the upstream's answer, and no other: a guard's redirect speaks of the client's addresses already. */
  toClient(exchange: Exchange, target: Target): void {
    const { attempt, error, responseHeaders } = exchange
    if (attempt === null || attempt.headersMs === 0 || attempt.error !== null || error !== null) return
    const parts = this.#parts
    if (parts.mapBack) mapBack(exchange, target, parts)
    if (parts.responseHeaders !== null)
      rewriteHeaders(parts.responseHeaders, responseHeaders, placedPath(exchange))
  }

  /** What it is, as plain data. */
  describe(): RewriteDescription {
    const { path, host, query, requestHeaders, responseHeaders, mapBack } = this.#parts
    return {
      path: path.describe(),
      host: typeof host === 'string' ? host : host.name,
      query: { added: query?.added.map(({ name }) => name) ?? [], dropped: [...(query?.dropped ?? [])] },
      requestHeaders: requestHeaders === null ? [] : changedNames(requestHeaders),
      responseHeaders: responseHeaders === null ? [] : changedNames(responseHeaders),
      mapBack,
    }
  }
}

function keptHost(exchange: Exchange): string {
  return hostFor(exchange, 'keep')
}

/** References and cookies. Nothing is made before one of them is there. */
function mapBack(exchange: Exchange, target: Target, { path, host }: RewriteParts): void {
  const { authority, responseHeaders } = exchange
  let view: UpstreamView | null = null
  for (let i = 0; i < responseHeaders.length; i += 2) {
    const kind = kindOf(responseHeaders[i] as string)
    if (kind === null) continue
    view ??= new UpstreamView(exchange, target.serviceFor(exchange), path, host)
    const map = kind === 'cookie' ? mapSetCookie : mapLocation
    responseHeaders[i + 1] = map(responseHeaders[i + 1] as string, view, authority)
  }
}

/** By length first: nearly every header ends here. */
function kindOf(name: string): 'cookie' | 'location' | null {
  switch (name.length) {
    case 8:
      return name.toLowerCase() === 'location' ? 'location' : null
    case 10:
      return name.toLowerCase() === 'set-cookie' ? 'cookie' : null
    case 16:
      return name.toLowerCase() === 'content-location' ? 'location' : null
    default:
      return null
  }
}
