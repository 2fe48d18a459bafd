import { GatewayError, isGatewayError } from '../errors.ts'
import { GatewayHookSet, gatewayHooksFor } from '../hooks/points.ts'
import type { JourneyGeneration } from '../journey.ts'
import type { LiveExchange } from '../live-exchange.ts'
import type { ResolvedPathOptions } from '../options.ts'
import type {
  EndpointOptions,
  PluginHandle,
  PluginHost,
  PluginInstance,
  PluginRequest,
  PluginResponse,
} from '../plugin.ts'
import type { Endpoint, Route } from '../route.ts'
import { UpstreamEndpoint } from '../upstream/endpoint.ts'
import { OwnRequests } from '../upstream/own-requests.ts'
import type { PoolRegistry } from '../upstream/pools.ts'
import { UpstreamEgress } from '../upstream/upstream-egress.ts'
import type { CompiledRoute } from './compiled-route.ts'
import { Member } from './member.ts'
import { orderBySlots } from './order.ts'
import { checkPlugins } from './plugins.ts'
import { RouteCompiler } from './routes.ts'
import type { GatewaySettings } from './settings.ts'

/** Targets of calls in the caller seat whose connections are kept at once. */
const MAX_OWN_ENDPOINTS = 1_000

/** One immutable compiled state of a gateway: plugins in order, hooks, routes. Replaced whole, never edited. */
export class Generation implements JourneyGeneration {
  readonly number: number
  readonly settings: GatewaySettings
  readonly hooks = new GatewayHookSet()
  readonly members: readonly Member[]
  readonly egress: UpstreamEgress
  /** By which heads are read, before a route is known. */
  readonly headRules: GatewaySettings
  readonly paths: ResolvedPathOptions
  /** Where everything goes that nothing else decides. */
  readonly upstream: UpstreamEndpoint | null
  /** Since when each address is known: the next generation goes on from here, so that a reload makes none of them new. */
  readonly knownSince = new Map<string, number>()
  /** Exchanges that live in it. */
  inFlight = 0
  readonly #onFinished: (exchange: LiveExchange, generation: Generation) => void
  readonly #compiler: RouteCompiler
  readonly #defaultRoute: CompiledRoute
  readonly #endpoints: UpstreamEndpoint[] = []
  readonly #own = new Map<string, UpstreamEndpoint>()
  readonly #requests = new OwnRequests()
  readonly #pools: PoolRegistry
  readonly #knownBefore: ReadonlyMap<string, number>
  readonly #madeMs = performance.now()
  #closed: Promise<void> | null = null

