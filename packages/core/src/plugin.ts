import type { GatewayError } from './errors.ts'
import type { Exchange, Reply } from './exchange.ts'
import type { Logger } from './logger.ts'
import type { Mode, ModeSettings } from './modes.ts'
import type { Limits, RoutePlugins, Timeouts } from './options.ts'
import type { PluginRequest, PluginResponse } from './plugin-request.ts'
import type { Endpoint, Route } from './route.ts'
import type { OptionsSchema } from './schema.ts'
import type { AnySlot } from './slots.ts'
import type { ConnectionOptions } from './upstream-options.ts'

/** The hook API that this core offers. Plugins built for this major, or the one before, run. */
export const HOOK_API = '1.0'

/**
 * What a fault of the plugin means. `guard`: the routes that need it answer 503, never open. `observer`: logged and
 * counted, the exchange goes on; after repeated faults the plugin is shed. `transform`: the exchange fails.
 */
export type FaultClass = 'guard' | 'observer' | 'transform'

/** A hook that a plugin can tap while it is set up. The tap is named after the plugin. */
export interface HookPoint<TSubject, TResult> {
  /**
   * Adds a function to the hook. Functions of one hook run in the order of their plugins, which follows from slots.
   * @throws {GatewayError} GW_PLUGIN_TAPPED_LATE after set-up: hooks are frozen then.
   */
  tap(fn: (subject: TSubject) => TResult): void
}

/** What a `pre*` tap may give: an answer, a refusal, or nothing to let the exchange go on. */
export type PreResult = Reply | GatewayError | undefined | void

/** A `pre*` hook. Give the result at once where you can: then the exchange does not wait a turn. */
export interface PreHookPoint {
  /**
   * Adds a function that may answer the request. In `shadow` its refusal is recorded and dropped.
   * @throws {GatewayError} GW_PLUGIN_TAPPED_LATE after set-up.
   */
  tap(fn: (exchange: Exchange) => PreResult | Promise<PreResult>, options?: PreTapOptions): void
}

/** The hooks of the gateway, in the order in which an exchange meets them. */
export interface GatewayHooks<TRouteOptions = unknown> {
  /** Runs when a route is compiled, once per route that the plugin is not `off` on. The place to tap the route's hooks. */
  readonly onRoute: HookPoint<PluginRoute<TRouteOptions>, void>
  /** Runs first, when the head is read and validated, before any match. Watches. */
  readonly onRequest: HookPoint<Exchange, void>
  /** Runs before routing and may answer: health paths, key sets. */
  readonly preMatch: PreHookPoint
  /** Says which route is meant. The first that returns one decides. */
  readonly pickRoute: HookPoint<Exchange, Route | undefined>
  /** Runs last for every exchange, exactly once, whatever happened. Watches. */
  readonly onFinish: HookPoint<Exchange, void>
}

/** The hooks of a route, in the order in which an exchange meets them. */
export interface RouteHooks {
  /** Runs after the match, before any upstream: guards authenticate, authorize, limit. May answer. */
  readonly preForward: PreHookPoint
  /** Per attempt: says which endpoint. The first that returns one decides. May wait. */
  readonly pickEndpoint: HookPoint<Exchange, Endpoint | undefined | Promise<Endpoint | undefined>>
  /** Per attempt, the last change before it is sent: `upstreamRequestHeaders`, `upstreamPath`, `upstreamQuery`. */
  readonly mapUpstreamRequest: HookPoint<Exchange, void>
  /** Per attempt, when it ended: `exchange.attempt` has status or error and times. Watches. */
  readonly onAttemptEnd: HookPoint<Exchange, void>
  /**
   * After an attempt that may be repeated and failed (`attempt.error`), or that was answered with a status from 400 on
   * (`attempt.status`, `responseHeaders`; then before the answer goes to the client and before `onAttemptEnd`): milliseconds to wait
   * before the next, or `undefined` to give up. A wait that does not fit into `timeouts.totalMs` counts as giving up.
   */
  readonly pickRetry: HookPoint<Exchange, number | undefined>
  /**
   * An attempt has no head after the route's `hedgeAfterMs`: `true` starts another beside it, and the first head wins; an answer
   * from 500 on only when no other runs. Asked of safe methods without a body alone, while `limits.attempts` is not used up.
   */
  readonly pickHedge: HookPoint<Exchange, boolean | undefined>
  /** The response head, before it goes to the client: `status`, `responseHeaders`. */
  readonly mapResponse: HookPoint<Exchange, void>
  /** Runs for every exchange of this route, exactly once, after the gateway's own `onFinish`. Watches. */
  readonly onFinish: HookPoint<Exchange, void>
}

/** A route as one plugin sees it while it is compiled. */
export interface PluginRoute<TRouteOptions = unknown> {
  /** The route, as `exchange.route` will be. */
  readonly route: Route
  /** The plugin's own options on this route, checked by its `routeOptions` schema; `undefined` when it has none. */
  readonly options: TRouteOptions
  /** The mode that the plugin runs in on this route. */
  readonly mode: Mode
  /**
   * Request headers, lower case, that plugins own on this route, this one included: see `ownsRequestHeaders`. What options
   * of a route may set must not be among them.
   */
  readonly ownedRequestHeaders: readonly string[]
  /** The route's hooks. Tap them now; they are frozen when compilation ends. */
  readonly hooks: RouteHooks
}

