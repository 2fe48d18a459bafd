import { GatewayError, isGatewayError } from '../errors.ts'
import { GatewayHookSet, gatewayHooksFor } from '../hooks/points.ts'
import type { JourneyGeneration } from '../journey.ts'
import type { LiveExchange } from '../live-exchange.ts'
import type { Metric } from '../metrics/metric.ts'
import type { ResolvedPathOptions } from '../options.ts'
import type { PluginInstance } from '../plugin.ts'
import type { EndpointOptions, Kept, PluginHandle, PluginHost } from '../plugin-host.ts'
import type { PluginRequest, PluginResponse } from '../plugin-request.ts'
import type { PluginView } from '../plugin-view.ts'
import type { Endpoint, Route } from '../route.ts'
import type { EndpointStats } from '../stats.ts'
import { UpstreamEndpoint } from '../upstream/endpoint.ts'
import { OwnRequests } from '../upstream/own-requests.ts'
import type { PoolRegistry } from '../upstream/pools.ts'
import { UpstreamEgress } from '../upstream/upstream-egress.ts'
import type { CompiledRoute } from './compiled-route.ts'
import { KeptThings } from './kept.ts'
import { Member } from './member.ts'
import { orderBySlots } from './order.ts'
import { checkPlugins } from './plugins.ts'
import { collectViews } from './report.ts'
import { RouteCompiler } from './routes.ts'
import type { GatewaySettings } from './settings.ts'

/** Targets of calls in the caller seat whose connections are kept at once. */
const MAX_OWN_ENDPOINTS = 1_000

/** The gateway that a generation belongs to. */
export interface GenerationOwner {
  /** An exchange is over. */
  readonly onFinished: (exchange: LiveExchange, generation: Generation) => void
  /** All figures of the gateway. */
  readonly metrics: () => readonly Metric[]
}

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
  /** What plugins keep beyond a reload: the same for all generations. */
  readonly kept: KeptThings
  /** What its plugins show of themselves, by name. */
  readonly views: ReadonlyMap<string, PluginView>
  /** Exchanges that live in it. */
  inFlight = 0
  readonly #onFinished: GenerationOwner['onFinished']
  readonly #metrics: () => readonly Metric[]
  readonly #compiler: RouteCompiler
  readonly #defaultRoute: CompiledRoute
  readonly #endpoints = new Map<Endpoint, string>()
  /** How many endpoints have an address: several services may share it. */
  readonly #users = new Map<string, number>()
  readonly #keptKeys = new Map<string, Member>()
  readonly #own = new Map<string, UpstreamEndpoint>()
  readonly #pools: PoolRegistry
  readonly #knownBefore: ReadonlyMap<string, number>
  readonly #madeMs = performance.now()
  #ownRequests: OwnRequests | null = null
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
    { onFinished, metrics }: GenerationOwner,
    before?: Pick<Generation, 'knownSince' | 'kept' | 'members'>,
  ) {
    this.number = number
    this.settings = settings
    this.paths = settings.paths
    this.#onFinished = onFinished
    this.#metrics = metrics
    this.#pools = pools
    this.#knownBefore = before?.knownSince ?? new Map()
    this.kept = before?.kept ?? new KeptThings()
    checkPlugins(plugins)
    this.members = orderBySlots(plugins).map((instance) => {
      const same = before?.members.find(({ definition }) => definition.name === instance.definition.name)
      return new Member(instance, settings.logger, same)
    })
    this.#compiler = new RouteCompiler(settings)
    this.upstream =
      settings.upstream === undefined ? null : this.endpoint(settings.upstream.url, settings.upstream)
    this.#defaultRoute = this.#compiler.define({ id: 'default', plugins: settings.routePlugins })
    try {
      for (const member of this.members) member.handle = this.#setUp(member)
      this.views = collectViews(this.members)
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
    this.#ownRequests = new OwnRequests(this.egress)
    // Taken now: the generation before lets go of its own at once when nothing runs.
    for (const endpoint of this.#endpoints.keys()) (endpoint as UpstreamEndpoint).connections(connectMs)
  }

  /** Makes an endpoint that lives as long as this generation. */
  endpoint(url: string, options: EndpointOptions = {}): UpstreamEndpoint {
    const address = `${url} ${options.socketPath ?? ''} ${options.address ?? ''}`
    const endpoint = new UpstreamEndpoint(url, options, this.#pools, this.#since(address))
    this.#endpoints.set(endpoint, address)
    this.#users.set(address, (this.#users.get(address) ?? 0) + 1)
    return endpoint
  }

  /** Lets an endpoint go, once what runs on it has ended. */
  release(endpoint: Endpoint): void {
    const address = this.#endpoints.get(endpoint)
    if (address === undefined) return
    this.#endpoints.delete(endpoint)
    ;(endpoint as UpstreamEndpoint).release()
    const left = (this.#users.get(address) ?? 1) - 1
    if (left > 0) {
      this.#users.set(address, left)
      return
    }
    this.#users.delete(address)
    this.knownSince.delete(address)
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

  /** Its routes, in the order in which they were defined. */
  get routes(): Iterable<CompiledRoute> {
    return this.#compiler.routes.values()
  }

  /** How its endpoints are used. */
  get endpointStats(): EndpointStats[] {
    return [...this.#endpoints.keys()].map((endpoint) => (endpoint as UpstreamEndpoint).stats)
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
    this.#ownRequests?.close()
    // Last set up, first closed: a provider outlives those who read its slot.
    for (const member of [...this.members].reverse()) {
      try {
        await member.handle.close?.()
      } catch (thrown) {
        member.logger.error({ err: thrown }, `Plugin ${member.definition.name} failed to close`)
      }
    }
    for (const [key, member] of this.#keptKeys) {
      try {
        await this.kept.release(key)
      } catch (thrown) {
        member.logger.error({ err: thrown }, `Plugin ${member.definition.name} failed to close what it kept`)
      }
    }
    for (const endpoint of this.#endpoints.keys()) (endpoint as UpstreamEndpoint).close()
    for (const endpoint of this.#own.values()) endpoint.close()
  }

  /** Sends a plugin's own request; one that is asked for during set-up, once all is set up. */
  async #request(endpoint: UpstreamEndpoint, request: PluginRequest): Promise<PluginResponse> {
    if (!this.hooks.frozen) await Promise.resolve()
    if (!this.#ownRequests) throw new GatewayError('GW_GATEWAY_CLOSING')
    return this.#ownRequests.send(endpoint, request)
  }

  #keep<TKept extends Kept>(member: Member, key: string, make: () => TKept): TKept {
    const full = `${member.definition.name} ${key}`
    const kept = this.kept.acquire(full, make)
    // A generation counts once, however often it asks.
    if (this.#keptKeys.has(full)) void this.kept.release(full)
    else this.#keptKeys.set(full, member)
    return kept
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
      release: (endpoint) => this.release(endpoint),
      request: (endpoint, request) => this.#request(endpoint as UpstreamEndpoint, request),
      keep: (key, make) => this.#keep(member, key, make),
      metrics: this.#metrics,
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
