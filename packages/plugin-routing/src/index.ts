/**
 * @postern/plugin-routing: services and routes, so that callers know a name and never an address.
 *
 * @module @postern/plugin-routing
 */

export type { BreakerPhase, BreakerState } from './breaker/breaker.ts'
export type { RoutingErrorCode } from './breaker/errors.ts'
export { ROUTING_ERRORS } from './breaker/errors.ts'
export type {
  DiscoveredEndpoint,
  Discovery,
  DiscoveryListener,
  DiscoveryWatch,
} from './discovery/discovery.ts'
export type { DiscoveryState } from './discovery/watched-endpoints.ts'
export type { LiveExplanation, RouteState, RoutingView, RoutingWindow } from './explain/routing-view.ts'
export { routingView } from './explain/routing-view.ts'
export type {
  ConsideredRoute,
  ExplainedOptions,
  ExplainedRequest,
  PathStep,
  RouteExplanation,
  UsedOldName,
} from './explain.ts'
export { explainRoute } from './explain.ts'
export type {
  EndpointCondition,
  EndpointState,
  HealthCheckCounts,
  HealthCounts,
  ServiceHealthState,
  ServiceState,
} from './health/states.ts'
export type { CallerKind, NameLedger, NameUse, RecordedUse, UsesFilter } from './ledger/ledger.ts'
export type { InProcessLedger, LedgerSnapshot, NameLedgerOptions } from './ledger/name-ledger.ts'
export { nameLedger } from './ledger/name-ledger.ts'
export type { MirrorCounts } from './mirrors/mirror.ts'
export type { NamesState, OldNameState } from './names/name-states.ts'
export type { ServiceAlias } from './options/alias-options.ts'
export type { Balance, HashBalance, HashCookie, HashHeader, HashKey } from './options/balance-options.ts'
export type { BreakerOptions } from './options/breaker-options.ts'
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
export type { FailureRateOptions } from './options/failure-rate-options.ts'
export type { GrpcStatus } from './options/grpc-status.ts'
export type {
  ActiveHealthOptions,
  HealthOptions,
  PassiveHealthOptions,
} from './options/health-options.ts'
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
export type { RetryBudgetState } from './retries/budget.ts'
export type { QueryRewriteDescription, RewriteDescription } from './rewrites/rewrite.ts'
export { routing } from './routing-plugin.ts'
export type { TargetDescription } from './targets/target.ts'
