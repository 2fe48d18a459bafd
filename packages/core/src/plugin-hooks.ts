/** The hooks that a plugin may tap, and what its taps may give. */
import type { GatewayError } from './errors.ts'
import type { Exchange, Reply } from './exchange.ts'
import type { Mode } from './modes.ts'
import type { Endpoint, Route } from './route.ts'

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

/** What a `pre*` tap may say beside its check. */
export interface PreTapOptions {
  /** What to run in place of the check in `observe` mode; it may return a short word for the record. Never a secret. */
  readonly observe?: (exchange: Exchange) => string | undefined
  /**
   * Whether the tap answers requests for a document of its own, such as a key set, and refuses nobody. It then runs in every
   * mode but `off`, and leaves no verdict. Default: `false`.
   */
  readonly serves?: boolean
}

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
  /**
   * Per attempt, after `mapUpstreamRequest` of every plugin: the request is what the upstream gets. For credentials that belong
   * to the picked endpoint, and for signatures over the rest of the head: it may set `upstreamRequestHeaders`, wait, and answer
   * in place of the upstream. Runs in `enforce` only, and leaves no verdict.
   */
  readonly preSend: HookPoint<Exchange, PreResult | Promise<PreResult>>
  /** Per attempt, when it ended: `exchange.attempt` has status or error and times. Watches. */
  readonly onAttemptEnd: HookPoint<Exchange, void>
  /**
   * After an attempt that may be repeated and failed (`attempt.error`), or that was answered with a status from 400 on, or with a
   * gRPC error in its head on a route with `repeatGrpcErrors` (`attempt.status`, `responseHeaders`; then before the answer goes to
   * the client and before `onAttemptEnd`): milliseconds to wait before the next, or `undefined` to give up. A wait that does not
   * fit into `timeouts.totalMs` counts as giving up.
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
