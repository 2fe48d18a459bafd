import { hostName, MAX_NAME_LENGTH } from './match-host.ts'
import type { PathTree } from './path-tree.ts'
import { type MatchedRequest, RequestValues } from './request-values.ts'

/**
 * The compiled routes. The most specific host that has a fitting route wins: the name itself, then the
 * longest `*.` suffix, then routes for any host; within a host the path decides, then the method, then the numbers of
 * conditions on headers and on the query. This is the order of the Kubernetes Gateway API (HTTPRoute, `hostnames` and
 * `rules`): it ranks the routes that match, so a host whose routes do not fit leaves the request to a less specific one.
 */
export class RouteTable<TTarget extends object> {
  readonly #names: ReadonlyMap<string, PathTree<TTarget>>
  readonly #suffixes: ReadonlyMap<string, PathTree<TTarget>>
  readonly #any: PathTree<TTarget>
  readonly #byHost: boolean

  /** Made by `compileTable`; never changed afterwards. */
  constructor(
    names: ReadonlyMap<string, PathTree<TTarget>>,
    suffixes: ReadonlyMap<string, PathTree<TTarget>>,
    any: PathTree<TTarget>,
  ) {
    this.#names = names
    this.#suffixes = suffixes
    this.#any = any
    this.#byHost = names.size > 0 || suffixes.size > 0
  }

  /**
   * The target of the most specific route that fits, or `undefined`.
   * @param request its path normalised, its authority as the client gave it.
   */
  find(request: MatchedRequest): TTarget | undefined {
    const { path, method } = request
    const values = new RequestValues(request)
    if (this.#byHost) {
      const target = this.#findByHost(hostName(request.authority), path, method, values)
      if (target !== undefined) return target
    }
    return this.#any.find(path, 1, method, values)
  }

  #findByHost(name: string, path: string, method: string, values: RequestValues): TTarget | undefined {
    const named = this.#names.get(name)?.find(path, 1, method, values)
    // Names longer than DNS allows are below no suffix: each of their dots would cost a lookup.
    if (named !== undefined || this.#suffixes.size === 0 || name.length > MAX_NAME_LENGTH) return named
    for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
      const target = this.#suffixes.get(name.slice(dot + 1))?.find(path, 1, method, values)
      if (target !== undefined) return target
    }
    return undefined
  }
}
