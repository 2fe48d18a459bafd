/** What a plugin gets of the gateway while it is set up, and what it defines there. */
import type { Logger } from './logger.ts'
import type { Metric } from './metrics/metric.ts'
import type { Limits, RoutePlugins, Timeouts } from './options.ts'
import type { GatewayHooks } from './plugin-hooks.ts'
import type { PluginRequest, PluginResponse } from './plugin-request.ts'
import type { PluginView } from './plugin-view.ts'
import type { Endpoint, Route } from './route.ts'
import type { ConnectionOptions } from './upstream-options.ts'

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
  /**
   * Whether `pickRetry` is asked about gRPC errors, too: answers with a `grpc-status` other than 0 in their head, which have the
   * status 200. gRPC calls are `POST`: name it in `repeatMethods`. Default: false.
   */
  readonly repeatGrpcErrors?: boolean | undefined
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
  /** Figures of the gateway and of all plugins, this one included, read now: for a plugin that exports them. Not during set-up. */
  readonly metrics: () => readonly Metric[]
}

/** What `setup` may give back. */
export interface PluginHandle {
  /** Ends timers, workers and connections. Runs once, after the last exchange of its generation. */
  close?(): void | Promise<void>
  /** `true` when the plugin can do its work, else why not, in words. A guard that is not ready fails readiness. */
  ready?(): true | string
  /**
   * Its figures, read now. Counters go on over a reload: keep them with `PluginHost.keep`. A name must not be another plugin's,
   * and the number of points must be bounded.
   */
  metrics?(): readonly Metric[]
  /**
   * What it shows of itself to operators, by name: lower-case letters, digits and `-`. `gw start` serves each at `/<name>` of its
   * admin listener, a host as it likes.
   */
  readonly views?: Readonly<Record<string, PluginView>>
}
