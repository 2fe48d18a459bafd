import {
  type UpstreamOptions,
  type UpstreamTls,
  upstreamOptionsSchema,
  upstreamTlsSchema,
} from '@postern/core'
import * as v from 'valibot'
import type { DiscoveredEndpoint } from '../discovery/discovery.ts'
import { aliasSchema, type ServiceAlias } from './alias-options.ts'
import { type Balance, balanceSchema } from './balance-options.ts'
import { type BreakerOptions, breakerSchema } from './breaker-options.ts'
import { discoverySchema, type ServiceDiscovery } from './discovery-options.ts'
import { fromCore, fromCoreAnd } from './from-core.ts'
import { type HealthOptions, healthSchema } from './health-options.ts'
import { described, optionsOf } from './option-docs.ts'
import { type RetryBudgetOptions, retryBudgetSchema } from './retry-options.ts'
import { textOr } from './text-or.ts'
import { ms, text } from './values.ts'

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

/** A logical name and the addresses behind it. */
export interface ServiceOptions {
  /** The team that answers for it. Shown to operators, never sent anywhere. Default: none. */
  readonly owner?: string | undefined
  /**
   * Its addresses, `http://host:port[/base]` or `https://…`, at least one, each once. No credentials, query or fragment:
   * the address is written to logs. One that differs from the rest of the service is given with its own `weight`,
   * `zone`, `protocol`, `socketPath` or `tls`. Either these, `discovery` or `inProcess`.
   */
  readonly endpoints?: readonly (string | ServiceEndpoint)[] | undefined
  /**
   * Where its addresses are found, when they change while the gateway runs: DNS, a file, or an object of your own. Either
   * this, `endpoints` or `inProcess`.
   */
  readonly discovery?: ServiceDiscovery | undefined
  /**
   * Whether the service is the very process that the gateway runs in, so that it has a name and no address. For
   * `gateway.middleware()`, whose target is the host's own handler: in the other seats its requests are answered with
   * `GW_UPSTREAM_NO_ENDPOINT`. In place of `endpoints` and `discovery`; only `owner` and `aliases` may stand beside it.
   * Default: false.
   */
  readonly inProcess?: boolean | undefined
  /** Names and places under which callers still use it: see `ServiceAlias`. Default: none. */
  readonly aliases?: readonly (string | ServiceAlias)[] | undefined
  /** How an endpoint is chosen for an exchange. Default: `p2c`. */
  readonly balance?: Balance | undefined
  /**
   * How long the weight of an endpoint grows after the gateway first knew its address, or it came back from an ejection, from a tenth to the whole, in a
   * straight line. An endpoint that a reload keeps does not start again; one whose weight was 0 does. 0 for none.
   * Default: 0.
   */
  readonly slowStartMs?: number | undefined
  /**
   * How long an endpoint is passed over after no connection to it could be made, or after other failures: see
   * `health.passive`. In milliseconds; each time in a row it is so much longer. Then one exchange is let through, and if it
   * succeeds the endpoint is back. When nothing else is left, it is used all the same. 0 for never. Default: 10 000.
   */
  readonly ejectMs?: number | undefined
  /** How the gateway learns which of its endpoints are well. Default: from its exchanges alone. */
  readonly health?: HealthOptions | undefined
  /**
   * How many of its requests may be sent again, for all routes that lead here. What was counted outlives a reload. Default: a
   * fifth of the requests of the last ten seconds, and one a second.
   */
  readonly retryBudget?: RetryBudgetOptions | undefined
  /** When it gets a pause, for all routes that lead here. Its state outlives a reload. Default: never. */
  readonly breaker?: BreakerOptions | undefined
  /** Version of HTTP that its endpoints are spoken to in; `http2` for gRPC. Default: `http1`. */
  readonly protocol?: 'http1' | 'http2' | undefined
  /** TLS towards its `https` endpoints. Default: certificates are checked against the system's authorities. */
  readonly tls?: UpstreamTls | undefined
}

const balanced = {
  weight: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1_000_000))),
  zone: v.optional(text),
}

const endpoint = fromCoreAnd<ServiceEndpoint>(upstreamOptionsSchema, described('ServiceEndpoint', balanced))

const discovered = fromCoreAnd<DiscoveredEndpoint>(
  upstreamOptionsSchema,
  described('DiscoveredEndpoint', {
    ...balanced,
    address: v.optional(v.pipe(v.string(), v.ip('Expected an IP address'))),
  }),
)

/** Schema of a list of endpoints that were found. */
export const discoveredEndpointSchema = v.array(textOr(v.string(), discovered))

/** Schema of `ServiceOptions`. */
export const serviceSchema = optionsOf('ServiceOptions', {
  owner: v.optional(text),
  endpoints: v.optional(
    v.pipe(v.array(textOr(v.string(), endpoint)), v.minLength(1, 'Expected at least one address')),
  ),
  discovery: v.optional(discoverySchema),
  inProcess: v.optional(v.boolean()),
  aliases: v.optional(v.array(aliasSchema)),
  balance: v.optional(balanceSchema),
  slowStartMs: v.optional(ms),
  ejectMs: v.optional(ms),
  health: v.optional(healthSchema),
  retryBudget: v.optional(retryBudgetSchema),
  breaker: v.optional(breakerSchema),
  protocol: v.optional(v.picklist(['http1', 'http2'])),
  tls: v.optional(fromCore(upstreamTlsSchema)),
})