  /**
   * Checks everything, sets the plugins up in order, compiles every route. When it throws, what was set up is closed.
   * @throws {GatewayError} whatever is wrong with plugins or options.
   */
  constructor(
    number: number,
    plugins: readonly PluginInstance[],
    settings: GatewaySettings,
    pools: PoolRegistry,
    onFinished: (exchange: LiveExchange, generation: Generation) => void,
    knownBefore: ReadonlyMap<string, number> = new Map(),
  ) {
    this.number = number
    this.settings = settings
    this.paths = settings.paths
    this.#onFinished = onFinished
    this.#pools = pools
    this.#knownBefore = knownBefore
    checkPlugins(plugins)
    this.members = orderBySlots(plugins).map((instance) => new Member(instance, settings.logger))
    this.#compiler = new RouteCompiler(settings)
    this.upstream =
      settings.upstream === undefined ? null : this.endpoint(settings.upstream.url, settings.upstream)
    this.#defaultRoute = this.#compiler.define({ id: 'default', plugins: settings.routePlugins })
    try {
      for (const member of this.members) member.handle = this.#setUp(member)
      this.#compiler.compile(this.members, this.hooks)
    } catch (thrown) {
      void this.close()
      throw thrown
    }
    this.hooks.frozen = true
    this.headRules = { ...settings, limits: this.#compiler.headLimits() }
    const routes = [...this.#compiler.routes.values()]
    const connectMs = Math.max(...routes.map(({ timeouts }) => timeouts.connectMs))
    this.egress = new UpstreamEgress(connectMs)
    // Taken now: the generation before lets go of its own at once when nothing runs.
    for (const endpoint of this.#endpoints) endpoint.connections(connectMs)
  }

  /** Makes an endpoint that lives as long as this generation. */
  endpoint(url: string, options: EndpointOptions = {}): UpstreamEndpoint {
    const endpoint = new UpstreamEndpoint(
      url,
      options,
      this.#pools,
      this.#since(`${url} ${options.socketPath ?? ''}`),
    )
    this.#endpoints.push(endpoint)
    return endpoint
  }

  /** Sends a plugin's own request; of one that is sent in set-up, when all is set up. */
  request(endpoint: Endpoint, request: PluginRequest): Promise<PluginResponse> {
    if (this.hooks.frozen) return this.#requests.send(this.egress, endpoint, request)
    return Promise.resolve().then(() => this.#requests.send(this.egress, endpoint, request))
  }

  #since(address: string): number {
    // All that set-up defines is equally new: milliseconds of set-up must not look like an age.
    const newMs = this.hooks.frozen ? performance.now() : this.#madeMs
    const sinceMs = this.knownSince.get(address) ?? this.#knownBefore.get(address) ?? newMs
    this.knownSince.set(address, sinceMs)
    return sinceMs
  }

  /** The target of a call in the caller seat, as an endpoint. */
  ownEndpoint(origin: string): UpstreamEndpoint {
    const known = this.#own.get(origin)
    if (known) return known
    if (this.#own.size >= MAX_OWN_ENDPOINTS) this.#dropIdle()
    const endpoint = new UpstreamEndpoint(origin, {}, this.#pools)
    this.#own.set(origin, endpoint)
    return endpoint
  }

  /** A caller that crawls the world would otherwise keep a pool for every host it ever met. */
  #dropIdle(): void {
    for (const [origin, endpoint] of this.#own) {
      if (endpoint.inFlight > 0) continue
      this.#own.delete(origin)
      endpoint.close()
      return
    }
  }

  compiledRoute(picked: Route | undefined, exchange: LiveExchange): CompiledRoute | undefined {
    if (picked) return picked as CompiledRoute
    const reachable = this.upstream !== null || exchange.seat === 'callee' || exchange.ownEndpoint !== null
    return reachable ? this.#defaultRoute : undefined
  }

  finished(exchange: LiveExchange): void {
    this.inFlight--
    this.#onFinished(exchange, this)
  }

  /** Closes plugins and gives connections back. Safe to call twice; a plugin that fails to close is logged. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    // First: a plugin may wait for its own requests when it is closed.
    this.#requests.close()
    // Last set up, first closed: a provider outlives those who read its slot.
    for (const member of [...this.members].reverse()) {
      try {
        await member.handle.close?.()
      } catch (thrown) {
        member.logger.error({ err: thrown }, `Plugin ${member.definition.name} failed to close`)
      }
    }
    for (const endpoint of [...this.#endpoints, ...this.#own.values()]) endpoint.close()
  }

  #setUp(member: Member): PluginHandle {
    const { definition } = member
    const host: PluginHost = {
      hooks: gatewayHooksFor(this.hooks, member.owner, member.settings, this.settings.timeouts.pluginMs),
      logger: member.logger,
      addRoute: (route) => {
        if (this.hooks.frozen)
          throw new GatewayError('GW_PLUGIN_TAPPED_LATE', {
            message: `${definition.name} added a route after set-up`,
            plugin: definition.name,
          })
        return this.#compiler.define(route)
      },
      endpoint: (url, options) => this.endpoint(url, options),
      request: (endpoint, request) => this.request(endpoint, request),
    }
    try {
      return definition.setup(host, member.options) ?? {}
    } catch (thrown) {
      if (isGatewayError(thrown)) throw thrown
      throw new GatewayError('GW_PLUGIN_SETUP_FAILED', {
        message: `${definition.name} failed in setup: ${messageOf(thrown)}`,
        plugin: definition.name,
        cause: thrown,
      })
    }
  }
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
