/**
 * @postern/plugin-routing: services and routes, so that callers know a name and never an address.
 *
 * @module @postern/plugin-routing
 */

export type {
  DiscoveredEndpoint,
  Discovery,
  DiscoveryListener,
  DiscoveryWatch,
} from './discovery/discovery.ts'
export type { ConsideredRoute, ExplainedRequest, RouteExplanation } from './explain.ts'
export { explainRoute } from './explain.ts'
export type { Balance, HashBalance, HashCookie, HashHeader, HashKey } from './options/balance-options.ts'
export type {
  DnsDiscovery,
  DnsOptions,
  DnsServerOptions,
  FileDiscovery,
  FileOptions,
  ServiceDiscovery,
  SrvDiscovery,
  SrvOptions,
} from './options/discovery-options.ts'
export type { RouteMatch, ValueMatch } from './options/match-options.ts'
export type { RouteOptions } from './options/route-options.ts'
export type { RoutingOptions } from './options/routing-options.ts'
export { routingOptionsSchema } from './options/routing-options.ts'
export type { ServiceEndpoint, ServiceOptions } from './options/service-options.ts'
export { routing } from './routing-plugin.ts'
