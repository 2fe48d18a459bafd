/**
 * @postern/cli: typed configurations for `gw`, and its loader for programs that embed a gateway.
 *
 * @module @postern/cli
 */

export type { AdminOptions } from './config/admin.ts'
export { findConfig } from './config/find.ts'
export type { PlacedIssue } from './config/issues.ts'
export { ConfigError } from './config/issues.ts'
export type { LoadedConfig } from './config/load.ts'
export { loadConfig } from './config/load.ts'
export type {
  AdminConfig,
  CertificateConfig,
  DrainConfig,
  GatewayConfig,
  ListenConfig,
  ListenTlsConfig,
  PluginEntry,
  Reference,
} from './config/schema.ts'
export { defineConfig } from './config/schema.ts'
export { UsageError } from './errors.ts'
