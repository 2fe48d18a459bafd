/**
 * @postern/core: a minimal gateway that moves one HTTP exchange through named hook points.
 *
 * @module @postern/core
 */

// Errors
export type { CoreErrorCode, ErrorRow, ErrorSource, ErrorStage } from './error-table.ts'
export { ERRORS } from './error-table.ts'
export type { ErrorCode, GatewayErrorDetails } from './errors.ts'
export { defineErrors, GatewayError, isGatewayError } from './errors.ts'
// The exchange
export type { Attempt, ConnectionPeer, Exchange, HttpVersion, Reply, Seat, Verdict } from './exchange.ts'
// Gateway
export { createGateway } from './gateway.ts'
export type {
  CloseOptions,
  Gateway,
  ListenAddress,
  PluginInfo,
  Readiness,
  RouteInfo,
  RoutePluginInfo,
} from './gateway-types.ts'
export { checkListenOptions } from './generation/listen.ts'
export {
  aliasOf,
  appendHeader,
  getHeader,
  getHeaderList,
  removeHeader,
  setHeader,
  toFlatHeaders,
} from './headers/list.ts'
export { TrustList } from './headers/trust.ts'
export { listenOn } from './listen/address.ts'
export type { ListenCertificate, ListenOptions, ListenTls, ProxyProtocolOptions } from './listen-options.ts'
export { listenOptionsSchema } from './listen-options.ts'
export type { Logger, LogLevel } from './logger.ts'
export { defaultLogger, LOG_LEVELS } from './logger.ts'
export { normalisePath } from './match/path.ts'
export type {
  HistogramMetric,
  HistogramPoint,
  Metric,
  MetricAttributes,
  MetricPoint,
  NumberMetric,
} from './metrics/metric.ts'
export type { Mode, ModeSettings } from './modes.ts'
export type {
  ForwardedForm,
  GatewayOptions,
  HostBody,
  Limits,
  PathOptions,
  ResolvedLimits,
  ResolvedTimeouts,
  RoutePluginSettings,
  RoutePlugins,
  RouteSettings,
  Timeouts,
} from './options.ts'
export {
  gatewayOptionsSchema,
  limitsSchema,
  modeSettingsSchema,
  routePluginsSchema,
  timeoutsSchema,
  upstreamOptionsSchema,
  upstreamTlsSchema,
} from './options-schema.ts'
export type { ClientCertificate } from './peer.ts'
export { describeCertificate } from './peer.ts'
// Plugins
export type {
  AnyPluginDefinition,
  FaultClass,
  PluginDefinition,
  PluginFactory,
  PluginInstance,
} from './plugin.ts'
export { definePlugin, HOOK_API, isPluginFactory, isPluginInstance, shortName } from './plugin.ts'
export type {
  GatewayHooks,
  HookPoint,
  PluginRoute,
  PreHookPoint,
  PreResult,
  PreTapOptions,
  RouteHooks,
} from './plugin-hooks.ts'
export type { EndpointOptions, Kept, PluginHandle, PluginHost, RouteDefinition } from './plugin-host.ts'
export type { PluginRequest, PluginResponse } from './plugin-request.ts'
export type { PluginView } from './plugin-view.ts'
export type { Endpoint, Route } from './route.ts'
// With a star: a plugin could not add to a name that is re-exported one by one.
export type * from './route-plugin-options.ts'
export type {
  OptionsSchema,
  PathSegment,
  SchemaFailure,
  SchemaIssue,
  SchemaResult,
  SchemaSuccess,
  StandardProps,
  StandardTypes,
} from './schema.ts'
export { formatPath, issuePath, knownKeys, suggestKey } from './schema.ts'
export { exchangeOf } from './seats/exchange-of.ts'
export type { AnySlot, Slot } from './slots.ts'
export { defineSlot } from './slots.ts'
export type { EndpointStats, GatewayStats, Histogram, HookStats, PluginStats } from './stats.ts'
export type { ConnectionOptions, Pem, TlsVersion, UpstreamOptions, UpstreamTls } from './upstream-options.ts'
