import {
  type Limits,
  limitsSchema,
  type OptionsSchema,
  type RoutePlugins,
  routePluginsSchema,
  type Timeouts,
  timeoutsSchema,
  type UpstreamOptions,
  type UpstreamTls,
  upstreamOptionsSchema,
  upstreamTlsSchema,
} from '@postern/core'
import * as v from 'valibot'
import { fromCore } from './from-core.ts'
import { type RouteMatch, routeMatchSchema } from './match-options.ts'

/** A logical name and the addresses behind it. */
export interface ServiceOptions {
  /** The team that answers for it. Shown to operators, never sent anywhere. Default: none. */
  readonly owner?: string | undefined
  /**
   * Its addresses, `http://host:port[/base]` or `https://…`, at least one, each once. They take turns. No
   * credentials, query or fragment: the address is written to logs. One that differs from the rest of the service is
   * given with its own `protocol`, `socketPath` or `tls`.
   */
  readonly endpoints: readonly (string | UpstreamOptions)[]
  /** Version of HTTP that its endpoints are spoken to in; `http2` for gRPC. Default: `http1`. */
  readonly protocol?: 'http1' | 'http2' | undefined
  /** TLS towards its `https` endpoints. Default: certificates are checked against the system's authorities. */
  readonly tls?: UpstreamTls | undefined
}

/** A match and the service that it leads to. */
export interface RouteOptions {
  /**
   * Unique; names the route in logs, metrics and spans. Default: the match in words, `orders/api/* (GET)`.
   */
  readonly id?: string | undefined
  /** What a request must look like. The most specific route wins, whatever the order of the list. */
  readonly match: RouteMatch
  /** Name of a service in `services`. */
  readonly to: string
  /**
   * Whether the upstream gets the path without `match.path`: `/orders/7` → `/7`. Needs `match.path`. Default:
   * false.
   */
  readonly stripPrefix?: boolean | undefined
  /** Times of this route, in milliseconds. Default: the gateway's. */
  readonly timeouts?: Timeouts | undefined
  /** Limits of this route. Default: the gateway's. */
  readonly limits?: Limits | undefined
  /**
   * Other plugins on this route, by short name: a mode, or settings with the plugin's route options. Default:
   * none.
   */
  readonly plugins?: RoutePlugins | undefined
}

/** What `routing()` takes. */
export interface RoutingOptions {
  /** Services by name. */
  readonly services: Readonly<Record<string, ServiceOptions>>
  /**
   * Routes, in any order. A request that none matches takes the gateway's own route, or gets 404 where it has
   * none.
   */
  readonly routes: readonly RouteOptions[]
}

const text = v.pipe(v.string(), v.minLength(1, 'Expected at least one character'))
const service = v.strictObject({
  owner: v.optional(text),
  endpoints: v.pipe(
    v.array(v.union([v.string(), fromCore(upstreamOptionsSchema)])),
    v.minLength(1, 'Expected at least one address'),
  ),
  protocol: v.optional(v.picklist(['http1', 'http2'])),
  tls: v.optional(fromCore(upstreamTlsSchema)),
})

const route = v.strictObject({
  id: v.optional(text),
  match: routeMatchSchema,
  to: v.string(),
  stripPrefix: v.optional(v.boolean()),
  timeouts: v.optional(fromCore(timeoutsSchema)),
  limits: v.optional(fromCore(limitsSchema)),
  plugins: v.optional(fromCore(routePluginsSchema)),
})

/**
 * Schema of `RoutingOptions`. What one field cannot say about itself is checked when the table is compiled.
 */
export const routingOptionsSchema: OptionsSchema<RoutingOptions> = v.strictObject({
  services: v.record(v.string(), service),
  routes: v.array(route),
})
