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
import { fromCore, fromCoreAnd } from './from-core.ts'
import { type RouteMatch, routeMatchSchema } from './match-options.ts'
import { textOr } from './text-or.ts'

/** An address of a service with more to say than its URL. */
export interface ServiceEndpoint extends UpstreamOptions {
  /**
   * Its share of the service's exchanges against the other endpoints', whatever the policy. 0 drains it: it gets no new
   * exchange, unless all endpoints of the service have 0. Default: 1.
   */
  readonly weight?: number | undefined
  /**
   * Where it runs: an availability zone, a rack. See `zone` of the plugin's options. Default: none.
   */
  readonly zone?: string | undefined
}

/**
 * What is hashed of an exchange; one that lacks it is balanced by `p2c`. `caller` is `exchange.caller`: the id of the
 * verified principal, the client's address where no guard has verified one. `client-address` is the client's address,
 * behind trusted proxies too; the caller seat has none.
 */
export type HashKey = 'caller' | 'client-address' | HashHeader | HashCookie

/** A request header to hash. */
export interface HashHeader {
  /** Its name, without case. Of several lines the first counts. */
  readonly header: string
}

/** A cookie to hash. */
export interface HashCookie {
  /** Its name, with case. */
  readonly cookie: string
}

/** Consistent hash: exchanges with the same key go to the same endpoint, as long as its load allows it. */
export interface HashBalance {
  /** What is hashed. */
  readonly hash: HashKey
  /**
   * How many times the mean load, by weight, an endpoint may have; more of its keys go to their next best endpoint
   * meanwhile. At least 1; a large number for keys that must never move. Default: 1.25.
   */
  readonly boundedLoad?: number | undefined
}

/**
 * How an endpoint is chosen. `p2c`, power of two choices: two are drawn by weight, the one with less in flight for its
 * weight is taken. `least-requests`: of all, the one with the least in flight for its weight. `round-robin`: they take
 * turns, smoothly interleaved by weight. Or by consistent hash.
 */
export type Balance = 'p2c' | 'least-requests' | 'round-robin' | HashBalance

/** A logical name and the addresses behind it. */
export interface ServiceOptions {
  /** The team that answers for it. Shown to operators, never sent anywhere. Default: none. */
  readonly owner?: string | undefined
  /**
   * Its addresses, `http://host:port[/base]` or `https://…`, at least one, each once. No credentials, query or fragment:
   * the address is written to logs. One that differs from the rest of the service is given with its own `weight`,
   * `zone`, `protocol`, `socketPath` or `tls`.
   */
  readonly endpoints: readonly (string | ServiceEndpoint)[]
  /** How an endpoint is chosen for an exchange. Default: `p2c`. */
  readonly balance?: Balance | undefined
  /**
   * How long the weight of an endpoint grows after the gateway first knew its address, from a tenth to the whole, in a
   * straight line. An endpoint that a reload keeps does not start again; one whose weight was 0 does. 0 for none.
   * Default: 0.
   */
  readonly slowStartMs?: number | undefined
  /**
   * How long an endpoint is passed over after no connection to it could be made, in milliseconds. When nothing else is
   * left, it is used all the same. 0 for never. Default: 10 000.
   */
  readonly ejectMs?: number | undefined
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
  /**
   * Zone that this gateway runs in. Of services with endpoints in the zone, those are preferred: they get everything while
   * 70 % of their weight is usable (connections can be made, and there is room), below that a share which shrinks with
   * it, and the other zones get the rest. Default: none, and every endpoint is as good.
   */
  readonly zone?: string | undefined
  /** Services by name. */
  readonly services: Readonly<Record<string, ServiceOptions>>
  /**
   * Routes, in any order. A request that none matches takes the gateway's own route, or gets 404 where it has
   * none.
   */
  readonly routes: readonly RouteOptions[]
}

const text = v.pipe(v.string(), v.minLength(1, 'Expected at least one character'))
const token = v.pipe(
  v.string(),
  v.regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'Expected a token (RFC 9110 section 5.6.2)'),
)
const ms = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2_147_483_647))

const endpoint = fromCoreAnd<ServiceEndpoint>(upstreamOptionsSchema, {
  weight: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1_000_000))),
  zone: v.optional(text),
})

const hashKey = textOr(
  v.picklist(['caller', 'client-address']),
  v.union(
    [v.strictObject({ header: token }), v.strictObject({ cookie: token })],
    'Expected "caller", "client-address", { header } or { cookie }',
  ),
)

const balance = textOr(
  v.picklist(['p2c', 'least-requests', 'round-robin']),
  v.strictObject({ hash: hashKey, boundedLoad: v.optional(v.pipe(v.number(), v.minValue(1))) }),
)

const service = v.strictObject({
  owner: v.optional(text),
  endpoints: v.pipe(v.array(textOr(v.string(), endpoint)), v.minLength(1, 'Expected at least one address')),
  balance: v.optional(balance),
  slowStartMs: v.optional(ms),
  ejectMs: v.optional(ms),
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
  zone: v.optional(text),
  services: v.record(v.string(), service),
  routes: v.array(route),
})