/** How a routing plugin defines a route. */
export interface RouteDefinition {
  /** Unique within the gateway; used in logs and metrics. */
  readonly id: string
  /** Logical name of the service it leads to. Default: empty. */
  readonly service?: string | undefined
  /** Where it leads when no plugin picks an endpoint. Default: the gateway's `upstream`. */
  readonly endpoint?: Endpoint | undefined
  /** Default: the gateway's. */
  readonly timeouts?: Timeouts | undefined
  /** Default: the gateway's. */
  readonly limits?: Limits | undefined
  /**
   * How much of a request body is kept while it streams, in bytes, so that another attempt can send it again: its beginning
   * from what was kept, then what the client still sends. Of a larger body nothing is kept. Every running exchange may hold
   * as much. Default: 0.
   */
  readonly retainBodyBytes?: number | undefined
  /**
   * How long an attempt may be without a head before `pickHedge` is asked whether another starts beside it, in milliseconds.
   * Default: 0, never.
   */
  readonly hedgeAfterMs?: number | undefined
  /**
   * Methods that may be sent again after something of them was sent, when `pickRetry` asks for it: the upstream may carry them
   * out twice. Upper case. Default: the safe ones, `GET`, `HEAD`, `OPTIONS` and `TRACE` (RFC 9110 section 9.2.1).
   */
  readonly repeatMethods?: readonly string[] | undefined
  /** Default: each plugin as for the whole gateway. */
  readonly plugins?: RoutePlugins | undefined
}

/** What else may be said of an endpoint. */
export interface EndpointOptions extends ConnectionOptions {
  /** Logical name of the service that it belongs to. Default: none. */
  readonly service?: string | undefined
  /**
   * IP address to connect to in place of the URL's host. The host stays what the upstream sees as `Host`, and the name
   * that is asked for (SNI) and that its certificate must bear. For whoever resolves names itself. Default: the host is
   * resolved with every new connection.
   */
  readonly address?: string | undefined
}

/** What a `pre*` tap may say beside its check. */
export interface PreTapOptions {
  /** What to run in place of the check in `observe` mode; it may return a short word for the record. Never a secret. */
  readonly observe?: (exchange: Exchange) => string | undefined
}

/** Something that may outlive the generation that made it: see `PluginHost.keep`. */
export interface Kept {
  /** Ends its timers, sockets and the like. Runs once. */
  close(): void | Promise<void>
}

/** What `setup` gets: the gateway as one plugin sees it. */
export interface PluginHost<TRouteOptions = unknown> {
  /** The gateway's hooks. Tap them now; they are frozen after set-up. */
  readonly hooks: GatewayHooks<TRouteOptions>
  /** Logs with the plugin's name on every line. */
  readonly logger: Logger
  /**
   * Defines a route; a plugin that defines routes also taps `pickRoute` to choose among them.
   * @throws {GatewayError} GW_OPTIONS_INVALID on a repeated id, an unknown plugin name, or bytes to retain that are no number.
   */
  readonly addRoute: (definition: RouteDefinition) => Route
  /**
   * Defines an address that `pickEndpoint` may return. Connections are pooled per address and outlive a reload.
   * May be called at any time; endpoints of a generation go with it, or when they are released.
   * @throws {GatewayError} GW_OPTIONS_INVALID when the address is not `http://` or `https://`.
   */
  readonly endpoint: (url: string, options?: EndpointOptions) => Endpoint
  /**
   * Lets an endpoint go that `pickEndpoint` will not return any more. What runs on it, long streams included, goes on to
   * its end; then its connections close. The address is new when it comes back. One that was released before, or is
   * another generation's, is left alone.
   */
  readonly release: (endpoint: Endpoint) => void
  /**
   * Sends a request of the plugin's own to an endpoint, over the same kind of connections as exchanges: a health check, a
   * mirrored copy. It is no exchange: no hook sees it, it takes no place of `limits.concurrencyPerEndpoint`, and it is never
   * repeated. Any status is an answer. It is given up when the generation closes; the plugin bounds how many run.
   * @throws {GatewayError} as a rejection: `GW_UPSTREAM_…` that says why there is no answer, GW_UPSTREAM_TOTAL_TIMEOUT after
   *   `timeoutMs`, GW_GATEWAY_CLOSING.
   */
  readonly request: (endpoint: Endpoint, request: PluginRequest) => Promise<PluginResponse>
  /**
   * Something that outlives a reload: what an earlier call with the same key made, in this generation or the one before, or
   * else what `make` makes now. It is this plugin's own: others may use the same key. It is closed after the last
   * generation that asked for it, once the plugins of that are closed. Not to be called after the plugin's own `close`.
   */
  readonly keep: <TKept extends Kept>(key: string, make: () => TKept) => TKept
}

