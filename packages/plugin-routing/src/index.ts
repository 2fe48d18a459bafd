/**
 * @postern/plugin-routing: services and routes, so that callers know a name and never an address.
 *
 * @module @postern/plugin-routing
 */

export type { RoutingErrorCode } from './breaker/errors.ts'
export { ROUTING_ERRORS } from './breaker/errors.ts'
export type {
  DiscoveredEndpoint,
  Discovery,
  DiscoveryListener,
  DiscoveryWatch,
} from './discovery/discovery.ts'
export type { ConsideredRoute, ExplainedRequest, RouteExplanation } from './explain.ts'
export { explainRoute } from './explain.ts'
export type { CallerKind, NameLedger, NameUse, RecordedUse, UsesFilter } from './ledger/ledger.ts'
export type { InProcessLedger, LedgerSnapshot, NameLedgerOptions } from './ledger/name-ledger.ts'
export { nameLedger } from './ledger/name-ledger.ts'
export type { ServiceAlias } from './options/alias-options.ts'
export type { Balance, HashBalance, HashCookie, HashHeader, HashKey } from './options/balance-options.ts'
export type { BreakerOptions, FailureRateOptions } from './options/breaker-options.ts'
export type {
  DnsOptions,
  DnsServerOptions,
  FileOptions,
  ServiceDiscovery,
  SrvOptions,
} from './options/discovery-options.ts'
export type { RouteMatch, ValueMatch } from './options/match-options.ts'
export type { MirrorOptions } from './options/mirror-options.ts'
export type { DeprecationOptions, NameOptions, RemoveNamesOptions } from './options/name-options.ts'
export type {
  HedgeOptions,
  RetryBudgetOptions,
  RetryCondition,
  RetryOptions,
} from './options/retry-options.ts'
export type {
  HeaderRewriteOptions,
  HostRewrite,
  PathRewriteOptions,
  QueryRewriteOptions,
  RewriteOptions,
} from './options/rewrite-options.ts'
export type { RouteOptions } from './options/route-options.ts'
export type { RoutingOptions } from './options/routing-options.ts'
export { routingOptionsSchema } from './options/routing-options.ts'
export type { ServiceEndpoint, ServiceOptions } from './options/service-options.ts'
export type {
  RouteTarget,
  RulesTarget,
  SplitPart,
  SplitTarget,
  TargetCondition,
  TargetRule,
} from './options/target-options.ts'
export { routing } from './routing-plugin.ts'
