/**
 * @postern/plugin-routing: services and routes, so that callers know a name and never an address.
 *
 * @module @postern/plugin-routing
 */

export type { ConsideredRoute, ExplainedRequest, RouteExplanation } from './explain.ts'
export { explainRoute } from './explain.ts'
export type { RouteMatch, ValueMatch } from './match-options.ts'
export type {
  Balance,
  HashBalance,
  HashCookie,
  HashHeader,
  HashKey,
  RouteOptions,
  RoutingOptions,
  ServiceEndpoint,
  ServiceOptions,
} from './options.ts'
export { routingOptionsSchema } from './options.ts'
export { routing } from './routing-plugin.ts'
