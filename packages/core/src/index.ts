/**
 * @postern/core: a minimal gateway that moves one HTTP exchange through named hook points.
 *
 * @module @postern/core
 */

// Gateway
export { createGateway } from './gateway.ts'
export type { CloseOptions, Gateway, ListenAddress, ListenOptions, Readiness } from './gateway-types.ts'
export type { GatewayStats, Histogram, HookStats, PluginStats } from './stats.ts'
export type {
  GatewayOptions,
  Limits,
  PathOptions,
  ResolvedLimits,
  ResolvedTimeouts,
  RoutePluginSettings,
  RoutePlugins,
  RouteSettings,
  Timeouts,
} from './options.ts'
export { gatewayOptionsSchema, limitsSchema, modeSettingsSchema, routePluginsSchema, timeoutsSchema } from './options.ts'
export type { Logger } from './logger.ts'

// Plugins
export type {
  AnyPluginDefinition,
  FaultClass,
  GatewayHooks,
  HookPoint,
  PluginDefinition,
  PluginFactory,
  PluginHandle,
  PluginHost,
  PluginInstance,
  PluginRoute,
  PreHookPoint,
  PreResult,
  RouteDefinition,
  RouteHooks,
} from './plugin.ts'
export { definePlugin, HOOK_API, isPluginFactory, isPluginInstance, shortName } from './plugin.ts'
export type { Mode, ModeSettings } from './modes.ts'
export type { AnySlot, Slot } from './slots.ts'
export { defineSlot } from './slots.ts'
export type { OptionsSchema, SchemaIssue, SchemaResult } from './schema.ts'
export { formatPath, issuePath, knownKeys, suggestKey } from './schema.ts'

// The exchange
export type { Attempt, Exchange, Reply, Seat, Verdict } from './exchange.ts'
export type { Endpoint, Route } from './route.ts'
export { appendHeader, getHeader, getHeaderList, removeHeader, setHeader, toFlatHeaders } from './headers/list.ts'

// Errors
export type { CoreErrorCode, ErrorRow, ErrorSource, ErrorStage } from './error-table.ts'
export { ERRORS } from './error-table.ts'
export type { ErrorCode, GatewayErrorDetails } from './errors.ts'
export { defineErrors, GatewayError, isGatewayError } from './errors.ts'