/** What `setup` may give back. */
export interface PluginHandle {
  /** Ends timers, workers and connections. Runs once, after the last exchange of its generation. */
  close?(): void | Promise<void>
  /** `true` when the plugin can do its work, else why not, in words. A guard that is not ready fails readiness. */
  ready?(): true | string
}

/** What a plugin is made of. */
export interface PluginDefinition<
  TInput,
  TOptions,
  TRouteOptions,
  TProvides extends readonly AnySlot[],
  TRequires extends readonly AnySlot[],
> {
  /** npm name of the package. Its last part without `plugin-` is the short name in configuration: `auth`. */
  readonly name: string
  /** The package's own version. */
  readonly version: string
  /** `major.minor` of the hook API that it was built for. */
  readonly api: string
  /** What its faults mean. */
  readonly fault: FaultClass
  /** Slots that it fills. Default: none. */
  readonly provides?: TProvides
  /** Slots that it reads; their providers run before it. Default: none. */
  readonly requires?: TRequires
  /**
   * Slots that it reads in `onFinish` alone, should anybody fill them: every provider has run by then, so no order follows, and
   * none need be there. For logs and the like. Default: none.
   */
  readonly reads?: readonly AnySlot[]
  /** Schema of its options. Default: options are passed on unchecked. */
  readonly options?: OptionsSchema<TInput, TOptions>
  /** Schema of its options on a route. Default: it takes none there. */
  readonly routeOptions?: OptionsSchema<unknown, TRouteOptions>
  /**
   * Request headers, lower case, that only this plugin may set towards an upstream: copies from clients are removed on
   * every route that it is not `off` on. Default: none.
   */
  ownsRequestHeaders?(options: TOptions): readonly string[]
  /** Taps hooks. Runs once per generation, in the order of slots, before any exchange. Must not wait. */
  setup(gateway: PluginHost<TRouteOptions>, options: TOptions): PluginHandle | undefined | void
}

/** A plugin definition of which only core needs to know the types. */
export type AnyPluginDefinition = PluginDefinition<
  unknown,
  unknown,
  unknown,
  readonly AnySlot[],
  readonly AnySlot[]
>

const PLUGIN = Symbol.for('@postern/core/plugin')
const INSTANCE = Symbol.for('@postern/core/plugin-instance')

/** A plugin with its options, ready for `createGateway`. Made by calling what `definePlugin` returned. */
export interface PluginInstance<
  TProvides extends readonly AnySlot[] = readonly AnySlot[],
  TRequires extends readonly AnySlot[] = readonly AnySlot[],
> {
  /** What it is made of. */
  readonly definition: AnyPluginDefinition
  /** Its options as given, not yet checked. */
  readonly options: unknown
  /** Its mode for the whole gateway. */
  readonly settings: ModeSettings
  /** Carries types only. */
  readonly slots?: readonly [TProvides, TRequires]
}

/** Makes instances of a plugin; carries its definition, so that a configuration can find schemas. */
export interface PluginFactory<
  TInput,
  TProvides extends readonly AnySlot[],
  TRequires extends readonly AnySlot[],
> {
  /** Options may be left out where all of them have defaults. */
  (
    ...args: object extends TInput
      ? [options?: TInput, settings?: ModeSettings]
      : [options: TInput, settings?: ModeSettings]
  ): PluginInstance<TProvides, TRequires>
  /** What the plugin is made of. */
  readonly definition: AnyPluginDefinition
}

/**
 * Makes a plugin. Only types and packaging happen here; everything is checked by `createGateway`, which can name the
 * whole set.
 */
export function definePlugin<
  TInput = unknown,
  TOptions = TInput,
  TRouteOptions = undefined,
  const TProvides extends readonly AnySlot[] = readonly [],
  const TRequires extends readonly AnySlot[] = readonly [],
>(
  definition: PluginDefinition<TInput, TOptions, TRouteOptions, TProvides, TRequires>,
): PluginFactory<TInput, TProvides, TRequires> {
  const factory = (options?: unknown, settings: ModeSettings = {}): PluginInstance<TProvides, TRequires> => {
    return Object.freeze({ [INSTANCE]: true as const, definition, options: options ?? {}, settings })
  }
  return Object.assign(factory, { [PLUGIN]: true as const, definition })
}

/** Whether a value is what `definePlugin` returns, also from another installed copy of core. */
export function isPluginFactory(
  value: unknown,
): value is PluginFactory<unknown, readonly AnySlot[], readonly AnySlot[]> {
  return typeof value === 'function' && (value as { [PLUGIN]?: unknown })[PLUGIN] === true
}

/** Whether a value is a plugin instance, also from another installed copy of core. */
export function isPluginInstance(value: unknown): value is PluginInstance {
  return typeof value === 'object' && value !== null && (value as { [INSTANCE]?: unknown })[INSTANCE] === true
}

/** A plugin's name in configuration: the last part of its npm name, without `plugin-`. */
export function shortName(name: string): string {
  return name.replace(/^.*\//, '').replace(/^(postern-)?plugin-/, '')
}
